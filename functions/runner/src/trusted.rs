//! Who may ask for a probe.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;

use crate::answer::refusal;
use crate::probe::Runner;

/// A caller that knows the secret, or anybody where there is none.
pub struct Trusted;

impl FromRequestParts<Arc<Runner>> for Trusted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, runner: &Arc<Runner>) -> Result<Self, Response> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let presented = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        match &runner.settings.secret {
            Some(secret) if !secret.is(presented) => Err(refusal(StatusCode::UNAUTHORIZED, "the runner's secret is missing or wrong")),
            _ => Ok(Self),
        }
    }
}
