//! JSON bodies.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::http::BODY_LIMIT;
use crate::{App, AppError};

/// The bytes of a JSON body, not yet parsed. A content type that is not JSON is 415; none at all is taken for JSON.
#[derive(Debug)]
pub struct RawBody(pub Bytes);

impl FromRequest<App> for RawBody {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &App) -> Result<Self, AppError> {
        if request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| !is_json(kind)) {
            return Err(AppError::UnsupportedMediaType("application/json"));
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(inner) if inner.to_string().contains("length limit") => AppError::TooLarge(BODY_LIMIT),
            other if other.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge(BODY_LIMIT),
            other => AppError::Undecodable(other.body_text()),
        })?;
        Ok(Self(bytes))
    }
}

/// Whether a content type is JSON's.
pub fn is_json(kind: &HeaderValue) -> bool {
    let kind = kind.to_str().unwrap_or("?").to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or("").trim();
    essence == "application/json" || essence.ends_with("+json")
}

/// A JSON body as `T`; an empty one and `null` are `{}`. Not JSON is 400, JSON of another shape is 422.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &App) -> Result<Self, AppError> {
        let RawBody(bytes) = RawBody::from_request(request, app).await?;
        let text: &[u8] = if matches!(bytes.trim_ascii(), b"" | b"null") { b"{}" } else { &bytes };
        // serde would take a list for the members in their order.
        if text.trim_ascii_start().starts_with(b"[") {
            return Err(AppError::invalid("body", "must be a JSON object"));
        }
        serde_json::from_slice(text).map(Self).map_err(|error| match error.classify() {
            Category::Data => AppError::invalid("body", error.to_string()),
            Category::Io | Category::Syntax | Category::Eof => AppError::Undecodable(error.to_string()),
        })
    }
}
