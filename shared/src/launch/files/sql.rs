//! SQL of what homes were given.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

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

/// Remembers what a home is given now, and forgets homes that have not been seen for long.
pub async fn save(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host_id: u64,
    files_sha: &str,
    stamp: &str,
    home: &Home,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO host_homes (host_id, files_sha, given, config_sealed, used_at) VALUES (?, ?, ?, ?, ?) \
               ON DUPLICATE KEY UPDATE config_sealed = VALUES(config_sealed), used_at = VALUES(used_at)";
    let query = sqlx::query(sql).bind(host_id).bind(files_sha).bind(&home.given).bind(&home.config_sealed).bind(now);
    query.execute(&mut *conn).await?;
    let sql = "UPDATE hosts SET files_sha = ?, files_stamp = ? WHERE id = ?";
    sqlx::query(sql).bind(files_sha).bind(stamp).bind(host_id).execute(&mut *conn).await?;
    let old = "SELECT used_at FROM host_homes WHERE host_id = ? ORDER BY used_at DESC LIMIT 1 OFFSET ?";
    let limit: Option<(DateTime<Utc>,)> = sqlx::query_as(old).bind(host_id).bind(HOMES).fetch_optional(&mut *conn).await?;
    if let Some((limit,)) = limit {
        sqlx::query("DELETE FROM host_homes WHERE host_id = ? AND used_at <= ?").bind(host_id).bind(limit).execute(conn).await?;
    }
    Ok(())
}
