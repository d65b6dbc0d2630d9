//! SQL of what homes were given.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::MySqlConnection;

use crate::hosts::Identity;
use crate::hosts::view::atom_or_null;

/// Homes of one host that are remembered.
const HOMES: u32 = 8;

/// What a home was given.
#[derive(Debug, sqlx::FromRow)]
pub struct Home {
    /// The list's text.
    pub given: String,
    /// The configuration behind `config.toml`, sealed.
    pub config_sealed: Option<String>,
}

/// The home that names its files so.
pub async fn home(conn: &mut MySqlConnection, host_id: u64, files_sha: &str) -> sqlx::Result<Option<Home>> {
    let sql = "SELECT given, config_sealed FROM host_homes WHERE host_id = ? AND files_sha = ?";
    sqlx::query_as(sql).bind(host_id).bind(files_sha).fetch_optional(conn).await
}

/// What a host was given last.
#[derive(Debug, sqlx::FromRow, Serialize, utoipa::ToSchema)]
pub struct Holding {
    /// Row id.
    pub id: u64,
    /// Its name.
    pub fqdn: String,
    /// Of config.toml; null: never.
    pub config_version: Option<u64>,
    /// Of AGENTS.md, slash commands and skills; null: never.
    pub content_revision: Option<u64>,
    /// The Codex it last reported.
    pub client_version: Option<String>,
    /// When.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub content_at: Option<DateTime<Utc>>,
}

impl Holding {
    /// Whether it is these two.
    pub fn is(&self, config_version: u64, content_revision: u64) -> bool {
        (self.config_version, self.content_revision) == (Some(config_version), Some(content_revision))
    }
}

/// What each host was given last, longest ago first.
pub async fn holdings(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Holding>> {
    let sql = "SELECT id, fqdn, content_config_version AS config_version, content_revision, client_version, content_at FROM hosts \
               WHERE archived_at IS NULL ORDER BY content_at, fqdn LIMIT 20000";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// Remembers what a home is given now, and forgets homes that have not been seen for long.
pub async fn save(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    who: &Identity,
    files_sha: &str,
    stamp: &str,
    home: &Home,
) -> sqlx::Result<()> {
    let host_id = who.host.id;
    // The host first, as everywhere: a row that points at it locks it for reading, and two such locks let nobody write.
    let sql =
        "UPDATE hosts SET files_sha = ?, files_stamp = ?, content_config_version = ?, content_revision = ?, content_at = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(files_sha).bind(stamp).bind(who.fleet.config_version).bind(who.fleet.artifacts_revision);
    query.bind(now).bind(host_id).execute(&mut *conn).await?;
    let sql = "INSERT INTO host_homes (host_id, files_sha, given, config_sealed, used_at) VALUES (?, ?, ?, ?, ?) \
               ON DUPLICATE KEY UPDATE config_sealed = VALUES(config_sealed), used_at = VALUES(used_at)";
    let query = sqlx::query(sql).bind(host_id).bind(files_sha).bind(&home.given).bind(&home.config_sealed).bind(now);
    query.execute(&mut *conn).await?;
    let old = "SELECT used_at FROM host_homes WHERE host_id = ? ORDER BY used_at DESC LIMIT 1 OFFSET ?";
    let limit: Option<(DateTime<Utc>,)> = sqlx::query_as(old).bind(host_id).bind(HOMES).fetch_optional(&mut *conn).await?;
    if let Some((limit,)) = limit {
        sqlx::query("DELETE FROM host_homes WHERE host_id = ? AND used_at <= ?").bind(host_id).bind(limit).execute(conn).await?;
    }
    Ok(())
}
