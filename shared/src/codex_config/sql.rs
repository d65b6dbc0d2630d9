//! SQL of the configuration's versions.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::MySqlConnection;

use crate::hosts::view::atom_text;

/// What is told of a version without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = ConfigLine)]
pub struct Line {
    /// Rises by one.
    pub version: u64,
    /// SHA-256 of the template.
    pub sha256: String,
    /// Its length.
    pub size_bytes: u32,
    /// Who stored it.
    pub author: String,
    /// Why.
    pub note: String,
    /// When.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
    /// `checking`, `published` or `blocked`.
    pub state: String,
    /// What Codex said about it.
    pub problem: Option<String>,
}

/// One version as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// What is told of it.
    #[sqlx(flatten)]
    pub line: Line,
    /// The settings, sealed.
    pub settings_sealed: String,
    /// The template, sealed.
    pub text_sealed: String,
}

/// Columns of [`Line`].
const LINE: &str = "version, sha256, size_bytes, author, note, created_at, state, problem";

/// The newest version's number, published or not; 0: there is none.
pub async fn head(conn: &mut MySqlConnection) -> sqlx::Result<u64> {
    let (head,): (Option<u64>,) = sqlx::query_as("SELECT MAX(version) FROM config_versions").fetch_one(conn).await?;
    Ok(head.unwrap_or(0))
}

/// Notes what became of a version.
pub async fn set_state(conn: &mut MySqlConnection, version: u64, state: &str, problem: Option<&str>) -> sqlx::Result<()> {
    let short = problem.map(|text| &text[..text.floor_char_boundary(2000)]);
    let sql = "UPDATE config_versions SET state = ?, problem = ? WHERE version = ?";
    sqlx::query(sql).bind(state).bind(short).bind(version).execute(conn).await?;
    Ok(())
}

/// Makes a version the one that hosts get.
pub async fn set_current(conn: &mut MySqlConnection, version: u64) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET config_version = ? WHERE id = 1").bind(version).execute(conn).await?;
    Ok(())
}

/// The current version's number, locked: whoever holds this may store the next one.
pub async fn lock(conn: &mut MySqlConnection) -> sqlx::Result<u64> {
    let (version,): (u64,) = sqlx::query_as("SELECT config_version FROM fleet WHERE id = 1 FOR UPDATE").fetch_one(conn).await?;
    Ok(version)
}

/// One version.
pub async fn find(conn: &mut MySqlConnection, version: u64) -> sqlx::Result<Option<Row>> {
    let sql = format!("SELECT {LINE}, settings_sealed, text_sealed FROM config_versions WHERE version = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(version).fetch_optional(conn).await
}

/// The newest version's number when it waits to be checked.
pub async fn unchecked(conn: &mut MySqlConnection) -> sqlx::Result<Option<u64>> {
    let sql = "SELECT version FROM config_versions WHERE version = (SELECT MAX(version) FROM config_versions) AND state = 'checking'";
    let row: Option<(u64,)> = sqlx::query_as(sql).fetch_optional(conn).await?;
    Ok(row.map(|(version,)| version))
}

/// The versions, newest first.
pub async fn list(conn: &mut MySqlConnection, limit: u32) -> sqlx::Result<Vec<Line>> {
    let sql = format!("SELECT {LINE} FROM config_versions ORDER BY version DESC LIMIT ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(conn).await
}

/// Stores a version. The caller holds [`lock`].
pub async fn add(conn: &mut MySqlConnection, row: &Row) -> sqlx::Result<()> {
    let sql = "INSERT INTO config_versions (version, settings_sealed, text_sealed, sha256, size_bytes, author, note, created_at, state) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let Row { line, settings_sealed, text_sealed } = row;
    let query = sqlx::query(sql).bind(line.version).bind(settings_sealed).bind(text_sealed).bind(&line.sha256);
    query.bind(line.size_bytes).bind(&line.author).bind(&line.note).bind(line.created_at).bind(&line.state).execute(conn).await?;
    Ok(())
}
