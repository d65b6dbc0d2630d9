//! The host behind a request.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::hosts::key::HostKey;
use crate::hosts::{Identity, sql};
use crate::{App, AppError};

/// A host that presented its key, is not suspended, and may use the API now.
#[derive(Debug)]
pub struct Caller(pub Identity);

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let presented = presented(parts).ok_or(AppError::Unauthorized { code: "api_key_missing", message: "API key missing" })?;
        let unknown = || AppError::Unauthorized { code: "invalid_api_key", message: "Invalid API key" };
        let key = HostKey::parse(presented).ok_or_else(unknown)?;
        let mut conn = app.db.acquire().await?;
        let identity = sql::identify(&mut conn, &key).await?.ok_or_else(unknown)?;
        if identity.fleet.api_disabled {
            return Err(AppError::Disabled);
        }
        if identity.host.status != "active" {
            return Err(AppError::refused("host_suspended", "Host is disabled"));
        }
        Ok(Self(identity))
    }
}

fn presented(parts: &Parts) -> Option<&str> {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    text("x-api-key").or_else(|| text(header::AUTHORIZATION.as_str())?.strip_prefix("Bearer "))
}
