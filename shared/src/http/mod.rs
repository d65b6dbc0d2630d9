//! What surrounds every router: limits, request ids, the envelope, one log line a request.

pub mod client;
mod guard;

use std::time::Instant;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, middleware};
use serde::Serialize;
use serde_json::{Value, json};
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument as _;

use crate::error::ErrorBody;
use crate::{App, AppError};

/// The largest body any endpoint takes, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// `200 {"status":"ok","data":…}`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Envelope<T> {
    status: &'static str,
    data: T,
}

/// Wraps an answer in the envelope.
pub fn ok<T: Serialize>(data: T) -> Json<Envelope<T>> {
    Json(Envelope { status: "ok", data })
}

/// Makes a router of handlers into one that can be served: state, limits, request ids, errors in our envelope.
pub fn service(router: Router<App>, app: App) -> Router {
    router
        .fallback(async || AppError::NoRoute)
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(|_| AppError::internal("a handler panicked").into_response()))
        .layer(middleware::from_fn(finish))
        .layer(middleware::from_fn(to_the_end))
        .layer(option_layer(stay_with_https(&app)))
        .with_state(app)
}

/// Browsers that have reached the server by https never try anything else for a year.
fn stay_with_https(app: &App) -> Option<SetResponseHeaderLayer<HeaderValue>> {
    let config = &app.config;
    let is_https = [&config.public_base_url, &config.admin_base_url].iter().any(|url| url.starts_with("https://"));
    let year = HeaderValue::from_static("max-age=31536000");
    is_https.then(|| SetResponseHeaderLayer::if_not_present(header::STRICT_TRANSPORT_SECURITY, year))
}

/// Lets a request run to its end, also when its caller has gone: what is dropped while it talks to the database leaves the
/// connection out of step, and whoever gets it next reads the answer to another question.
async fn to_the_end(request: Request, next: Next) -> Response {
    let ended = tokio::spawn(next.run(request).in_current_span()).await;
    ended.unwrap_or_else(|_| AppError::internal("the task of a request ended").into_response())
}

/// The request's id, for whoever has to quote it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives the request its id, and failures theirs; logs one line.
async fn finish(mut request: Request, next: Next) -> Response {
    let id = hex::encode(crate::random::bytes::<8>());
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, path) = (request.method().clone(), matched_path(&request));
    let started = Instant::now();
    let span = tracing::error_span!("request", otel.name = format!("{method} {path}"), request.id = id);
    let mut response = next.run(request).instrument(span).await;
    if let Some(ErrorBody(mut body)) = response.extensions_mut().remove::<ErrorBody>() {
        body.insert("request_id".into(), json!(id));
        *response.body_mut() = Value::Object(body).to_string().into();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let status = response.status();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response.headers_mut().entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(http.method = %method, http.route = path, http.status = status.as_u16(), duration_us, request.id = id, "request failed");
    } else {
        tracing::info!(http.method = %method, http.route = path, http.status = status.as_u16(), duration_us, request.id = id, "request");
    }
    response
}

/// The route's pattern: a real path may hold a single-use token, which never reaches a log.
fn matched_path(request: &Request) -> String {
    let matched = request.extensions().get::<axum::extract::MatchedPath>();
    matched.map_or_else(|| "(none)".to_owned(), |path| path.as_str().to_owned())
}
