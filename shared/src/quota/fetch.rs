//! Asking ChatGPT, with the access token and never the refresh token.

use reqwest::header::ACCEPT;

use super::parse::{Reading, parse};
use crate::App;
use crate::auth::canonical::Login;
use crate::auth::document::Node;

/// A longer answer is none about quota, in bytes.
const MOST: usize = 256 * 1024;

/// Asks once, follows no redirect and repeats nothing. The message says why there is no answer, and holds no secret.
pub async fn fetch(app: &App, login: Option<&Login>) -> Result<Reading, String> {
    let login = login.ok_or("Canonical auth.json not available")?;
    login.node().get("tokens").and_then(Node::as_object).ok_or("tokens object missing in auth.json")?;
    let token = login.token("access_token").filter(|token| !token.trim().is_empty());
    let token = token.ok_or("access_token missing or empty in auth.json")?;
    let config = &app.config.chatgpt;
    let client = crate::http::client::new().user_agent("codex-auth").timeout(config.timeout).build().map_err(|error| short(&error))?;
    let mut request = client.get(format!("{}/wham/usage", config.base_url)).bearer_auth(token).header(ACCEPT, "application/json");
    if let Some(account) = login.account_id().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()) {
        request = request.header("ChatGPT-Account-Id", account);
    }
    let response = request.send().await.map_err(|error| short(&error))?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("HTTP {}", response.status().as_u16()));
    }
    parse(&read(response).await?, app.clock.now().timestamp())
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| short(&error))? {
        if body.len() + chunk.len() > MOST {
            return Err(format!("the answer is longer than {MOST} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The innermost cause, without the address: that is in the settings.
fn short(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
}
