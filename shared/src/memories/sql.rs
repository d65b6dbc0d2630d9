//! The tables of memories.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::{MySqlConnection, QueryBuilder};

use super::index::{index, numbers, unindex};
use super::input::Draft;
use super::scope::{Reach, Scope, grantees};
use super::words;
use super::{Author, Memory, Need};
use crate::hosts::Host;

/// One memory as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// Row id.
    pub id: u64,
    /// [`Scope`].
    pub scope: String,
    /// As it was first given.
    pub memory_id: String,
    /// One higher at every change.
    pub version: u32,
    /// The text.
    pub content: String,
    /// A JSON object.
    pub metadata: Option<String>,
    /// A JSON list.
    pub tags: String,
    /// The host that wrote it last.
    pub author_host_id: Option<u64>,
    /// Its name then.
    pub author: String,
    /// Its session.
    pub session: Option<String>,
    /// When it was first stored.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when it is deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Row {
    /// The metadata, read.
    pub fn metadata(&self) -> Option<Map<String, Value>> {
        self.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok())
    }

    /// What it is found by: a deleted one by nothing.
    fn indexed(&self) -> BTreeSet<String> {
        if self.deleted_at.is_some() { BTreeSet::new() } else { words::index(&self.content, &self.tags()) }
    }

    /// The tags, read.
    pub fn tags(&self) -> Vec<String> {
        serde_json::from_str(&self.tags).unwrap_or_default()
    }

    /// As a host sees it.
    pub fn shown(self, rank: Option<f64>) -> Memory {
        let scope = Scope::parse(&self.scope);
        let owner = match &scope {
            Some(Scope::Host(id)) => Some(*id),
            _ => self.author_host_id,
        };
        Memory {
            record_id: self.id,
            host_id: owner,
            host: None,
            metadata: self.metadata(),
            tags: self.tags(),
            id: self.memory_id,
            content: self.content,
            created_at: self.created_at,
            updated_at: self.updated_at,
            score: rank,
            scope: scope.map_or(self.scope, |scope| scope.shown()),
            version: self.version,
            written_by: self.author,
            session: self.session,
            deleted_at: None,
        }
    }
}

const COLUMNS: &str = "m.id, m.scope, m.memory_id, m.version, m.content, m.metadata, m.tags, m.author_host_id, m.author, m.session, \
     m.created_at, m.updated_at, m.deleted_at";

/// One memory of a scope, deleted or not, locked until the transaction ends.
pub(super) async fn lock(conn: &mut MySqlConnection, scope: &Scope, key: &str) -> sqlx::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.scope = ? AND m.memory_key = ? FOR UPDATE");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.text()).bind(key).fetch_optional(conn).await
}

/// The same by its row.
pub(super) async fn lock_record(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.id = ? FOR UPDATE");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await
}

/// Living memories with this id in these scopes.
#[tracing::instrument(name = "db.memories.find", skip_all, err)]
pub async fn find(conn: &mut MySqlConnection, scopes: &[Scope], key: &str) -> sqlx::Result<Vec<Row>> {
    let mut sql = QueryBuilder::new(format!("SELECT {COLUMNS} FROM memories m WHERE m.memory_key = "));
    sql.push_bind(key).push(" AND m.deleted_at IS NULL AND m.scope IN (");
    push_scopes(&mut sql, scopes);
    sql.push(")").build_query_as().fetch_all(conn).await
}

fn push_scopes(sql: &mut QueryBuilder<sqlx::MySql>, scopes: &[Scope]) {
    let mut list = sql.separated(", ");
    for scope in scopes {
        list.push_bind(scope.text());
    }
}

/// How many a scope has, deleted ones too, up to `most`.
pub(super) async fn count(conn: &mut MySqlConnection, scope: &Scope, most: u32) -> sqlx::Result<u32> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM memories WHERE scope = ? LIMIT ?) some";
    let (count,): (i64,) = sqlx::query_as(sql).bind(scope.text()).bind(most).fetch_one(conn).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Adds a memory. Returns its row id.
pub(super) async fn add(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    scope: &Scope,
    id: &super::MemoryId,
    draft: &Draft,
    author: Author<'_>,
) -> sqlx::Result<u64> {
    let sql = "INSERT INTO memories (scope, memory_id, memory_key, version, content, metadata, tags, author_host_id, author, session, \
               created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)";
    let done = sqlx::query(sql)
        .bind(scope.text())
        .bind(id.as_str())
        .bind(id.key())
        .bind(&draft.content)
        .bind(metadata_text(draft))
        .bind(tags_text(draft))
        .bind(author.host)
        .bind(author.name)
        .bind(author.session)
        .bind(now)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    let row = done.last_insert_id();
    index(conn, row, scope.text(), &words::index(&draft.content, &draft.tags)).await?;
    Ok(row)
}

