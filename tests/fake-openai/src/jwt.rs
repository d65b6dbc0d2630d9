//! Tokens shaped like the real JWTs; the signature is decoration, nobody verifies it offline.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::families::Family;

/// The claim object Codex reads its account and plan from.
pub const AUTH_CLAIM: &str = "https://api.openai.com/auth";

/// Lifetime of an id token; Codex never checks it.
const ID_TOKEN_SECONDS: i64 = 3600;

/// An access token: Codex reads `exp` to decide on a proactive refresh.
pub fn access_token(family: &Family, jti: &str, issued_at: i64, expires_at: i64) -> String {
    encode(&json!({
        "iss": "https://auth.openai.com",
        "aud": ["https://api.openai.com/v1"],
        "iat": issued_at,
        "exp": expires_at,
        "jti": jti,
        "sub": family.user_id,
        (AUTH_CLAIM): auth_claim(family),
    }))
}

/// An id token: Codex takes e-mail and plan from it and refuses anything that is no JWT.
pub fn id_token(family: &Family, issued_at: i64) -> String {
    encode(&json!({
        "iss": "https://auth.openai.com",
        "iat": issued_at,
        "exp": issued_at + ID_TOKEN_SECONDS,
        "sub": family.user_id,
        "email": family.email,
        "email_verified": true,
        (AUTH_CLAIM): auth_claim(family),
    }))
}

/// The payload of a JWT, unverified; `None` when it is none.
pub fn payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn auth_claim(family: &Family) -> Value {
    json!({
        "chatgpt_account_id": family.account_id,
        "chatgpt_plan_type": family.plan_type,
        "chatgpt_user_id": family.user_id,
    })
}

fn encode(payload: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT","kid":"fake"}"#);
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    let signed = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(Sha256::digest(&signed));
    format!("{signed}.{signature}")
}
