//! The part of a login that a probe may hold: what proves it, never what renews it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use shared::auth::jwt;

/// Stands where Codex insists on a refresh token.
const INERT: &str = "not-a-refresh-token";

/// A login without its refresh token. It has no field for one.
pub enum AccessOnly {
    /// A `ChatGPT` login.
    ChatGpt { access_token: String, id_token: String, account_id: Option<String> },
    /// An API key.
    ApiKey(String),
}

impl AccessOnly {
    /// Takes what `document` proves itself with; `None`: it has nothing.
    pub fn of(document: &Map<String, Value>) -> Option<Self> {
        let tokens = &document.get("tokens").unwrap_or(&Value::Null);
        let of_auths = document.get("auths").and_then(|auths| filled(&auths["api.openai.com"]["token"]));
        let of_auths = of_auths.map(|token| if token.starts_with("sk-") { Self::ApiKey(token) } else { Self::chatgpt(token, tokens) });
        filled(&tokens["access_token"])
            .map(|token| Self::chatgpt(token, tokens))
            .or(of_auths)
            .or_else(|| filled(&tokens["openai_api_key"]).map(Self::ApiKey))
            .or_else(|| document.get("OPENAI_API_KEY").and_then(filled).map(Self::ApiKey))
    }

    fn chatgpt(access_token: String, tokens: &Value) -> Self {
        // Opaque text may be anything, so only what reads as a JWT is passed on.
        let id_token = filled(&tokens["id_token"]).filter(|token| jwt::claims(token).is_some());
        let claimed = || jwt::account_id(&access_token).or_else(|| jwt::account_id(id_token.as_deref()?));
        let account_id = filled(&tokens["account_id"]).or_else(claimed);
        let id_token = id_token.unwrap_or_else(|| jwt::placeholder(account_id.as_deref().unwrap_or_default()));
        Self::ChatGpt { access_token, id_token, account_id }
    }

    /// The `auth.json` Codex gets. `now` as `last_refresh` keeps it from refreshing an opaque token.
    pub fn auth_json(&self, now: DateTime<Utc>) -> String {
        let file = match self {
            Self::ApiKey(key) => json!({ "OPENAI_API_KEY": key }),
            Self::ChatGpt { access_token, id_token, account_id } => json!({
                "auth_mode": "chatgpt",
                "OPENAI_API_KEY": null,
                "tokens": { "id_token": id_token, "access_token": access_token, "refresh_token": INERT, "account_id": account_id },
                "last_refresh": now.to_rfc3339_opts(SecondsFormat::Micros, true),
            }),
        };
        file.to_string()
    }
}

fn filled(value: &Value) -> Option<String> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(document: &Value) -> Option<Value> {
        let login = AccessOnly::of(document.as_object().unwrap())?;
        Some(serde_json::from_str(&login.auth_json(DateTime::UNIX_EPOCH)).unwrap())
    }

    #[test]
    fn a_refresh_token_has_no_way_in() {
        let id_token = jwt::placeholder("acct-1");
        let tokens =
            json!({ "access_token": "at", "refresh_token": "rt-secret", "id_token": id_token, "account_id": "acct-1", "x": "rt-secret" });

        let file = file(&json!({ "tokens": tokens, "refresh_token": "rt-secret", "last_refresh": "rt-secret" })).unwrap();

        assert!(!file.to_string().contains("rt-secret"), "{file}");
        let expected = json!({ "id_token": id_token, "access_token": "at", "refresh_token": INERT, "account_id": "acct-1" });
        assert_eq!(file["tokens"], expected);
        assert_eq!(file["last_refresh"], "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn an_id_token_that_is_none_is_replaced() {
        let file = file(&json!({ "tokens": { "access_token": jwt::placeholder("acct-2"), "id_token": "opaque" } })).unwrap();

        assert_eq!(jwt::account_id(file["tokens"]["id_token"].as_str().unwrap()).as_deref(), Some("acct-2"));
        assert_eq!(file["tokens"]["account_id"], "acct-2");
    }

    #[test]
    fn each_place_of_a_token_counts_and_blanks_do_not() {
        let auths = |token: &str| json!({ "auths": { "api.openai.com": { "token": token } } });
        for (document, member, expected) in [
            (auths("opaque-1"), "/tokens/access_token", "opaque-1"),
            (auths(" sk-1 "), "/OPENAI_API_KEY", "sk-1"),
            (json!({ "tokens": { "openai_api_key": "sk-2", "access_token": " " } }), "/OPENAI_API_KEY", "sk-2"),
            (json!({ "tokens": null, "OPENAI_API_KEY": "sk-3" }), "/OPENAI_API_KEY", "sk-3"),
        ] {
            assert_eq!(file(&document).unwrap().pointer(member).unwrap(), expected, "{document}");
        }
        for nothing in [json!({}), auths(""), json!({ "tokens": "at" }), json!({ "tokens": { "refresh_token": "rt", "access_token": 1 } })]
        {
            assert!(file(&nothing).is_none(), "{nothing}");
        }
    }
}
