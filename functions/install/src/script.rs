//! Scripts that are piped into a shell.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use shared::hosts::view::atom;
use shared::shell::bake;
use shared::{AppError, AppResult};

/// Answers with a script.
pub fn script(status: StatusCode, text: String, expires: Option<(&'static str, DateTime<Utc>)>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/x-shellscript; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, must-revalidate"));
    if let Some((name, at)) = expires {
        headers.insert(name, HeaderValue::from_str(&atom(at)).expect("a timestamp is plain ASCII"));
    }
    (status, headers, text).into_response()
}

/// A refusal as a script: whoever pipes it into a shell reads the sentence and gets exit status 1.
pub fn or_refusal(what: &str, result: AppResult<Response>) -> Response {
    let error = match result {
        Ok(response) => return response,
        Err(error) => error,
    };
    let message = match &error {
        AppError::NotFound(_) => format!("{what} not found: check the link, or ask an operator for a new one"),
        AppError::Gone { message, .. } => format!("{what}: {message}"),
        other => format!("{what}: {other}"),
    };
    let status = error.into_response().status();
    script(status, bake(include_str!("../scripts/refuse.sh"), &[("__CDX_MESSAGE__", &message)]), None)
}
