//! What proves the login.

mod candidates;
mod get_runner;
mod run_runner;

use shared::routing::{Routes, routes};

/// `/admin/runner*` and the logins that wait for it.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(get_runner::get_runner))
        .routes(routes!(run_runner::run_runner))
        .routes(routes!(candidates::list_candidates))
        .routes(routes!(candidates::accept_candidate))
        .routes(routes!(candidates::reject_candidate))
}
