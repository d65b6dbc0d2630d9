//! Changes as they happen.

mod stream;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// `/admin/events`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream::stream_events))
}
