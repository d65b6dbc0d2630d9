use axum::extract::State;
use axum::response::Response;
use shared::extract::Caller;
use shared::{App, AppResult};

use crate::answer::answer;
use crate::parts::{Form, Parts, Tar};

/// Bring a host up to date before Codex starts: login, versions, a decision.
#[utoipa::path(post, path = "/sync", request_body(content = Form, content_type = "multipart/form-data"),
    responses((status = 200, content_type = "application/x-tar", body = Tar)))]
pub async fn post_sync(Caller(caller): Caller, State(app): State<App>, parts: Parts) -> AppResult<Response> {
    answer(&app, caller, parts).await
}
