use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::{Operator, Path};
use shared::single_use::{self, Pending};
use shared::{App, AppResult, http};

/// Installers and seed links that still work.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PendingTokens {
    tokens: Vec<Pending>,
}

/// The token that is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevokedPendingToken {
    revoked: u64,
}

/// List the installers and seed links that still work, newest first. Their tokens are not shown again.
#[utoipa::path(get, path = "/admin/pending-tokens", responses((status = 200, body = http::Envelope<PendingTokens>)))]
pub async fn list_pending_tokens(_who: Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    Ok(http::ok(PendingTokens { tokens: single_use::pending(&mut conn, app.clock.now()).await? }))
}

/// Make an installer or a seed link stop working.
#[utoipa::path(delete, path = "/admin/pending-tokens/{id}", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<RevokedPendingToken>)))]
pub async fn revoke_pending_token(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    single_use::revoke(&app, &who.by, id).await?;
    Ok(http::ok(RevokedPendingToken { revoked: id }))
}
