//! SQL of AGENTS.md, slash commands and skills.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{MySqlConnection, QueryBuilder};

use super::model::{ARTIFACT, Document, VERSION};
use super::{Artifact, Draft, Kind, Name, Text, Version};
use crate::crypto::sha256_hex;

/// What of the fleet's row changes of artifacts need.
#[derive(Debug, sqlx::FromRow)]
pub struct FleetRow {
    /// Rises with every change.
    pub artifacts_revision: u64,
    /// The fleet's.
    pub push_policy: String,
}

/// Locks the fleet's row until the transaction ends: changes of artifacts happen one after the other.
pub async fn lock_fleet(conn: &mut MySqlConnection) -> sqlx::Result<FleetRow> {
    sqlx::query_as("SELECT artifacts_revision, push_policy FROM fleet WHERE id = 1 FOR UPDATE").fetch_one(conn).await
}

/// The revision as this connection sees it.
pub(super) async fn revision(conn: &mut MySqlConnection) -> sqlx::Result<u64> {
    let (revision,): (u64,) = sqlx::query_as("SELECT artifacts_revision FROM fleet WHERE id = 1").fetch_one(conn).await?;
    Ok(revision)
}

/// Says that something has changed.
pub(super) async fn bump_revision(conn: &mut MySqlConnection) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET artifacts_revision = artifacts_revision + 1 WHERE id = 1").execute(conn).await?;
    Ok(())
}

/// The kind and name of a document that reaches no host.
pub(super) type Retired = (Kind, String);

#[derive(sqlx::FromRow)]
struct DocumentRow {
    id: u64,
    version_id: u64,
    kind: String,
    name: String,
    version: u32,
    description: Option<String>,
    argument_hint: Option<String>,
    body: String,
}

/// All current documents, and the kinds and names of the retired ones. Three statements.
#[tracing::instrument(name = "db.artifacts.documents", skip_all, err)]
pub(super) async fn documents(conn: &mut MySqlConnection) -> sqlx::Result<(Vec<Document>, Vec<Retired>)> {
    let sql = "SELECT a.id, v.id AS version_id, a.kind, a.name, a.version, v.description, v.argument_hint, b.body \
               FROM artifacts a JOIN artifact_versions v ON v.artifact_id = a.id AND v.version = a.version \
               JOIN artifact_bodies b ON b.sha256 = v.sha256 WHERE a.retired_at IS NULL ORDER BY a.kind, a.name_key";
    let rows: Vec<DocumentRow> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
    let sql = "SELECT f.version_id, f.path, b.body FROM artifacts a JOIN artifact_versions v ON v.artifact_id = a.id AND v.version = a.version \
               JOIN artifact_files f ON f.version_id = v.id JOIN artifact_bodies b ON b.sha256 = f.sha256 WHERE a.retired_at IS NULL";
    let further: Vec<(u64, String, String)> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
    let mut files: HashMap<u64, BTreeMap<String, String>> = HashMap::new();
    for (version, path, body) in further {
        files.entry(version).or_default().insert(path, body);
    }
    let document = |row: DocumentRow| {
        let text = Text { main: row.body, files: files.remove(&row.version_id).unwrap_or_default() };
        let (description, argument_hint) = (row.description, row.argument_hint);
        Some(Document { id: row.id, kind: Kind::of(&row.kind)?, name: row.name, version: row.version, description, argument_hint, text })
    };
    let documents = rows.into_iter().filter_map(document).collect();
    let retired: Vec<(String, String)> =
        sqlx::query_as("SELECT kind, name FROM artifacts WHERE retired_at IS NOT NULL").fetch_all(conn).await?;
    Ok((documents, retired.into_iter().filter_map(|(kind, name)| Some((Kind::of(&kind)?, name))).collect()))
}

const CURRENT: &str = "FROM artifacts a JOIN artifact_versions v ON v.artifact_id = a.id AND v.version = a.version";

/// All documents of a kind, by name; retired ones too.
pub async fn list(conn: &mut MySqlConnection, kind: Kind) -> sqlx::Result<Vec<Artifact>> {
    let sql = format!("SELECT {ARTIFACT} {CURRENT} WHERE a.kind = ? ORDER BY a.name_key");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(kind.name()).fetch_all(conn).await
}

