//! A Codex version goes to some hosts first.

mod answer;
mod end_rollout;
mod get_rollout;
mod start_rollout;

use shared::routing::{Routes, routes};

/// `/admin/rollout*`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(get_rollout::get_rollout, start_rollout::start_rollout))
        .routes(routes!(end_rollout::stop_rollout))
        .routes(routes!(end_rollout::finish_rollout))
}
