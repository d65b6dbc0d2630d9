//! Settings of the whole fleet.

mod api_state;
mod codex_version;
mod prune_policy;
mod versions_check;

use shared::routing::{Routes, routes};

/// The kill switch, versions, and how long hosts stay.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(api_state::get_api_state, api_state::set_api_state))
        .routes(routes!(codex_version::set_codex_version))
        .routes(routes!(versions_check::check_versions))
        .routes(routes!(prune_policy::get_prune_policy, prune_policy::set_prune_policy))
}