/// One document, retired or not.
pub async fn find(conn: &mut MySqlConnection, kind: Kind, name: &Name) -> sqlx::Result<Option<Artifact>> {
    let sql = format!("SELECT {ARTIFACT} {CURRENT} WHERE a.kind = ? AND a.name_key = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(kind.name()).bind(name.key()).fetch_optional(conn).await
}

/// How many documents there are.
pub(super) async fn count(conn: &mut MySqlConnection) -> sqlx::Result<u64> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM artifacts").fetch_one(conn).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The text with this SHA-256; `None`: it was collected.
pub async fn body(conn: &mut MySqlConnection, sha256: &str) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT body FROM artifact_bodies WHERE sha256 = ?").bind(sha256).fetch_optional(conn).await?;
    Ok(found.map(|(body,)| body))
}

/// The text of one version, with its further files.
pub async fn text(conn: &mut MySqlConnection, version_id: u64, sha256: &str) -> sqlx::Result<Text> {
    let sql = "SELECT '' AS path, body FROM artifact_bodies WHERE sha256 = ? \
               UNION ALL SELECT f.path, b.body FROM artifact_files f JOIN artifact_bodies b ON b.sha256 = f.sha256 WHERE f.version_id = ?";
    let rows: Vec<(String, String)> = sqlx::query_as(sql).bind(sha256).bind(version_id).fetch_all(conn).await?;
    let mut files: BTreeMap<_, _> = rows.into_iter().collect();
    Ok(Text { main: files.remove("").unwrap_or_default(), files })
}

/// The versions of a document, newest first.
pub async fn versions(conn: &mut MySqlConnection, artifact_id: u64) -> sqlx::Result<Vec<Version>> {
    let sql = format!("SELECT {VERSION} FROM artifact_versions v WHERE v.artifact_id = ? ORDER BY v.version DESC LIMIT 500");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(artifact_id).fetch_all(conn).await
}

/// One version.
pub async fn version(conn: &mut MySqlConnection, artifact_id: u64, version: u32) -> sqlx::Result<Option<Version>> {
    let sql = format!("SELECT {VERSION} FROM artifact_versions v WHERE v.artifact_id = ? AND v.version = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(artifact_id).bind(version).fetch_optional(conn).await
}

/// Keeps a text. Returns its SHA-256.
pub(super) async fn add_body(conn: &mut MySqlConnection, now: DateTime<Utc>, text: &str) -> sqlx::Result<String> {
    let sha256 = sha256_hex(text);
    let sql =
        "INSERT INTO artifact_bodies (sha256, body, created_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE created_at = VALUES(created_at)";
    sqlx::query(sql).bind(&sha256).bind(text).bind(now).execute(conn).await?;
    Ok(sha256)
}

/// Adds a document without a version. Returns its id.
pub(super) async fn add_artifact(conn: &mut MySqlConnection, now: DateTime<Utc>, kind: Kind, name: &Name) -> sqlx::Result<u64> {
    let sql = "INSERT INTO artifacts (kind, name, name_key, version, created_at, updated_at) VALUES (?, ?, ?, 0, ?, ?)";
    let done = sqlx::query(sql).bind(kind.name()).bind(name.as_str()).bind(name.key()).bind(now).bind(now).execute(conn).await?;
    Ok(done.last_insert_id())
}

/// Who makes a version.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The actor's name.
    pub author: &'a str,
    /// The host it came from.
    pub host: Option<u64>,
    /// Why.
    pub note: Option<&'a str>,
}

/// Adds a version and makes it the current one.
pub(super) async fn add_version(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    (artifact_id, version, retired): (u64, u32, bool),
    draft: &Draft,
    origin: Origin<'_>,
) -> sqlx::Result<()> {
    let sha256 = add_body(&mut *conn, now, &draft.text.main).await?;
    let sql = "INSERT INTO artifact_versions (artifact_id, version, sha256, size_bytes, description, argument_hint, display_name, retired, \
               author, source_host_id, note, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let done = sqlx::query(sql)
        .bind(artifact_id)
        .bind(version)
        .bind(&sha256)
        .bind(draft.text.main.len() as u64)
        .bind(&draft.description)
        .bind(&draft.argument_hint)
        .bind(&draft.display_name)
        .bind(retired)
        .bind(origin.author)
        .bind(origin.host)
        .bind(origin.note)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    for (path, text) in &draft.text.files {
        let sha256 = add_body(&mut *conn, now, text).await?;
        let sql = "INSERT INTO artifact_files (version_id, path, sha256) VALUES (?, ?, ?)";
        sqlx::query(sql).bind(done.last_insert_id()).bind(path).bind(sha256).execute(&mut *conn).await?;
    }
    let sql = "UPDATE artifacts SET version = ?, retired_at = ?, updated_at = ? WHERE id = ?";
    sqlx::query(sql).bind(version).bind(retired.then_some(now)).bind(now).bind(artifact_id).execute(conn).await?;
    Ok(())
}

