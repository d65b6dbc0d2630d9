//! What Codex used: as old clients send it, and as Codex' own telemetry tells it.

mod otel;
mod post_usage;

use axum::extract::DefaultBodyLimit;
use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> OpenApiRouter<App> {
    let telemetry = OpenApiRouter::new().routes(routes!(otel::post_otel_logs)).layer(DefaultBodyLimit::max(otel::BODY_LIMIT));
    OpenApiRouter::new().routes(routes!(post_usage::post_usage)).merge(telemetry)
}
