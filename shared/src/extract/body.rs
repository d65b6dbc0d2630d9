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
        let mut json = serde_json::Deserializer::from_slice(text);
        let value = serde_path_to_error::deserialize(&mut json).map_err(refusal)?;
        json.end().map_err(|error| AppError::Undecodable(error.to_string()))?;
        Ok(Self(value))
    }
}

/// JSON of another shape is wrong in one field, which is named.
fn refusal(error: serde_path_to_error::Error<serde_json::Error>) -> AppError {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if inner.classify() != Category::Data {
        return AppError::Undecodable(inner.to_string());
    }
    let text = inner.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => AppError::invalid(field, format!("{field} is required")),
        None if path == "." => AppError::invalid("body", message),
        None => AppError::invalid(&path, message),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_field_that_is_wrong_is_named() {
        let refuse = |text: &str| {
            let mut json = serde_json::Deserializer::from_str(text);
            let result: Result<BTreeMap<String, Vec<u8>>, _> = serde_path_to_error::deserialize(&mut json);
            result.map_err(refusal).unwrap_err()
        };
        let AppError::Invalid(errors) = refuse(r#"{"a":[1,"x"]}"#) else { panic!("it is of another shape") };
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["a[1]"]);
        assert!(!errors["a[1]"][0].contains("line"), "{errors:?}");
        assert!(matches!(refuse("{"), AppError::Undecodable(_)));
    }
}
