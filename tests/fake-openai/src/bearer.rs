//! `Authorization: Bearer` as an argument of handlers.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};

use crate::{
    error::ApiError,
    families::{AccessToken, Family},
    server::Fake,
};

/// The login behind a live access token whose account header, if sent, is its own.
pub struct Bearer {
    pub token: AccessToken,
    pub family: Family,
}

impl FromRequestParts<Arc<Fake>> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, fake: &Arc<Fake>) -> Result<Self, ApiError> {
        let bearer = bearer(&parts.headers).ok_or_else(|| ApiError::unauthorized("missing_token", "Missing bearer token."))?;
        let state = fake.state();
        let token = state.families.check(bearer, fake.now().timestamp())?;
        let family = state.families.families.get(&token.family).cloned();
        let family = family.ok_or_else(|| ApiError::not_found("no such family"))?;
        match account_header(&parts.headers) {
            Some(account) if account != family.account_id => {
                Err(ApiError::new(StatusCode::FORBIDDEN, "account_mismatch", format!("the token does not belong to account {account}")))
            }
            _ => Ok(Self { token, family }),
        }
    }
}

/// The bearer string of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    text(headers, header::AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
}

/// The account Codex says it acts for.
pub fn account_header(headers: &HeaderMap) -> Option<&str> {
    text(headers, "chatgpt-account-id")
}

/// A header as text; `None` when absent or unreadable.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
