//! Proves a login by running the real Codex with it. It gets the access token only, so nothing it does can use up a refresh token.

mod access_only;
mod answer;
mod config;
mod environment;
mod home;
mod probe;
mod process;
mod reason;
mod request;
mod settings;
mod trusted;
mod verdict;
mod verify;

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub use settings::{Secret, Settings};
pub use verdict::{Verdict, verdict};

/// The largest body, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// `GET /health`, `POST /verify`, `GET /codex` and `POST /config`.
pub fn router(settings: Settings) -> Router {
    let runner = Arc::new(probe::Runner::new(settings));
    let verify = post(verify::verify).layer(DefaultBodyLimit::max(BODY_LIMIT));
    let config = post(config::config).layer(DefaultBodyLimit::max(BODY_LIMIT));
    let router = Router::new().route("/health", get(health)).route("/verify", verify);
    router.route("/codex", get(config::codex)).route("/config", config).with_state(runner)
}

/// Serves until `stop` resolves, then finishes the probes that run.
pub async fn serve(listener: TcpListener, settings: Settings, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    axum::serve(listener, router(settings)).with_graceful_shutdown(stop).await
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