/// Replaces what a memory says; a deleted one lives again.
pub(super) async fn replace(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    row: &Row,
    draft: &Draft,
    author: Author<'_>,
) -> sqlx::Result<()> {
    let sql = "UPDATE memories SET version = version + 1, content = ?, metadata = ?, tags = ?, author_host_id = ?, author = ?, session = ?, \
               updated_at = ?, deleted_at = NULL WHERE id = ?";
    sqlx::query(sql)
        .bind(&draft.content)
        .bind(metadata_text(draft))
        .bind(tags_text(draft))
        .bind(author.host)
        .bind(author.name)
        .bind(author.session)
        .bind(now)
        .bind(row.id)
        .execute(&mut *conn)
        .await?;
    let (had, has) = (row.indexed(), words::index(&draft.content, &draft.tags));
    unindex(conn, row.id, &row.scope, &had.difference(&has).cloned().collect()).await?;
    index(conn, row.id, row.scope.clone(), &has.difference(&had).cloned().collect()).await
}

fn metadata_text(draft: &Draft) -> Option<String> {
    draft.metadata.clone().map(|map| Value::Object(map).to_string())
}

fn tags_text(draft: &Draft) -> String {
    serde_json::json!(draft.tags).to_string()
}

/// Marks a memory deleted, and makes it unfindable.
pub(super) async fn delete(conn: &mut MySqlConnection, now: DateTime<Utc>, row: &Row) -> sqlx::Result<()> {
    sqlx::query("UPDATE memories SET deleted_at = ? WHERE id = ?").bind(now).bind(row.id).execute(&mut *conn).await?;
    unindex(conn, row.id, &row.scope, &row.indexed()).await
}

/// Lets a deleted memory live again as it was.
pub(super) async fn restore(conn: &mut MySqlConnection, now: DateTime<Utc>, row: &Row) -> sqlx::Result<()> {
    let sql = "UPDATE memories SET deleted_at = NULL, version = version + 1, updated_at = ? WHERE id = ?";
    sqlx::query(sql).bind(now).bind(row.id).execute(&mut *conn).await?;
    index(conn, row.id, row.scope.clone(), &words::index(&row.content, &row.tags())).await
}

/// Forgets what was deleted before, at most so many. Returns how many.
#[tracing::instrument(name = "db.memories.purge", skip_all, err)]
pub(super) async fn purge(conn: &mut MySqlConnection, before: DateTime<Utc>, most: u32) -> sqlx::Result<u64> {
    let sql = "DELETE FROM memories WHERE deleted_at < ? LIMIT ?";
    Ok(sqlx::query(sql).bind(before).bind(most).execute(conn).await?.rows_affected())
}

/// Row ids of the newest in these scopes, newest first.
pub(super) async fn recent(conn: &mut MySqlConnection, scopes: &[Scope], (offset, limit): (u32, u32)) -> sqlx::Result<Vec<u64>> {
    // Each scope's own index gives its newest; one IN over all of them would sort everything.
    let mut sql = QueryBuilder::new("SELECT id FROM (");
    for (place, scope) in scopes.iter().enumerate() {
        sql.push(if place == 0 { "" } else { " UNION ALL " });
        sql.push("(SELECT id, updated_at FROM memories WHERE scope = ").push_bind(scope.text());
        sql.push(" AND deleted_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT ").push_bind(offset.saturating_add(limit)).push(")");
    }
    sql.push(") newest ORDER BY updated_at DESC, id DESC LIMIT ").push_bind(limit).push(" OFFSET ").push_bind(offset);
    let ids: Vec<(u64,)> = sql.build_query_as().fetch_all(conn).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// These rows, in no order. Not prepared, for the reason that `index` says.
pub(super) async fn rows(conn: &mut MySqlConnection, ids: &[u64]) -> sqlx::Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {COLUMNS} FROM memories m WHERE m.id IN ({})", numbers(ids));
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await?;
    rows.iter().map(sqlx::FromRow::from_row).collect()
}

/// What an administrator looks for; what is `None` or empty does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these rows.
    pub ids: Option<Vec<u64>>,
    /// What this host owns or wrote.
    pub host: Option<u64>,
    /// [`Scope`].
    pub scope: Option<String>,
    /// The deleted ones instead.
    pub deleted: bool,
    /// Older than this update, and at the same moment below this row.
    pub before: Option<(DateTime<Utc>, u64)>,
}

/// A memory and the name of the host it belongs to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    /// The memory.
    #[sqlx(flatten)]
    pub row: Row,
    /// Of its host.
    pub fqdn: Option<String>,
}

