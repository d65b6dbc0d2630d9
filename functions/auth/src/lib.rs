//! The login for hosts, what Codex asks about it, and the versions they should run; and whether the server lives.

mod delete_auth;
mod get_versions;
mod health;
mod oauth;
mod post_auth;
mod response;
mod usage;
mod users;

use shared::routing::{Routes, routes};

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(post_auth::post_auth, delete_auth::delete_auth))
        .routes(routes!(oauth::post_oauth_token))
        .routes(routes!(oauth::post_oauth_revoke))
        .routes(routes!(users::post_host_users))
        .routes(routes!(get_versions::get_versions))
        .merge(health::router())
}
