//! What the fleet's Codexes are told by `config.toml`: typed settings, the text for the version that reads it, and the
//! merge with what a host wrote there. The server's own environment is [`crate::config`].

pub mod merge;
pub mod render;
pub mod settings;
pub mod version;

pub use merge::{MergeError, merge};
pub use render::{Managed, Rendered, Target, render};
pub use settings::Settings;
pub use version::Version;

pub mod bake;
pub mod gate;
mod hidden;
pub mod sql;
pub mod store;
