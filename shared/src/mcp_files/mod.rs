//! The files that models keep over MCP: one space a host, in the database and never on the server's disk.
//!
//! What lies below `shared/` in a host's space is readable for every host that was granted to read `fleet`, as
//! `fleet/<host>/…`. Nobody else writes there.

pub mod admin;
pub mod list;
pub mod path;
pub mod read;
pub mod search;
mod sql;
pub mod write;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::hosts::view::{atom_or_null, atom_text};

/// Most files of a host.
pub const MAX_FILES: u32 = 10_000;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stat {
    /// As the caller may use it again.
    pub path: String,
    /// `dir` or `file`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Null for a directory.
    pub size_bytes: Option<u32>,
    /// Null for a directory that is only there because something lies in it.
    #[serde(serialize_with = "atom_or_null")]
    pub modified_at: Option<DateTime<Utc>>,
    /// One higher at every change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// A file's text or, where it is none, its base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FileContent)]
pub struct Content {
    pub path: String,
    pub size_bytes: u32,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub modified_at: DateTime<Utc>,
    #[serde(rename = "mimeType")]
    pub mime_type: &'static str,
    /// `utf-8` or `base64`.
    pub encoding: &'static str,
    pub version: u32,
    pub content: String,
}

/// What a write did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    pub path: String,
    pub size_bytes: u32,
    #[serde(serialize_with = "atom_text")]
    pub modified_at: DateTime<Utc>,
    pub written_bytes: u32,
    /// `created`, `updated` or `unchanged`.
    pub status: &'static str,
    pub version: u32,
}
