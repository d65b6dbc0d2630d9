//! One round trip per launch: `/sync` before Codex, `/push` after it.

mod config_retrieve;
mod parts;
mod push;
mod sync;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sync::post_sync))
        .routes(routes!(push::post_push))
        .routes(routes!(config_retrieve::retrieve_config))
}
