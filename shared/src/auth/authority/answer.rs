//! What OpenAI's answer to a refresh means, and the login it makes.

use chrono::{DateTime, SecondsFormat, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::canonical::Login;
use crate::auth::document::Node;
use crate::auth::jwt;

/// What came back, before anybody reads it. It holds tokens: `Debug` shows none.
#[derive(Clone, Serialize, Deserialize)]
pub enum Raw {
    /// An HTTP answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its body.
        body: String,
    },
    /// The token never left this server.
    NotSent(String),
    /// It may have, and nothing came back.
    NoAnswer(String),
}

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Answer { status, .. } => write!(f, "Answer({status}, …)"),
            Self::NotSent(why) => write!(f, "NotSent({why})"),
            Self::NoAnswer(why) => write!(f, "NoAnswer({why})"),
        }
    }
}

/// New tokens; at least one of the first and the last is there.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the answer's")]
pub struct Grant {
    access_token: Option<String>,
    id_token: Option<String>,
    refresh_token: Option<String>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Grant(…)")
    }
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The token was spent and these are the next.
    Granted(Grant),
    /// This token is good for nothing any more; OpenAI's code.
    Refused(String),
    /// The token was not looked at: it can be sent again.
    TurnedAway(String),
    /// The token may be spent.
    Unclear(String),
}

/// Reads an answer. Only what OpenAI says about the token itself is a refusal: a gateway's page is not.
pub fn read(raw: &Raw) -> Meaning {
    match raw {
        Raw::NotSent(why) => Meaning::TurnedAway(why.clone()),
        Raw::NoAnswer(why) => Meaning::Unclear(why.clone()),
        Raw::Answer { status: 200..=299, body } => granted(body),
        Raw::Answer { status, body } => match (status, error_code(body)) {
            (401 | 403, Some(code)) if is_about_the_token(&code) || *status == 401 && code != "invalid_client" => Meaning::Refused(code),
            (400, Some(code)) if is_about_the_token(&code) => Meaning::Refused(code),
            (400..=499 | 503, code) => Meaning::TurnedAway(describe(*status, code)),
            (_, code) => Meaning::Unclear(describe(*status, code)),
        },
    }
}

fn describe(status: u16, code: Option<String>) -> String {
    format!("HTTP {status} {}", code.unwrap_or_default()).trim_end().to_owned()
}

fn granted(body: &str) -> Meaning {
    match serde_json::from_str::<Grant>(body) {
        Ok(grant) if has(grant.access_token.as_ref()) || has(grant.refresh_token.as_ref()) => Meaning::Granted(grant),
        _ => Meaning::Unclear("an answer without tokens".to_owned()),
    }
}

fn has(token: Option<&String>) -> bool {
    token.is_some_and(|token| !token.trim().is_empty())
}

/// `{"error":{"code":…}}` as OpenAI writes it, or `{"error":…}` as RFC 6749 does.
fn error_code(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let error = body.get("error")?;
    let code = error.as_str().or_else(|| error.get("code")?.as_str()).or_else(|| error.get("type")?.as_str())?;
    let plain: String = code.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(60).collect();
    (!plain.is_empty()).then_some(plain)
}

fn is_about_the_token(code: &str) -> bool {
    code == "invalid_grant" || code == "token_expired" || code.starts_with("refresh_token_")
}

impl Grant {
    /// The login after `login`. What the answer leaves out stays; an id token that is no JWT would stop Codex.
    pub fn apply(&self, login: &Login, now: DateTime<Utc>) -> Result<Login, String> {
        let Node::Object(mut document) = login.node().clone() else { return Err("the login is no object".to_owned()) };
        let mut tokens = document.get("tokens").and_then(Node::as_object).cloned().unwrap_or_else(IndexMap::new);
        let id_token = self.id_token.as_ref().filter(|token| jwt::claims(token).is_some());
        let new = [("access_token", self.access_token.as_ref()), ("id_token", id_token), ("refresh_token", self.refresh_token.as_ref())];
        for (name, token) in new {
            if let Some(token) = token.filter(|token| has(Some(token))) {
                tokens.insert(name.to_owned(), Node::string(token.trim()));
            }
        }
        document.insert("tokens".to_owned(), Node::Object(tokens));
        let last_refresh = now.to_rfc3339_opts(SecondsFormat::Micros, true);
        document.insert("last_refresh".to_owned(), Node::string(&last_refresh));
        if let (Some(old), Some(new)) = (login.token("access_token"), self.access_token.as_deref()) {
            replace_targets(&mut document, old, new.trim());
        }
        Login::stored(&Node::Object(document).to_compact())
    }
}

