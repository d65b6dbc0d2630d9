use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::auth::proof::candidate;
use shared::auth::proof::sql::{Listed, candidates};
use shared::extract::{Operator, Owner, Path, Viewer};
use shared::{App, AppResult, http};

/// Logins that hosts pushed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CandidateList {
    /// Newest first.
    candidates: Vec<Listed>,
}

/// The logins that hosts pushed, and what became of them. It shows no token.
#[utoipa::path(get, path = "/admin/auth/candidates", responses((status = 200, body = http::Envelope<CandidateList>)))]
pub async fn list_candidates(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    answer(&app).await
}

/// Make a login that waits for its proof the fleet's at once.
#[utoipa::path(post, path = "/admin/auth/candidates/{id}/accept", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<CandidateList>)))]
pub async fn accept_candidate(Owner(who): Owner, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    candidate::accept(&app, &who.by, id).await?;
    answer(&app).await
}

/// Throw away a login that waits for its proof.
#[utoipa::path(post, path = "/admin/auth/candidates/{id}/reject", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<CandidateList>)))]
pub async fn reject_candidate(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    candidate::reject(&app, &who.by, id).await?;
    answer(&app).await
}

async fn answer(app: &App) -> AppResult<impl IntoResponse + use<>> {
    let candidates = candidates(&mut *app.db.acquire().await?).await?;
    Ok(http::ok(CandidateList { candidates }))
}
