//! What runs by itself.

mod list_jobs;
mod run_job;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// `/admin/jobs*`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_jobs::list_jobs)).routes(routes!(run_job::run_job))
}
