//! One round trip per launch: `/sync` before Codex, `/push` after it; and, for other clients, one document a call.

mod agents;
mod answer;
mod config_retrieve;
mod parts;
mod push;
mod skills;
mod slash_commands;
mod sync;

use shared::routing::{Routes, routes};

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(sync::post_sync))
        .routes(routes!(push::post_push))
        .routes(routes!(config_retrieve::retrieve_config))
        .routes(routes!(agents::retrieve_agents))
        .routes(routes!(slash_commands::list_slash_commands))
        .routes(routes!(slash_commands::retrieve_slash_command))
        .routes(routes!(slash_commands::store_slash_command))
        .routes(routes!(skills::list_skills))
        .routes(routes!(skills::retrieve_skill))
        .routes(routes!(skills::store_skill))
}
