//! What a fleet's Codex homes share besides the login and the configuration: AGENTS.md, slash commands and skills, as one
//! store of versioned documents.

mod arguments;
pub mod cache;
mod decide;
pub mod diff;
pub mod edit;
mod front_matter;
mod generated;
pub mod host;
pub mod input;
pub mod layout;
pub mod limits;
pub mod model;
mod name;
pub mod operate;
mod place;
pub mod policy;
pub mod push;
pub mod reconcile;
pub mod review;
mod skill;
pub mod sql;
pub mod three_way;

use serde::Serialize;

pub use model::{Artifact, Draft, Text, Version};
pub use name::Name;
pub use place::Place;
pub use push::{PushOutcome, push};
pub use reconcile::{Have, Plan, reconcile};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The fleet's AGENTS.md: there is one.
    Agents,
    /// A slash command.
    Command,
    /// A skill: SKILL.md and further files beside it.
    Skill,
}

impl Kind {
    /// As the database has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Command => "command",
            Self::Skill => "skill",
        }
    }

    /// From the database.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Agents, Self::Command, Self::Skill].into_iter().find(|kind| kind.name() == name)
    }

    /// What the contract calls its name and its text.
    pub const fn fields(self) -> (&'static str, &'static str) {
        match self {
            Self::Agents => ("name", "content"),
            Self::Command => ("filename", "prompt"),
            Self::Skill => ("slug", "manifest"),
        }
    }

    /// What a missing one is called.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Agents => "AGENTS.md",
            Self::Command => "slash command",
            Self::Skill => "skill",
        }
    }

    /// The action of the audit when it is stored and when it is retired.
    pub const fn actions(self) -> (&'static str, &'static str) {
        match self {
            Self::Agents => ("agents.store", "agents.unset"),
            Self::Command => ("slash.store", "slash.delete"),
            Self::Skill => ("skill.store", "skill.delete"),
        }
    }
}
