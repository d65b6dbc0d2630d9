//! What can be read from a token without trusting it: OpenAI's claims, for ordering and for the account id.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The payload of a JWT, unverified; `None` when `token` is not one.
pub fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    (parts.next().is_none() && value.is_object()).then_some(value)
}

/// When OpenAI issued `token`, epoch seconds.
pub fn issued_at(token: &str) -> Option<i64> {
    claims(token)?.get("iat")?.as_i64()
}

/// When `token` ends, epoch seconds; `None`: it does not say.
pub fn expires_at(token: &str) -> Option<i64> {
    claims(token)?.get("exp")?.as_i64()
}

/// The ChatGPT account a token belongs to.
pub fn account_id(token: &str) -> Option<String> {
    let claims = claims(token)?;
    Some(claims.get("https://api.openai.com/auth")?.get("chatgpt_account_id")?.as_str()?.to_owned())
}

/// An unsigned token with the shape Codex insists on, for a login that came without an id token: Codex reads it, nobody
/// trusts it.
pub fn placeholder(account_id: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "https://api.openai.com/auth": { "chatgpt_account_id": account_id } });
    format!("{}.{}.{}", part(&json!({ "alg": "none" })), part(&claims), URL_SAFE_NO_PAD.encode("unsigned"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_reads_back_and_opaque_text_does_not() {
        assert_eq!(account_id(&placeholder("acct-1")).as_deref(), Some("acct-1"));
        for opaque in ["idtok", "a.b", "a.b.c", ""] {
            assert_eq!(claims(opaque), None);
        }
    }
}
