use axum::extract::State;
use axum::response::IntoResponse;
use shared::audit::verify::{Verdict, verify};
use shared::extract::Viewer;
use shared::{App, AppResult, http};

/// Check that no audit entry was changed, removed, added or moved, and name the first that was.
#[utoipa::path(get, path = "/admin/audit/verify", responses((status = 200, body = http::Envelope<Verdict>)))]
pub async fn verify_audit(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(verify(&app).await?))
}
