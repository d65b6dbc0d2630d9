use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::access::Role;
use shared::access::tokens::{self, Listed};
use shared::extract::{Json, Owner, Path};
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

use super::new_principal;

/// The admin tokens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AdminTokens {
    tokens: Vec<Listed>,
}

/// A token to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewToken {
    /// Who or what it is for; the audit names it.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[ \\t\\r\\n]*[^ \\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$"
    )]
    name: String,
    role: Role,
    /// It ends after so many days, at most 3650; absent: never.
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<u32>,
}

/// The token: shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CreatedToken {
    id: u64,
    token: String,
    expires_at: Option<String>,
}

/// The token or certificate that does not work any more.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevokedPrincipal {
    pub revoked: u64,
}

/// List the admin tokens, newest first, without their text.
#[utoipa::path(get, path = "/admin/access/tokens", responses((status = 200, body = http::Envelope<AdminTokens>)))]
pub async fn list_tokens(_who: Owner, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(AdminTokens { tokens: tokens::list(&app).await? }))
}

/// Make an admin token.
#[utoipa::path(post, path = "/admin/access/tokens", request_body = NewToken, responses((status = 200, body = http::Envelope<CreatedToken>)))]
pub async fn create_token(Owner(who): Owner, State(app): State<App>, Json(body): Json<NewToken>) -> AppResult<impl IntoResponse> {
    let name = new_principal::name(&body.name)?;
    let expires_at = new_principal::end(app.clock.now(), body.expires_in_days)?;
    let (id, token) = tokens::mint(&app, &who.by, &name, body.role, expires_at).await?;
    Ok(http::ok(CreatedToken { id, token, expires_at: expires_at.map(atom) }))
}

/// Revoke an admin token; its sessions end with it. The last owner stays.
#[utoipa::path(delete, path = "/admin/access/tokens/{id}", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<RevokedPrincipal>), (status = 409)))]
pub async fn revoke_token(Owner(who): Owner, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    tokens::revoke(&app, &who, id).await?;
    Ok(http::ok(RevokedPrincipal { revoked: id }))
}
