//! The tables of files.

use chrono::{DateTime, Utc};
use sqlx::{MySqlConnection, QueryBuilder};

use super::path::{SHARED, below};

/// A file without its content.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Meta {
    pub id: u64,
    pub path: String,
    pub version: u32,
    pub size_bytes: u32,
    pub is_text: bool,
    pub updated_at: DateTime<Utc>,
}

const META: &str = "SELECT id, path, version, size_bytes, is_text, updated_at FROM mcp_files";

/// One file of a host.
pub async fn find(conn: &mut MySqlConnection, host_id: u64, path: &str) -> sqlx::Result<Option<Meta>> {
    let sql = format!("{META} WHERE host_id = ? AND path = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(host_id).bind(path).fetch_optional(conn).await
}

/// The files below a directory, by path, at most so many.
#[tracing::instrument(name = "db.mcp_files.below", skip_all, err)]
pub async fn under(conn: &mut MySqlConnection, host_id: u64, directory: &str, most: u32) -> sqlx::Result<Vec<Meta>> {
    let (from, to) = below(directory);
    let mut sql = QueryBuilder::new(format!("{META} WHERE host_id = "));
    sql.push_bind(host_id).push(" AND path >= ").push_bind(from);
    if let Some(to) = to {
        sql.push(" AND path < ").push_bind(to);
    }
    sql.push(" ORDER BY path LIMIT ").push_bind(most);
    sql.build_query_as().fetch_all(conn).await
}

/// The content of a file.
pub async fn content(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Vec<u8>> {
    let found: Option<(Vec<u8>,)> = sqlx::query_as("SELECT content FROM mcp_files WHERE id = ?").bind(id).fetch_optional(conn).await?;
    Ok(found.map(|(content,)| content).unwrap_or_default())
}

/// The contents of several files, in no order.
pub async fn contents(conn: &mut MySqlConnection, ids: &[u64]) -> sqlx::Result<Vec<(u64, Vec<u8>)>> {
    let mut sql = QueryBuilder::new("SELECT id, content FROM mcp_files WHERE id IN (");
    let mut list = sql.separated(", ");
    for id in ids {
        list.push_bind(id);
    }
    sql.push(")").build_query_as().fetch_all(conn).await
}

/// The hosts that share something: id and name.
pub async fn sharers(conn: &mut MySqlConnection, most: u32) -> sqlx::Result<Vec<(u64, String)>> {
    let (from, to) = below(SHARED);
    let sql = "SELECT h.id, h.fqdn FROM hosts h WHERE h.archived_at IS NULL \
               AND EXISTS (SELECT 1 FROM mcp_files f WHERE f.host_id = h.id AND f.path >= ? AND f.path < ?) ORDER BY h.fqdn LIMIT ?";
    sqlx::query_as(sql).bind(from).bind(to).bind(most).fetch_all(conn).await
}

/// The host with this name.
pub async fn host_named(conn: &mut MySqlConnection, fqdn: &str) -> sqlx::Result<Option<u64>> {
    let sql = "SELECT id FROM hosts WHERE fqdn = ? AND archived_at IS NULL";
    let found: Option<(u64,)> = sqlx::query_as(sql).bind(fqdn).fetch_optional(conn).await?;
    Ok(found.map(|(id,)| id))
}

/// What a host's files take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Usage {
    pub files: u32,
    pub size_bytes: u64,
}

/// A host that has files.
#[derive(Clone, Debug, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = FileSpace)]
pub struct Space {
    pub host_id: u64,
    pub fqdn: String,
    /// The host is gone; its files are not.
    pub archived: bool,
    pub files: u32,
    pub size_bytes: u64,
}

/// The hosts that have files and whose name has `text` in it, by name.
pub async fn spaces(conn: &mut MySqlConnection, text: &str, most: u32) -> sqlx::Result<Vec<Space>> {
    let sql = "SELECT u.host_id, h.fqdn, h.archived_at IS NOT NULL AS archived, u.files, u.size_bytes FROM mcp_file_usage u \
               JOIN hosts h ON h.id = u.host_id WHERE u.files > 0 AND INSTR(h.fqdn, ?) ORDER BY h.fqdn LIMIT ?";
    sqlx::query_as(sql).bind(text).bind(most).fetch_all(conn).await
}

/// The name of a host, archived or not.
pub async fn host_name(conn: &mut MySqlConnection, host_id: u64) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> = sqlx::query_as("SELECT fqdn FROM hosts WHERE id = ?").bind(host_id).fetch_optional(conn).await?;
    Ok(found.map(|(fqdn,)| fqdn))
}

/// What a host's files take, locked until the transaction ends: every change of one comes by here.
pub async fn lock_usage(conn: &mut MySqlConnection, host_id: u64) -> sqlx::Result<Usage> {
    let sql = "INSERT INTO mcp_file_usage (host_id, files, size_bytes) VALUES (?, 0, 0) ON DUPLICATE KEY UPDATE host_id = VALUES(host_id)";
    sqlx::query(sql).bind(host_id).execute(&mut *conn).await?;
    sqlx::query_as("SELECT files, size_bytes FROM mcp_file_usage WHERE host_id = ? FOR UPDATE").bind(host_id).fetch_one(conn).await
}

/// Sets it.
pub async fn set_usage(conn: &mut MySqlConnection, host_id: u64, usage: Usage) -> sqlx::Result<()> {
    let sql = "UPDATE mcp_file_usage SET files = ?, size_bytes = ? WHERE host_id = ?";
    sqlx::query(sql).bind(usage.files).bind(usage.size_bytes).bind(host_id).execute(conn).await?;
    Ok(())
}

/// Writes a file: a new one, or another content.
#[tracing::instrument(name = "db.mcp_files.save", skip_all, err)]
pub async fn save(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    (host_id, path): (u64, &str),
    (content, is_text): (&[u8], bool),
    session: Option<&str>,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO mcp_files (host_id, path, version, size_bytes, is_text, content, session, created_at, updated_at) \
               VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE version = version + 1, size_bytes = VALUES(size_bytes), \
               is_text = VALUES(is_text), content = VALUES(content), session = VALUES(session), updated_at = VALUES(updated_at)";
    sqlx::query(sql)
        .bind(host_id)
        .bind(path)
        .bind(u32::try_from(content.len()).unwrap_or(u32::MAX))
        .bind(is_text)
        .bind(content)
        .bind(session)
        .bind(now)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes files.
pub async fn delete(conn: &mut MySqlConnection, ids: &[u64]) -> sqlx::Result<()> {
    let mut sql = QueryBuilder::new("DELETE FROM mcp_files WHERE id IN (");
    let mut list = sql.separated(", ");
    for id in ids {
        list.push_bind(id);
    }
    sql.push(")").build().execute(conn).await?;
    Ok(())
}
