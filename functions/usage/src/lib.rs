//! What Codex used: as old clients send it, and as Codex' own telemetry tells it.

mod otel;
mod post_usage;

use axum::extract::DefaultBodyLimit;
use shared::routing::{Routes, routes};

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> Routes {
    let telemetry = Routes::new().routes(routes!(otel::post_otel_logs)).layer(DefaultBodyLimit::max(otel::BODY_LIMIT));
    Routes::new().routes(routes!(post_usage::post_usage)).merge(telemetry)
}
