use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::extract::{Caller, Json};
use shared::hosts::contact::{self, Report};
use shared::hosts::users::{HostUser, seen};
use shared::{App, AppResult, http};

/// Who runs `cdx` on the calling host: texts, and both may be absent. What is no text, number or boolean counts as absent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SeenUser {
    #[serde(default)]
    username: Value,
    #[serde(default)]
    hostname: Value,
}

/// Everybody who was seen on it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HostUsers {
    users: Vec<HostUser>,
}

/// Note a user of the calling host and list its users by name. Without a name it only lists.
#[utoipa::path(post, path = "/host/users", request_body = Option<SeenUser>, responses((status = 200, body = http::Envelope<HostUsers>)))]
pub async fn post_host_users(
    Caller(mut caller): Caller,
    State(app): State<App>,
    Json(body): Json<SeenUser>,
) -> AppResult<impl IntoResponse> {
    let host = &mut caller.who.host;
    contact::note(&app, host, Report::PLAIN).await?;
    let users = seen(&app, host, &text(&body.username), &text(&body.hostname)).await?;
    Ok(http::ok(HostUsers { users }))
}

/// The contract takes numbers and booleans for text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    }
}
