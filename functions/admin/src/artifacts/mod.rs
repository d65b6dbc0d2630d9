//! AGENTS.md, slash commands, skills, and what hosts push of them.

mod agents;
mod answer;
mod diffs;
mod push_policy;
mod restores;
mod retire;
mod reviews;
mod skills;
mod slash_commands;
mod versions;

use shared::routing::{Routes, routes};

/// Documents, their history, reviews and the policy for pushes.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(agents::get_agents, retire::unset_agents))
        .routes(routes!(agents::store_agents))
        .routes(routes!(slash_commands::list_slash_commands))
        .routes(routes!(slash_commands::get_slash_command, retire::retire_slash_command))
        .routes(routes!(slash_commands::store_slash_command))
        .routes(routes!(skills::list_skills))
        .routes(routes!(skills::get_skill, retire::retire_skill))
        .routes(routes!(skills::store_skill))
        .merge(history())
        .routes(routes!(reviews::list_reviews))
        .routes(routes!(reviews::resolve_review))
        .routes(routes!(push_policy::get_push_policy, push_policy::set_push_policy))
        .routes(routes!(push_policy::set_host_push_policy))
}

fn history() -> Routes {
    Routes::new()
        .routes(routes!(versions::list_agents_versions))
        .routes(routes!(versions::list_slash_command_versions))
        .routes(routes!(versions::list_skill_versions))
        .routes(routes!(diffs::diff_agents))
        .routes(routes!(diffs::diff_slash_command))
        .routes(routes!(diffs::diff_skill))
        .routes(routes!(restores::restore_agents))
        .routes(routes!(restores::restore_slash_command))
        .routes(routes!(restores::restore_skill))
}
