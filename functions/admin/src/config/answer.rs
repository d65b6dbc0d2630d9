//! A version of the configuration as answers show it.

use axum::http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use serde_json::Value;
use shared::codex_config::store::Stored;
use shared::hosts::view::atom;

/// The contract's form, and what is ours.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConfigAnswer {
    /// `ok`, `missing`, `created`, `updated` or `unchanged`.
    status: &'static str,
    #[serde(flatten)]
    config: Option<ConfigVersion>,
}

/// One version.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConfigVersion {
    version: u64,
    /// Of `content`.
    sha256: String,
    updated_at: String,
    size_bytes: usize,
    /// The template: all of it in one text, before it is made for one Codex, without the managed MCP server.
    content: String,
    #[schema(value_type = Object)]
    settings: Value,
    author: String,
    note: String,
    /// `checking`: the real Codex reads it first; `published`: hosts get it; `blocked`: it would stop Codex.
    state: String,
    /// What Codex said about it.
    problem: Option<String>,
}

impl From<Stored> for ConfigVersion {
    fn from(stored: Stored) -> Self {
        let Stored { line, settings, content } = stored;
        Self {
            version: line.version,
            sha256: line.sha256,
            updated_at: atom(line.created_at),
            size_bytes: content.len(),
            content,
            settings,
            author: line.author,
            note: line.note,
            state: line.state,
            problem: line.problem,
        }
    }
}

/// An answer with the version as its `ETag`.
pub fn answer(status: &'static str, stored: Option<Stored>) -> ([(HeaderName, HeaderValue); 1], ConfigAnswer) {
    let version = stored.as_ref().map_or(0, |stored| stored.line.version);
    let tag = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    ([(header::ETAG, tag)], ConfigAnswer { status, config: stored.map(ConfigVersion::from) })
}