const LISTED: &str = "FROM memories m \
     LEFT JOIN hosts h ON h.id = COALESCE(m.author_host_id, IF(m.scope LIKE 'host:%', CAST(SUBSTR(m.scope, 6) AS UNSIGNED), NULL))";

/// A page for administrators, newest first.
#[tracing::instrument(name = "db.memories.list", skip_all, err)]
pub async fn list(conn: &mut MySqlConnection, filter: &Filter, limit: u32) -> sqlx::Result<Vec<Listed>> {
    let mut sql = QueryBuilder::new(format!("SELECT {COLUMNS}, h.fqdn {LISTED} "));
    sql.push(if filter.deleted { "WHERE m.deleted_at IS NOT NULL" } else { "WHERE m.deleted_at IS NULL" });
    if let Some(ids) = &filter.ids {
        // There is no row 0: of no ids none is found.
        sql.push(format!(" AND m.id IN ({})", numbers(&[&[0], ids.as_slice()].concat())));
    }
    if let Some(host) = filter.host {
        sql.push(" AND (m.scope = ").push_bind(format!("host:{host}")).push(" OR m.author_host_id = ").push_bind(host).push(")");
    }
    if let Some(scope) = &filter.scope {
        sql.push(" AND m.scope = ").push_bind(scope);
    }
    if let Some((at, id)) = filter.before {
        sql.push(" AND (m.updated_at < ")
            .push_bind(at)
            .push(" OR (m.updated_at = ")
            .push_bind(at)
            .push(" AND m.id < ")
            .push_bind(id)
            .push("))");
    }
    sql.push(" ORDER BY m.updated_at DESC, m.id DESC LIMIT ").push_bind(limit);
    sql.build_query_as().fetch_all(conn).await
}

/// One memory for an administrator, deleted or not.
pub async fn record(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Listed>> {
    let sql = format!("SELECT {COLUMNS}, h.fqdn {LISTED} WHERE m.id = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await
}

/// A grant.
#[derive(Clone, Debug, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Grant {
    /// Row id.
    pub id: u64,
    /// `fleet` or `tag:<tag>`.
    pub scope: String,
    /// `host:<id>`, or `tag:<tag>`: every host that has it.
    pub grantee: String,
    /// `read`, or `write`, which includes it.
    pub access: String,
    /// Who granted it.
    pub created_by: String,
    /// When.
    #[serde(serialize_with = "crate::hosts::view::atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
}

const GRANT: &str = "SELECT id, scope, grantee, access, created_by, created_at FROM mcp_grants";

/// What a host was granted, itself and through its tags.
pub async fn reach(conn: &mut MySqlConnection, host: &Host) -> sqlx::Result<Reach> {
    let mut sql = QueryBuilder::new("SELECT scope, access FROM mcp_grants WHERE grantee IN (");
    let mut list = sql.separated(", ");
    for grantee in grantees(host) {
        list.push_bind(grantee);
    }
    let rows: Vec<(String, String)> = sql.push(") ORDER BY scope").build_query_as().fetch_all(conn).await?;
    let granted = rows.into_iter().filter_map(|(scope, access)| Some((Scope::parse(&scope)?, Need::parse(&access)?)));
    Ok(Reach { host: host.id, granted: granted.collect() })
}

/// All grants.
pub async fn grants(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Grant>> {
    let sql = format!("{GRANT} ORDER BY scope, grantee LIMIT 2000");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await
}

/// How many there are.
pub(super) async fn count_grants(conn: &mut MySqlConnection) -> sqlx::Result<i64> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM mcp_grants").fetch_one(conn).await?;
    Ok(count)
}

/// One grant, locked.
pub(super) async fn lock_grant(conn: &mut MySqlConnection, scope: &str, grantee: &str) -> sqlx::Result<Option<Grant>> {
    let sql = format!("{GRANT} WHERE scope = ? AND grantee = ? FOR UPDATE");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope).bind(grantee).fetch_optional(conn).await
}

/// The same by its row.
pub(super) async fn lock_grant_record(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Grant>> {
    let sql = format!("{GRANT} WHERE id = ? FOR UPDATE");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await
}

/// Grants, or changes what was granted.
pub(super) async fn set_grant(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    scope: &str,
    grantee: &str,
    access: Need,
    by: &str,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO mcp_grants (scope, grantee, access, created_by, created_at) VALUES (?, ?, ?, ?, ?) \
               ON DUPLICATE KEY UPDATE access = VALUES(access), created_by = VALUES(created_by), created_at = VALUES(created_at)";
    sqlx::query(sql).bind(scope).bind(grantee).bind(access.name()).bind(by).bind(now).execute(conn).await?;
    Ok(())
}

/// Takes a grant back.
pub(super) async fn drop_grant(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM mcp_grants WHERE id = ?").bind(id).execute(conn).await?;
    Ok(())
}
