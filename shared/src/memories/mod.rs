//! Memories: what models keep for later, by host, and shared where an operator grants it.

pub mod admin;
mod decide;
pub mod find;
pub mod grants;
pub mod import;
mod index;
pub mod input;
mod rank;
pub mod remove;
pub mod scope;
pub mod secrets;
pub mod sql;
pub mod store;
pub mod words;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::hosts::view::{atom_or_null, atom_text};
pub use input::MemoryId;
pub use scope::{Need, Reach, Scope};

/// A memory as the contract shows it.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Memory {
    /// Chosen by who stored it; unique in its scope, whatever its case.
    pub id: String,
    /// Of the row: administrators name it by this.
    pub record_id: u64,
    /// The host it belongs to; of a shared one the host that wrote it last.
    pub host_id: Option<u64>,
    /// That host's name; administrators only.
    pub host: Option<String>,
    /// Up to 32,000 characters.
    pub content: String,
    /// What else was said of it.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// At most 32.
    pub tags: Vec<String>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub updated_at: DateTime<Utc>,
    /// How well it matches; higher is better.
    pub score: Option<f64>,
    /// `host`, `fleet` or `tag:<tag>`; administrators see `host:<id>`.
    pub scope: String,
    /// One higher at every change.
    pub version: u32,
    /// The host or administrator that wrote it last.
    pub written_by: String,
    /// What the writer's client called its session.
    pub session: Option<String>,
    /// Since when it is deleted; administrators only.
    #[serde(serialize_with = "atom_or_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Who writes.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The host; `None`: an administrator.
    pub host: Option<u64>,
    /// Its name.
    pub name: &'a str,
    /// What the client calls its session.
    pub session: Option<&'a str>,
}
