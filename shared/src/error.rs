//! The one error type of the API and how it looks outside.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::hosts::view::atom;

/// What a handler returns.
pub type AppResult<T> = Result<T, AppError>;

/// Messages by field path, for 422.
pub type FieldErrors = BTreeMap<String, Vec<String>>;

/// Everything that can go wrong, by what the caller should do about it.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// 400: the body cannot be decoded.
    #[error("the body cannot be decoded: {0}")]
    Undecodable(String),
    /// 401: no key, or not one of ours.
    #[error("{message}")]
    Unauthorized { code: &'static str, message: &'static str },
    /// 403: known, but not allowed. `code` is from a closed list.
    #[error("{message}")]
    Refused { code: &'static str, message: String, details: Map<String, Value> },
    /// 404: not there, or somebody else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// 404: no route has this path.
    #[error("no route has this path")]
    NoRoute,
    /// 405: the path exists, the method does not.
    #[error("this path does not take this method: see the Allow header")]
    MethodNotAllowed { allow: String },
    /// 409: the state it was based on has changed.
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    /// 410: used or expired.
    #[error("{message}")]
    Gone { code: &'static str, message: &'static str },
    /// 412: what `If-Match` names is not what is there.
    #[error("it has changed since it was read: read it again")]
    PreconditionFailed,
    /// 413: over a limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// 415: not a content type this endpoint takes.
    #[error("this endpoint takes {0}")]
    UnsupportedMediaType(&'static str),
    /// 422: well-formed and wrong, by field.
    #[error("Validation failed")]
    Invalid(FieldErrors),
    /// 429: too many; times in epoch seconds and seconds.
    #[error("{message}")]
    RateLimited { message: &'static str, bucket: &'static str, limit: u32, resets_at: i64, retry_after: i64 },
    /// 502: a service this request needs did not answer as it should.
    #[error("{0}")]
    Upstream(String),
    /// 503: the kill switch is on.
    #[error("API disabled by administrator")]
    Disabled,
    /// 500: ours; shown as nothing more than that.
    #[error("something went wrong on the server: quote the request id when you report it")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl AppError {
    /// One field, one message.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::from([(field.to_owned(), vec![message.into()])]))
    }

    /// 403 without details.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused { code, message: message.into(), details: Map::new() }
    }

    /// 500 with its cause, which only the log shows.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The database made the transaction the victim of a deadlock, or let it wait too long: it may be tried again.
    pub fn is_deadlock(&self) -> bool {
        let Self::Internal(cause) = self else { return false };
        let Some(sqlx::Error::Database(error)) = cause.downcast_ref::<sqlx::Error>() else { return false };
        error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().is_some_and(|error| matches!(error.number(), 1205 | 1213))
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Undecodable(_) => (StatusCode::BAD_REQUEST, "undecodable_body"),
            Self::Unauthorized { code, .. } => (StatusCode::UNAUTHORIZED, code),
            Self::Refused { code, .. } => (StatusCode::FORBIDDEN, code),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::NoRoute => (StatusCode::NOT_FOUND, "route_not_found"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Conflict { code, .. } => (StatusCode::CONFLICT, code),
            Self::Gone { code, .. } => (StatusCode::GONE, code),
            Self::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::UnsupportedMediaType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed"),
            Self::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Self::Upstream(_) => (StatusCode::BAD_GATEWAY, "upstream_failed"),
            Self::Disabled => (StatusCode::SERVICE_UNAVAILABLE, "api_disabled"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        Self::internal(error)
    }
}

impl From<crate::crypto::CannotOpen> for AppError {
    fn from(error: crate::crypto::CannotOpen) -> Self {
        Self::internal(error)
    }
}

/// The envelope of a failure, kept beside the response so that [`crate::http`] can add the request id.
#[derive(Clone, Debug)]
pub struct ErrorBody(pub Map<String, Value>);

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        if let Self::Internal(cause) = &self {
            tracing::error!(error = %cause, "request failed");
        }
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let mut body = Map::new();
        body.insert("status".into(), json!("error"));
        body.insert("code".into(), json!(code));
        body.insert("message".into(), json!(self.to_string()));
        match self {
            Self::Invalid(errors) => {
                body.insert("errors".into(), json!(errors));
            }
            Self::Refused { details, .. } => {
                body.insert("details".into(), Value::Object(details));
            }
            Self::RateLimited { bucket, limit, resets_at, retry_after, .. } => {
                let reset_at = DateTime::from_timestamp(resets_at, 0).map(atom);
                let details = json!({ "bucket": bucket, "limit": limit, "reset_at": reset_at });
                // The contract names `data`; every other refusal of ours has `details`.
                body.insert("data".into(), details.clone());
                body.insert("details".into(), details);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
            }
            Self::MethodNotAllowed { allow } => {
                headers.extend(HeaderValue::from_str(&allow).map(|value| (header::ALLOW, value)));
            }
            _ => {}
        }
        let text = Value::Object(body.clone()).to_string();
        let mut response = (status, headers, text).into_response();
        response.extensions_mut().insert(ErrorBody(body));
        response
    }
}
