//! What runs by itself.

mod list_jobs;
mod run_job;

use shared::routing::{Routes, routes};

/// `/admin/jobs*`.
pub fn router() -> Routes {
    Routes::new().routes(routes!(list_jobs::list_jobs)).routes(routes!(run_job::run_job))
}
