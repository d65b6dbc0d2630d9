use axum::extract::State;
use axum::response::IntoResponse;
use shared::extract::Viewer;
use shared::{App, AppResult, http};

use super::answer::{RolloutState, state};

/// The running roll-out, what the numbers say of it, and how each version does.
#[utoipa::path(get, path = "/admin/rollout", responses((status = 200, body = http::Envelope<RolloutState>)))]
pub async fn get_rollout(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(state(&app).await?))
}
