//! What operators do: hosts, the login, switches, and the page for it.

mod api_state;
mod auth_seed_command;
mod auth_upload;
mod codex_version;
mod create_session;
mod delete_host;
mod list_hosts;
mod page;
mod register_host;
mod versions_check;

use shared::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_session::create_session))
        .routes(routes!(register_host::register_host))
        .routes(routes!(list_hosts::list_hosts))
        .routes(routes!(delete_host::delete_host))
        .routes(routes!(auth_upload::upload_auth))
        .routes(routes!(auth_seed_command::create_seed_command))
        .routes(routes!(api_state::get_api_state, api_state::set_api_state))
        .routes(routes!(codex_version::set_codex_version))
        .routes(routes!(versions_check::check_versions))
        .merge(page::router())
}
