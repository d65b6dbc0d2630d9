//! The files of a Codex home besides the login: config.toml and profiles, AGENTS.md, slash commands, skills.

mod config;
mod given;
mod here;
mod settle;
mod sql;

pub use config::is_ours as is_profile;
pub use given::Given;
pub use here::Here;
pub use settle::settle;
pub use sql::{Holding, holdings};