/// Notes which versions a host was given.
pub(super) async fn pin(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64, given: &[(u64, u32)]) -> sqlx::Result<()> {
    let mut sql = QueryBuilder::new("INSERT INTO artifact_pins (host_id, artifact_id, version, given_at) ");
    let given: BTreeSet<_> = given.iter().collect();
    sql.push_values(given, |mut row, (artifact, version)| {
        row.push_bind(host_id).push_bind(artifact).push_bind(version).push_bind(now);
    });
    sql.push(" ON DUPLICATE KEY UPDATE version = VALUES(version), given_at = VALUES(given_at)");
    sql.build().execute(conn).await?;
    Ok(())
}

/// SHA-256 of the text a host was last given of a document.
pub(super) async fn pinned(conn: &mut MySqlConnection, host_id: u64, kind: Kind, name: &Name) -> sqlx::Result<Option<String>> {
    let sql = "SELECT v.sha256 FROM artifacts a JOIN artifact_pins p ON p.artifact_id = a.id AND p.host_id = ? \
               JOIN artifact_versions v ON v.artifact_id = a.id AND v.version = p.version WHERE a.kind = ? AND a.name_key = ?";
    let found: Option<(String,)> = sqlx::query_as(sql).bind(host_id).bind(kind.name()).bind(name.key()).fetch_optional(conn).await?;
    Ok(found.map(|(sha256,)| sha256))
}

/// Forgets versions older than `before` that are not current and that no living host was given last, and then texts that
/// nothing holds. The fleet's row is locked.
#[tracing::instrument(name = "db.artifacts.collect", skip_all, err)]
pub(super) async fn collect(conn: &mut MySqlConnection, now: DateTime<Utc>, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let sql = "DELETE FROM artifact_pins WHERE host_id NOT IN (SELECT id FROM hosts WHERE archived_at IS NULL)";
    sqlx::query(sql).execute(&mut *conn).await?;
    let sql = "DELETE v FROM artifact_versions v JOIN artifacts a ON a.id = v.artifact_id \
               LEFT JOIN artifact_pins p ON p.artifact_id = v.artifact_id AND p.version = v.version \
               WHERE v.version <> a.version AND p.host_id IS NULL AND v.created_at < ?";
    let gone = sqlx::query(sql).bind(before).execute(&mut *conn).await?.rows_affected();
    let sql = "DELETE f FROM artifact_files f LEFT JOIN artifact_versions v ON v.id = f.version_id WHERE v.id IS NULL";
    sqlx::query(sql).execute(&mut *conn).await?;
    let sql = "DELETE b FROM artifact_bodies b WHERE b.created_at < ? \
               AND NOT EXISTS (SELECT 1 FROM artifact_versions v WHERE v.sha256 = b.sha256) \
               AND NOT EXISTS (SELECT 1 FROM artifact_files f WHERE f.sha256 = b.sha256) \
               AND NOT EXISTS (SELECT 1 FROM artifact_pushes p WHERE p.sha256 = b.sha256 OR p.base_sha256 = b.sha256 OR p.ours_sha256 = b.sha256)";
    sqlx::query(sql).bind(now - TimeDelta::hours(1)).execute(conn).await?;
    Ok(gone)
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// An operator has to decide.
    Waiting,
    /// It is a version.
    Accepted,
    /// An operator kept the fleet's.
    Declined,
}

impl State {
    /// As the database has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
        }
    }

    /// From the database.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Accepted, Self::Declined].into_iter().find(|state| state.name() == name)
    }
}

/// A text that a host pushed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Push {
    /// Row id.
    pub id: u64,
    /// Who pushed it …
    pub host_id: u64,
    /// … and its name; `None`: it is gone.
    pub fqdn: Option<String>,
    /// Of the document.
    pub kind: String,
    /// Of the document.
    pub name: String,
    /// A further file of a skill.
    pub file: Option<String>,
    /// Below the Codex home.
    pub path: String,
    /// What the host has.
    pub sha256: String,
    /// What it was given.
    pub base_sha256: Option<String>,
    /// What the fleet had when it came.
    pub ours_sha256: Option<String>,
    /// JSON of [`super::push::Details`].
    pub details: Option<String>,
    /// Both sides had changed it.
    pub is_conflict: bool,
    /// [`State`].
    pub state: String,
    /// What it became.
    pub version: Option<u32>,
    /// When it came.
    pub created_at: DateTime<Utc>,
}

