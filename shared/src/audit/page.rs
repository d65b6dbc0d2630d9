//! Reading the audit.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::MySqlConnection;

use super::sql;
use crate::hosts::view::atom_text;

/// Which entries; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Exactly this name.
    pub actor: Option<String>,
    /// Exactly this action, or with a dot at the end all that begin so.
    pub action: Option<String>,
    /// Exactly this target.
    pub target: Option<String>,
    /// Of this request.
    pub request_id: Option<String>,
    /// Not earlier.
    pub since: Option<DateTime<Utc>>,
    /// Earlier.
    pub until: Option<DateTime<Utc>>,
    /// Older than the entry with this id.
    pub before: Option<u64>,
}

/// One entry.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Entry {
    /// For paging: pass the last one as `before`.
    pub id: u64,
    /// Place in the chain; null for entries older than the chain.
    seq: Option<u64>,
    actor_kind: Option<String>,
    actor: String,
    action: String,
    target: String,
    #[serde(rename = "before", serialize_with = "raw")]
    #[schema(value_type = Option<Object>)]
    before_json: Option<String>,
    #[serde(rename = "after", serialize_with = "raw")]
    #[schema(value_type = Option<Object>)]
    after_json: Option<String>,
    /// Of entries older than the chain.
    #[serde(serialize_with = "raw")]
    #[schema(value_type = Option<Object>)]
    details: Option<String>,
    request_id: Option<String>,
    address: Option<String>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn raw<S: serde::Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.clone().and_then(|text| RawValue::from_string(text).ok()).serialize(serializer)
}

/// A page of entries, newest first, and whether there are more.
pub async fn list(conn: &mut MySqlConnection, filter: &Filter, limit: u32) -> sqlx::Result<(Vec<Entry>, bool)> {
    let mut entries = sql::page(conn, filter, limit + 1).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    Ok((entries, more))
}
