use axum::extract::State;
use axum::response::IntoResponse;
use shared::extract::Operator;
use shared::quota::take;
use shared::{App, AppResult, http};

use super::snapshot::{ChatGptUsageAnswer, answer};

/// Ask ChatGPT now. An attempt that fails is an answer too: its `snapshot.status` is `error`.
#[utoipa::path(post, path = "/admin/chatgpt/usage/refresh", responses((status = 200, body = http::Envelope<ChatGptUsageAnswer>)))]
pub async fn refresh_chatgpt_usage(Operator(who): Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let known = take::refresh(&app, &who.by).await?;
    Ok(http::ok(answer(&app, &known, true).await?))
}
