//! Error answers as the real server spells them: `{"error":{"message","type","code"}}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::families::{AccessRefusal, RefreshRefusal};

/// One refusal; clients match `code`.
#[derive(Debug)]
pub struct ApiError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, code, message }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub fn unauthorized(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }
}

impl From<RefreshRefusal> for ApiError {
    fn from(refusal: RefreshRefusal) -> Self {
        match refusal {
            RefreshRefusal::Reused => {
                Self::unauthorized("refresh_token_reused", "Your refresh token has already been used to generate a new access token.")
            }
            RefreshRefusal::Invalidated => {
                Self::unauthorized("refresh_token_invalidated", "Your session has been ended. Please log in again.")
            }
            RefreshRefusal::Expired => Self::unauthorized("refresh_token_expired", "Your refresh token has expired. Please log in again."),
        }
    }
}

impl From<AccessRefusal> for ApiError {
    fn from(refusal: AccessRefusal) -> Self {
        match refusal {
            AccessRefusal::Unknown => Self::unauthorized("invalid_token", "The access token is unknown."),
            AccessRefusal::Expired => {
                Self::unauthorized("token_expired", "Provided authentication token is expired. Please try signing in again.")
            }
            AccessRefusal::Revoked => Self::unauthorized("token_revoked", "Encountered invalidated oauth token for user, failing request"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let error = json!({
            "message": self.message,
            "type": "invalid_request_error",
            "param": null,
            "code": self.code,
        });
        (self.status, Json(json!({ "error": error }))).into_response()
    }
}
