//! What operators do: hosts, the login, switches, who else may, what was done; and the page for it.

mod access;
mod artifacts;
mod audit;
mod config;
mod content;
mod fleet;
mod hosts;
mod login;
mod mcp;
mod page;
mod runner;

use shared::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(access::router())
        .merge(artifacts::router())
        .merge(audit::router())
        .merge(config::router())
        .merge(content::router())
        .merge(hosts::router())
        .merge(login::router())
        .merge(mcp::router())
        .merge(runner::router())
        .merge(fleet::router())
        .merge(page::router())
}
