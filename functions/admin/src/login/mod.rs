//! The fleet's login.

mod reveal;
mod seed_command;
mod upload;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// `/admin/auth/*`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload::upload_auth))
        .routes(routes!(seed_command::create_seed_command))
        .routes(routes!(reveal::reveal_auth))
}
