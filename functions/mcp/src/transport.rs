//! One message through the server code, as a request of its own: nothing is kept between two.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use rmcp::ServerHandler;
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use serde_json::Value;
use shared::mcp::origin;

use crate::message;

/// The largest body: the largest file as base64, or a text whose every character is escaped.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Which version of the protocol a request says it speaks.
pub const VERSION: &str = "mcp-protocol-version";

/// What came out.
#[derive(Debug)]
pub enum Answer {
    /// Read whole.
    Whole(StatusCode, Bytes),
    /// A stream of events, passed on as it comes.
    Stream(Response<Body>),
}

/// Lets `server` answer one message.
pub async fn send<S>(server: S, base_url: &str, headers: &HeaderMap, message: &Value) -> Answer
where
    S: ServerHandler + Clone,
{
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_sse_keep_alive(None)
        .with_allowed_hosts(origin::hosts(base_url))
        .with_max_request_body_bytes(BODY_LIMIT * 2);
    let service = StreamableHttpService::new(move || Ok(server.clone()), Arc::new(NeverSessionManager::default()), config);
    let mut request = Request::post("/mcp").body(Body::from(message.to_string())).expect("it is made of constants");
    *request.headers_mut() = headers.clone();
    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONTENT_ENCODING] {
        request.headers_mut().remove(name);
    }
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // The endpoint has looked at what the client takes; some take JSON alone, and get it.
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    let response = service.handle(request).await.map(Body::new);
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/event-stream") {
        return Answer::Stream(response);
    }
    let (status, is_json) = (response.status(), kind.starts_with("application/json"));
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    if is_json || status.is_success() {
        return Answer::Whole(status, bytes);
    }
    // Below 500 it is about the request and meant for its sender.
    let text = String::from_utf8_lossy(&bytes);
    let (code, text) = if status.is_server_error() { (-32603, "Internal error".into()) } else { (code(status), text) };
    let id = message.get("id").cloned().unwrap_or_default();
    Answer::Whole(status, message::error(&id, code, &text).to_string().into())
}

const fn code(status: StatusCode) -> i32 {
    match status {
        StatusCode::FORBIDDEN => FORBIDDEN,
        _ => -32600,
    }
}

/// A page or a name that is not ours.
pub const FORBIDDEN: i32 = -32099;

/// A failure that is not about one message.
pub fn refuse(status: StatusCode, code: i32, text: &str) -> Response<Body> {
    json_response(status, &message::error(&Value::Null, code, text))
}

/// An answer in JSON.
pub fn json_response(status: StatusCode, value: &Value) -> Response<Body> {
    respond(status, value.to_string().into())
}

/// Bytes of JSON; nothing at all has no type.
pub fn respond(status: StatusCode, bytes: Bytes) -> Response<Body> {
    let says_something = !bytes.is_empty();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    if says_something {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// Whether a client takes JSON: it says so, takes everything, or says nothing.
pub fn takes_json(headers: &HeaderMap) -> bool {
    let mut accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if accepts.peek().is_none() {
        return true;
    }
    let mut kinds = accepts.flat_map(|value| value.split(','));
    kinds.any(|kind| {
        matches!(
            kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str(),
            "application/json" | "application/*" | "*/*"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_that_take_json_are_served() {
        let takes = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::ACCEPT, HeaderValue::from_str(value).unwrap());
            }
            takes_json(&headers)
        };
        for good in
            [&[][..], &["application/json, text/event-stream"], &["application/json"], &["*/*"], &["text/html", "Application/JSON;q=0.5"]]
        {
            assert!(takes(good), "{good:?}");
        }
        for bad in [&["text/html"][..], &["text/event-stream"], &[""]] {
            assert!(!takes(bad), "{bad:?}");
        }
    }
}
