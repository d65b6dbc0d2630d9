use axum::extract::State;
use axum::response::IntoResponse;
use shared::auth::status::{Status, status};
use shared::extract::Viewer;
use shared::{App, AppResult, http};

/// How the fleet's login is doing, and what was done to keep it alive. It shows no token.
#[utoipa::path(get, path = "/admin/auth", responses((status = 200, body = http::Envelope<Status>)))]
pub async fn get_auth(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(status(&app).await?))
}
