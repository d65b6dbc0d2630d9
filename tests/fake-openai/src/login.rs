//! A finished login as `codex login` leaves it on disk.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{clock, families::Tokens};

/// About ten days, as measured on real `ChatGPT` access tokens.
pub const ACCESS_LIFETIME_SECONDS: i64 = 864_000;

/// Who logs in, and how old the result should look.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoginOptions {
    pub account_id: String,
    /// `None`: `<account_id>@fake.test`.
    pub email: Option<String>,
    pub plan_type: String,
    /// Of the first access token only; negative means already expired.
    pub access_lifetime_seconds: i64,
    /// `None`: now. Codex 0.57–0.116 refresh at start when this is more than eight days ago.
    pub last_refresh: Option<DateTime<Utc>>,
}

impl Default for LoginOptions {
    fn default() -> Self {
        Self {
            account_id: "acct-1".into(),
            email: None,
            plan_type: "pro".into(),
            access_lifetime_seconds: ACCESS_LIFETIME_SECONDS,
            last_refresh: None,
        }
    }
}

/// The portable `auth.json` accepted by Codex 0.57 to 0.169.
pub fn auth_json(tokens: &Tokens, last_refresh: DateTime<Utc>) -> Value {
    json!({
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": null,
        "tokens": {
            "id_token": tokens.id_token,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "account_id": tokens.account_id,
        },
        "last_refresh": clock::rfc3339(last_refresh),
    })
}
