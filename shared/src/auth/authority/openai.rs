//! OpenAI's token endpoint.

use serde_json::json;

use super::answer::Raw;
use super::book::CALL;
use super::spend::RefreshToken;
use crate::App;

/// The public OAuth client of Codex (codex-rs, `login`): a refresh token belongs to the client it was issued to.
const CLIENT_ID: &str = "app_EMoamEEZ73f0CkXaXp7hrann";
/// More than this is no answer of a token endpoint.
const MOST: usize = 256 * 1024;

/// Sends a refresh token as Codex does. It never retries and follows no redirect: one call, one spend.
pub async fn exchange(app: &App, token: &RefreshToken) -> Raw {
    let client = match crate::http::client::new().timeout(CALL.to_std().unwrap_or_default()).build() {
        Ok(client) => client,
        Err(error) => return Raw::NotSent(error.to_string()),
    };
    let body = json!({ "client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": token.0 });
    match client.post(&app.config.token_url).json(&body).send().await {
        Ok(response) => read(response).await,
        Err(error) if error.is_connect() || error.is_builder() => Raw::NotSent(short(&error)),
        Err(error) => Raw::NoAnswer(short(&error)),
    }
}

async fn read(mut response: reqwest::Response) -> Raw {
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MOST => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Raw::NoAnswer("an answer longer than a token endpoint's".to_owned()),
            Ok(None) => return Raw::Answer { status, body: String::from_utf8_lossy(&body).into_owned() },
            Err(error) => return Raw::NoAnswer(short(&error)),
        }
    }
}

/// The innermost cause, without the address: that is in the settings.
fn short(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if error.is_timeout() { format!("no answer within {} seconds", CALL.num_seconds()) } else { cause.to_string() }
}
