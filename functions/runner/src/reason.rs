//! Why a probe failed, in a line without a token.

use serde_json::{Map, Value};

use crate::verdict::{last_error, wanted_to_renew};

/// The longest reason, in characters.
const LONGEST: usize = 400;

/// Members of a login that are no secrets.
const PLAIN: [&str; 3] = ["account_id", "auth_mode", "last_refresh"];

/// What Codex ended with.
pub fn of_run(stderr: &str, secrets: &Secrets) -> String {
    let last_line = || stderr.lines().rfind(|line| !line.trim().is_empty()).map(str::trim);
    let text = match last_error(stderr).or_else(last_line) {
        Some(error) if wanted_to_renew(error) => "the model API answered 401: the access token was refused",
        Some(text) => text,
        None => "codex said nothing",
    };
    secrets.removed_from(text)
}

/// Every value of a login that a reason must not show; longest first, since one may begin another.
pub struct Secrets(Vec<String>);

impl Secrets {
    /// All text in `document` but what is known to be plain.
    pub fn of(document: &Map<String, Value>) -> Self {
        let mut all = Vec::new();
        document.iter().for_each(|(name, value)| collect(name, value, &mut all));
        all.sort_by_key(|text: &String| std::cmp::Reverse(text.len()));
        Self(all)
    }

    /// `text`, cut to the longest a reason may be, without any of them.
    pub fn removed_from(&self, text: &str) -> String {
        let clean = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "[removed]"));
        clean.chars().take(LONGEST).collect()
    }
}

fn collect(name: &str, value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) if !PLAIN.contains(&name) => {
            let escaped = Value::from(text.trim()).to_string();
            all.extend([text.trim(), escaped.trim_matches('"')].iter().filter(|text| !text.is_empty()).map(ToString::to_string));
        }
        Value::Object(members) => members.iter().for_each(|(name, value)| collect(name, value, all)),
        Value::Array(items) => items.iter().for_each(|value| collect(name, value, all)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn secrets(document: &Value) -> Secrets {
        Secrets::of(document.as_object().unwrap())
    }

    #[test]
    fn no_token_of_the_request_is_left() {
        let secrets = secrets(&json!({
            "tokens": { "access_token": "at-1", "refresh_token": "at-1-longer", "id_token": "a\"b", "account_id": "acct-1" },
            "auths": { "x": { "token": "tok" } },
        }));

        let reason = of_run("ERROR: at-1 at-1-longer a\"b a\\\"b tok acct-1", &secrets);

        assert_eq!(reason, "[removed] [removed] [removed] [removed] [removed] acct-1");
    }

    #[test]
    fn it_is_cut_between_characters_and_after_the_tokens_went() {
        let secrets = secrets(&json!({ "tokens": { "access_token": "secret-secret" } }));
        let text = format!("ERROR: {}secret-secret{}", "é".repeat(395), "é".repeat(100));

        let reason = of_run(&text, &secrets);

        assert_eq!(reason, format!("{}[remo", "é".repeat(395)));
    }

    #[test]
    fn the_last_words_are_the_reason() {
        let none = secrets(&json!({}));

        for (stderr, reason) in [
            ("", "codex said nothing"),
            ("a\nb\n\n", "b"),
            ("ERROR: Reconnecting... 1/5\nERROR: x\nlater", "x"),
            (
                "ERROR: error sending request for url (http://127.0.0.1:9/oauth/token)",
                "the model API answered 401: the access token was refused",
            ),
        ] {
            assert_eq!(of_run(stderr, &none), reason);
        }
    }
}
