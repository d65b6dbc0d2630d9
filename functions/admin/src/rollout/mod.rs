//! A Codex version goes to some hosts first.

mod answer;
mod end_rollout;
mod get_rollout;
mod start_rollout;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// `/admin/rollout*`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_rollout::get_rollout, start_rollout::start_rollout))
        .routes(routes!(end_rollout::stop_rollout))
        .routes(routes!(end_rollout::finish_rollout))
}
