//! Which host has what of the fleet's content.

mod drift;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// `/admin/content*`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(drift::get_drift))
}
