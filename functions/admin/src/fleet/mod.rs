//! Settings of the whole fleet.

mod api_state;
mod codex_version;
mod prune_policy;
mod versions_check;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The kill switch, versions, and how long hosts stay.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api_state::get_api_state, api_state::set_api_state))
        .routes(routes!(codex_version::set_codex_version))
        .routes(routes!(versions_check::check_versions))
        .routes(routes!(prune_policy::get_prune_policy, prune_policy::set_prune_policy))
}
