use axum::extract::State;
use axum::response::Response;
use shared::extract::Caller;
use shared::{App, AppResult};

use crate::answer::answer;
use crate::parts::{Form, Parts, Tar};

/// Take in what changed while Codex ran. The same run may be pushed again.
#[utoipa::path(post, path = "/push", request_body(content = Form, content_type = "multipart/form-data"),
    responses((status = 200, content_type = "application/x-tar", body = Tar)))]
pub async fn post_push(Caller(caller): Caller, State(app): State<App>, parts: Parts) -> AppResult<Response> {
    answer(&app, caller, parts).await
}
