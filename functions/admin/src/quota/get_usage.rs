use axum::extract::State;
use axum::response::IntoResponse;
use shared::extract::Viewer;
use shared::quota::cache;
use shared::{App, AppResult, http};

use super::snapshot::{ChatGptUsageAnswer, answer};

/// What is left of the quota, as the server last learned it. Nobody is asked: `POST /admin/chatgpt/usage/refresh` is for that.
#[utoipa::path(get, path = "/admin/chatgpt/usage", responses((status = 200, body = http::Envelope<ChatGptUsageAnswer>)))]
pub async fn get_chatgpt_usage(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let known = cache::look(&app).await?;
    Ok(http::ok(answer(&app, &known, false).await?))
}