/// The access token stands in `auths` too.
fn replace_targets(document: &mut IndexMap<String, Node>, old: &str, new: &str) {
    let Some(Node::Object(auths)) = document.get_mut("auths") else { return };
    for entry in auths.values_mut() {
        if let Node::Object(entry) = entry
            && entry.get("token").and_then(Node::as_str) == Some(old)
        {
            entry.insert("token".to_owned(), Node::string(new));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Meaning {
        read(&Raw::Answer { status, body: body.to_owned() })
    }

    #[test]
    fn only_a_word_about_the_token_is_a_refusal() {
        let code = |code: &str| format!(r#"{{"error":{{"code":"{code}"}}}}"#);
        let refused = |code: &str| Meaning::Refused(code.to_owned());
        for known in ["refresh_token_reused", "refresh_token_expired", "refresh_token_invalidated", "app_session_terminated"] {
            assert_eq!(answer(401, &code(known)), refused(known));
        }
        assert_eq!(answer(400, r#"{"error":"invalid_grant"}"#), refused("invalid_grant"));
        assert_eq!(answer(400, &code("refresh_token_reused")), refused("refresh_token_reused"));
        for (status, body) in [
            (401, code("invalid_client")),
            (401, "<html>".to_owned()),
            (400, code("invalid_request")),
            (403, "<html>blocked".to_owned()),
            (403, code("unsupported_country")),
            (404, String::new()),
            (429, code("rate_limited")),
            (503, code("overloaded")),
        ] {
            assert!(matches!(answer(status, &body), Meaning::TurnedAway(_)), "{status} {body}");
        }
        for (status, body) in [(200, "{}"), (200, "<html>"), (200, r#"{"access_token":" "}"#), (500, "{}"), (502, ""), (504, ""), (301, "")]
        {
            assert!(matches!(answer(status, body), Meaning::Unclear(_)), "{status} {body}");
        }
        assert!(matches!(read(&Raw::NoAnswer("timeout".into())), Meaning::Unclear(_)));
        assert!(matches!(read(&Raw::NotSent("refused".into())), Meaning::TurnedAway(_)));
    }

    #[test]
    fn the_next_login_keeps_what_the_answer_leaves_out() {
        let old = r#"{"tokens":{"access_token":"at-1","refresh_token":"rt-1","id_token":"x","account_id":"acct"},"last_refresh":"2026-01-01T00:00:00Z","auths":{"api.openai.com":{"token":"at-1","token_type":"bearer"},"other":{"token":"o"}},"extra":{"kept":1.0}}"#;
        let old = Login::stored(old).unwrap();
        let Meaning::Granted(grant) = answer(200, r#"{"access_token":"at-2","id_token":"opaque","refresh_token":null,"more":1}"#) else {
            panic!("not granted")
        };
        let next = grant.apply(&old, DateTime::from_timestamp(1_800_000_000, 0).unwrap()).unwrap();
        assert_eq!(
            next.bytes,
            r#"{"tokens":{"access_token":"at-2","refresh_token":"rt-1","id_token":"x","account_id":"acct"},"last_refresh":"2027-01-15T08:00:00.000000Z","auths":{"api.openai.com":{"token":"at-2","token_type":"bearer"},"other":{"token":"o"}},"extra":{"kept":1.0}}"#
        );
        assert!(!format!("{grant:?} {:?}", Raw::Answer { status: 200, body: "at-2".into() }).contains("at-2"));
    }
}
