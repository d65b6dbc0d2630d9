//! What several of these endpoints share.

use axum::http::{HeaderMap, HeaderValue, header};
use shared::artifacts::operate;

/// `If-Match`, when it was sent.
pub fn if_match(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::IF_MATCH).map(|value| value.to_str().unwrap_or_default())
}

/// The `ETag` of a version.
pub fn etag(version: u32) -> [(header::HeaderName, HeaderValue); 1] {
    [(header::ETAG, HeaderValue::from_str(&operate::etag(version)).expect("it is a number in quotes"))]
}
