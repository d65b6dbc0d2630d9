//! The rows of the store.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Kind, Name};
use crate::crypto::sha256_hex;
use crate::hosts::view::atom_text;

/// A document as it is now, without its text.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Artifact {
    /// Row id.
    pub id: u64,
    /// `agents`, `command` or `skill`.
    pub kind: String,
    /// As it was first given.
    pub name: String,
    /// The current version.
    pub version: u32,
    /// Row id of the current version.
    pub version_id: u64,
    /// SHA-256 of the current text.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// What it is for.
    pub description: Option<String>,
    /// Of a slash command: what may follow it.
    pub argument_hint: Option<String>,
    /// Of a skill.
    pub display_name: Option<String>,
    /// Since when it reaches no host.
    pub retired_at: Option<DateTime<Utc>>,
    /// When the current version came.
    pub updated_at: DateTime<Utc>,
}

/// Columns of [`Artifact`] (`a`: artifacts, `v`: its current version).
pub const ARTIFACT: &str = "a.id, a.kind, a.name, a.version, v.id AS version_id, v.sha256, v.size_bytes, v.description, v.argument_hint, \
     v.display_name, a.retired_at, a.updated_at";

/// One version of a document, without its text.
#[derive(Clone, Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Version {
    /// Row id.
    #[serde(skip)]
    pub id: u64,
    /// Rises by one.
    pub version: u32,
    /// SHA-256 of its text.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// What it is for.
    pub description: Option<String>,
    /// Of a slash command.
    pub argument_hint: Option<String>,
    /// Of a skill.
    pub display_name: Option<String>,
    /// From this version on it reached no host.
    pub retired: bool,
    /// Who made it.
    pub author: String,
    /// The host it came from.
    pub source_host_id: Option<u64>,
    /// Why, in the author's words.
    pub note: Option<String>,
    /// When.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
}

/// Columns of [`Version`].
pub const VERSION: &str = "v.id, v.version, v.sha256, v.size_bytes, v.description, v.argument_hint, v.display_name, v.retired, v.author, \
     v.source_host_id, v.note, v.created_at";

/// A document's text and, for a skill, its further files by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// AGENTS.md, the prompt, or SKILL.md.
    pub main: String,
    /// References, scripts.
    pub files: BTreeMap<String, String>,
}

impl Text {
    /// The text of the file at this place; `None`: it is not there.
    pub fn at(&self, file: Option<&str>) -> Option<&str> {
        file.map_or(Some(self.main.as_str()), |path| self.files.get(path).map(String::as_str))
    }

    /// Replaces the text at this place.
    pub fn set(&mut self, file: Option<&str>, text: &str) {
        match file {
            None => text.clone_into(&mut self.main),
            Some(path) => drop(self.files.insert(path.to_owned(), text.to_owned())),
        }
    }

    /// SHA-256 of the main text, which is what the contract calls the document's.
    pub fn sha256(&self) -> String {
        sha256_hex(&self.main)
    }
}

/// What somebody wants to store.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: Name,
    /// Its text.
    pub text: Text,
    /// What it is for.
    pub description: Option<String>,
    /// Of a slash command.
    pub argument_hint: Option<String>,
    /// Of a skill.
    pub display_name: Option<String>,
}

/// A document and its text, current and not retired.
#[derive(Clone, Debug)]
pub struct Document {
    /// Row id.
    pub id: u64,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The current version.
    pub version: u32,
    /// What it is for.
    pub description: Option<String>,
    /// Of a slash command.
    pub argument_hint: Option<String>,
    /// Its text.
    pub text: Text,
}
