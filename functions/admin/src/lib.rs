//! What operators do: hosts, the login, switches, who else may, what was done; and the page for it.

mod access;
mod alerts;
mod artifacts;
mod audit;
mod config;
mod content;
mod events;
mod fleet;
mod hosts;
mod jobs;
mod login;
mod mcp;
mod overview;
mod page;
mod quota;
mod rollout;
mod runner;
mod usage;

use shared::routing::Routes;

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> Routes {
    Routes::new()
        .merge(access::router())
        .merge(artifacts::router())
        .merge(audit::router())
        .merge(config::router())
        .merge(content::router())
        .merge(events::router())
        .merge(hosts::router())
        .merge(jobs::router())
        .merge(login::router())
        .merge(rollout::router())
        .merge(mcp::router())
        .merge(runner::router())
        .merge(fleet::router())
        .merge(overview::router())
        .merge(usage::router())
        .merge(quota::router())
        .merge(alerts::router())
        .merge(page::router())
}
