//! Who changed what.

mod list_audit;
mod verify_audit;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// `/admin/audit*`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit::list_audit)).routes(routes!(verify_audit::verify_audit))
}