const PUSH: &str = "SELECT p.id, p.host_id, h.fqdn, p.kind, p.name, p.file, p.path, p.sha256, p.base_sha256, p.ours_sha256, p.details, \
     p.is_conflict, p.state, p.version, p.created_at FROM artifact_pushes p LEFT JOIN hosts h ON h.id = p.host_id";

/// Pushes of a host with these texts.
pub(super) async fn pushes_of(conn: &mut MySqlConnection, host_id: u64, shas: &BTreeSet<&str>) -> sqlx::Result<Vec<Push>> {
    let mut sql = QueryBuilder::new(format!("{PUSH} WHERE p.host_id = "));
    sql.push_bind(host_id).push(" AND p.sha256 IN (");
    let mut list = sql.separated(", ");
    for sha in shas {
        list.push_bind(*sha);
    }
    sql.push(")").build_query_as().fetch_all(conn).await
}

/// The push with this identity.
pub(super) async fn push_by_key(conn: &mut MySqlConnection, key: &[u8; 32]) -> sqlx::Result<Option<Push>> {
    let sql = format!("{PUSH} WHERE p.idempotency = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(key.as_slice()).fetch_optional(conn).await
}

/// One push.
pub async fn push(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Push>> {
    let sql = format!("{PUSH} WHERE p.id = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await
}

/// Pushes that wait for an operator, oldest first.
pub async fn waiting(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Push>> {
    let sql = format!("{PUSH} WHERE p.state = 'waiting' ORDER BY p.id LIMIT 100");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await
}

/// How many pushes of a host wait.
pub(super) async fn waiting_of(conn: &mut MySqlConnection, host_id: u64) -> sqlx::Result<u64> {
    let sql = "SELECT COUNT(*) FROM artifact_pushes WHERE host_id = ? AND state = 'waiting'";
    let (count,): (i64,) = sqlx::query_as(sql).bind(host_id).fetch_one(conn).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Keeps a push, or says what became of the same one now. Returns its id.
pub(super) async fn save_push(conn: &mut MySqlConnection, now: DateTime<Utc>, key: &[u8; 32], push: &Push) -> sqlx::Result<u64> {
    let sql = "INSERT INTO artifact_pushes (idempotency, host_id, kind, name, file, path, sha256, base_sha256, ours_sha256, details, is_conflict, \
               state, version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
               ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), state = VALUES(state), version = VALUES(version), \
               ours_sha256 = VALUES(ours_sha256), is_conflict = VALUES(is_conflict)";
    let done = sqlx::query(sql)
        .bind(key.as_slice())
        .bind(push.host_id)
        .bind(&push.kind)
        .bind(&push.name)
        .bind(&push.file)
        .bind(&push.path)
        .bind(&push.sha256)
        .bind(&push.base_sha256)
        .bind(&push.ours_sha256)
        .bind(&push.details)
        .bind(push.is_conflict)
        .bind(&push.state)
        .bind(push.version)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.last_insert_id())
}

/// What a host has changed again waits no longer: only its newest text does. The older ones stay in the history, and
/// one that comes again is new.
pub(super) async fn supersede(conn: &mut MySqlConnection, now: DateTime<Utc>, push: &Push, id: u64) -> sqlx::Result<()> {
    let sql =
        "UPDATE artifact_pushes SET state = 'superseded', settled_at = ? WHERE host_id = ? AND path = ? AND state = 'waiting' AND id <> ?";
    sqlx::query(sql).bind(now).bind(push.host_id).bind(&push.path).bind(id).execute(conn).await?;
    Ok(())
}

/// Settles a push.
pub(super) async fn settle_push(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    id: u64,
    (state, taken, version): (State, &str, Option<u32>),
    by: &str,
) -> sqlx::Result<()> {
    let sql = "UPDATE artifact_pushes SET state = ?, taken = ?, version = ?, settled_at = ?, settled_by = ? WHERE id = ?";
    sqlx::query(sql).bind(state.name()).bind(taken).bind(version).bind(now).bind(by).bind(id).execute(conn).await?;
    Ok(())
}

/// A host's own policy; `None`: the host is gone.
pub(super) async fn host_policy(conn: &mut MySqlConnection, host_id: u64) -> sqlx::Result<Option<Option<String>>> {
    let sql = "SELECT push_policy FROM hosts WHERE id = ? AND archived_at IS NULL";
    let found: Option<(Option<String>,)> = sqlx::query_as(sql).bind(host_id).fetch_optional(conn).await?;
    Ok(found.map(|(policy,)| policy))
}
