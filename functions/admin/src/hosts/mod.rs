//! What operators do with hosts.

pub mod answer;
mod codex_version;
mod count_hosts;
mod delete_host;
mod expiry;
mod get_host;
mod host_auth;
mod insecure_hosts;
mod key;
mod labels;
mod list_hosts;
mod model;
mod pending_tokens;
mod refresh_mode;
mod register_host;
mod state;
mod switches;
mod window;

use shared::routing::{Routes, routes};

/// `/admin/hosts*` and the tokens that install hosts.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(list_hosts::list_hosts))
        .routes(routes!(count_hosts::count_hosts))
        .routes(routes!(register_host::register_host))
        .routes(routes!(insecure_hosts::list_insecure_hosts))
        .routes(routes!(get_host::get_host, delete_host::delete_host))
        .routes(routes!(host_auth::get_host_auth))
        .routes(routes!(codex_version::set_host_codex_version))
        .routes(routes!(expiry::set_host_expiry))
        .routes(routes!(key::rotate_host_key))
        .routes(routes!(labels::set_host_labels))
        .routes(routes!(model::set_host_model))
        .routes(routes!(refresh_mode::set_host_refresh_mode))
        .routes(routes!(state::suspend_host))
        .routes(routes!(state::resume_host))
        .routes(routes!(state::clear_host))
        .routes(routes!(state::forget_host_address))
        .routes(routes!(switches::set_host_roaming))
        .routes(routes!(switches::set_host_secure))
        .routes(routes!(switches::set_host_vip))
        .routes(routes!(switches::set_host_ipv4))
        .routes(routes!(switches::set_host_curl_insecure))
        .routes(routes!(window::open_host_window))
        .routes(routes!(window::close_host_window))
        .routes(routes!(pending_tokens::list_pending_tokens))
        .routes(routes!(pending_tokens::revoke_pending_token))
}
