//! SQL of hosts and their keys.

use std::future::ready;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sqlx::{MySqlConnection, QueryBuilder};

use super::admit::Place;
use super::contact::{Moved, Report};
use super::key::HostKey;
use super::known::{Stamp, Stamped};
use super::list::Filter;
use super::users::HostUser;
use super::{COLUMNS, Host, Identity};
use crate::crypto::Keyring;
use crate::fleet;

/// What a working key joins: the key, its host, the fleet (the key's hash and a time are bound).
const BY_KEY: &str = "FROM host_keys k JOIN hosts h ON h.id = k.host_id JOIN fleet f ON f.id = 1";
const WORKS: &str = "WHERE k.key_hash = ? AND k.state <> 'retired' AND (k.valid_until IS NULL OR k.valid_until > ?)";
/// Columns of [`Stamp`].
const STAMP: &str = "k.id AS key_id, k.state AS key_state, h.changed_at AS host_changed_at, f.changed_at AS fleet_changed_at";

/// Who presents the key with this hash, with the fleet's settings and the current login's facts. `None`: nobody.
#[tracing::instrument(name = "db.hosts.identify", skip_all, err)]
pub async fn identify(conn: &mut MySqlConnection, key: &[u8; 32], now: DateTime<Utc>) -> sqlx::Result<Option<Stamped>> {
    let sql = format!(
        "SELECT {STAMP}, {COLUMNS}, {}, g.last_refresh AS canonical_last_refresh, g.digest AS canonical_digest \
         {BY_KEY} LEFT JOIN auth_generations g ON g.generation = f.auth_generation {WORKS}",
        fleet::COLUMNS
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(key.as_slice()).bind(now).fetch_optional(conn).await
}

/// Whose handle has this hash, as if it had shown its key. `None`: it is unknown or retired.
#[tracing::instrument(name = "db.hosts.identify_by_handle", skip_all, err)]
pub async fn identify_by_handle(conn: &mut MySqlConnection, handle: &[u8; 32], now: DateTime<Utc>) -> sqlx::Result<Option<Identity>> {
    let sql = format!(
        "SELECT a.id AS key_id, 'active' AS key_state, {COLUMNS}, {}, g.last_refresh AS canonical_last_refresh, g.digest AS canonical_digest \
         FROM auth_handles a JOIN hosts h ON h.id = a.host_id JOIN fleet f ON f.id = 1 \
         LEFT JOIN auth_generations g ON g.generation = f.auth_generation WHERE a.handle_hash = ? AND a.retired_at IS NULL AND (a.valid_until IS NULL OR a.valid_until > ?)",
        fleet::COLUMNS
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(handle.as_slice()).bind(now).fetch_optional(conn).await
}

/// Whether the key with this hash works, and the stamp of what [`identify`] would find.
#[tracing::instrument(name = "db.hosts.stamp", skip_all, err)]
pub async fn stamp(conn: &mut MySqlConnection, key: &[u8; 32], now: DateTime<Utc>) -> sqlx::Result<Option<Stamp>> {
    static SQL: LazyLock<String> = LazyLock::new(|| format!("SELECT {STAMP} {BY_KEY} {WORKS}"));
    sqlx::query_as(sqlx::AssertSqlSafe(SQL.as_str())).bind(key.as_slice()).bind(now).fetch_optional(conn).await
}

/// One host by id, archived or not.
pub async fn find(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Host>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.id = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await
}

/// The same, locked until the transaction ends.
pub async fn lock(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Host>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.id = ? FOR UPDATE");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await
}

/// One host by name, archived or not.
pub async fn by_fqdn(conn: &mut MySqlConnection, fqdn: &str) -> sqlx::Result<Option<Host>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.fqdn = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(fqdn).fetch_optional(conn).await
}

/// One host by name, archived or not, locked until the transaction ends.
pub async fn lock_by_fqdn(conn: &mut MySqlConnection, fqdn: &str) -> sqlx::Result<Option<Host>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.fqdn = ? FOR UPDATE");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(fqdn).fetch_optional(conn).await
}

/// A host, and what of the fleet a list shows it by: in one statement, since a list has few.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    #[sqlx(flatten)]
    pub host: Host,
    pub auth_generation: u64,
    pub inactivity_days: Option<u16>,
}

/// Hosts in the order of the filter.
#[tracing::instrument(name = "db.hosts.list", skip_all, err)]
pub async fn list(conn: &mut MySqlConnection, filter: &Filter, limit: Option<u32>) -> sqlx::Result<Vec<Row>> {
    let mut sql = QueryBuilder::new(format!(
        "SELECT {COLUMNS}, f.auth_generation, f.inactivity_days FROM hosts h JOIN fleet f ON f.id = 1 WHERE TRUE"
    ));
    match (filter.id, filter.status.as_deref()) {
        (Some(id), _) => sql.push(" AND h.id = ").push_bind(id),
        (None, Some("archived")) => sql.push(" AND h.archived_at IS NOT NULL"),
        (None, Some(status)) => sql.push(" AND h.archived_at IS NULL AND h.status = ").push_bind(status),
        (None, None) => sql.push(" AND h.archived_at IS NULL"),
    };
    if let Some(q) = &filter.q {
        sql.push(" AND LOCATE(").push_bind(q).push(", h.fqdn) > 0");
    }
    if let Some(tag) = &filter.tag {
        sql.push(" AND FIND_IN_SET(").push_bind(tag).push(", h.tags) > 0");
    }
    if let Some(only) = filter.only {
        sql.push(" AND ").push(only.condition());
    }
    if let Some(after) = &filter.after {
        filter.sort.after(&mut sql, filter.descending, after);
    }
    filter.sort.order(&mut sql, filter.descending);
    if let Some(limit) = limit {
        sql.push(" LIMIT ").push_bind(limit);
    }
    sql.build_query_as().fetch_all(conn).await
}

/// What `keep` keeps of every host that is not archived, in the order of names. A large fleet is looked at row by row: it is never held.
pub async fn of_live<T>(conn: &mut MySqlConnection, mut keep: impl FnMut(Host) -> Option<T>) -> sqlx::Result<Vec<T>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.archived_at IS NULL ORDER BY h.fqdn");
    let hosts = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch(conn);
    hosts.try_filter_map(|host| ready(Ok(keep(host)))).try_collect().await
}

/// Adds a host. `false`: its name is there already.
pub async fn insert(conn: &mut MySqlConnection, now: DateTime<Utc>, fqdn: &str) -> sqlx::Result<bool> {
    let sql = "INSERT IGNORE INTO hosts (fqdn, created_at, updated_at) VALUES (?, ?, ?)";
    Ok(sqlx::query(sql).bind(fqdn).bind(now).bind(now).execute(conn).await?.rows_affected() == 1)
}

/// Writes everything about a host that operators and rules decide. Its row is locked.
pub async fn save(conn: &mut MySqlConnection, host: &Host) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE hosts SET status = ?, secure = ?, vip = ?, allow_roaming_ips = ?, force_ipv4 = ?, curl_insecure = ?, \
         insecure_enabled_until = ?, insecure_grace_until = ?, insecure_window_minutes = ?, expires_at = ?, expires_idle_minutes = ?, \
         bound_ipv4 = ?, bound_ipv6 = ?, tags = ?, notes = ?, model_override = ?, reasoning_effort_override = ?, \
         client_version_override = ?, refresh_mode_override = ?, push_policy = ?, budget_month = ?, budget_stops = ?, last_refresh = ?, view_generation = ?, \
         view_digest = ?, registered_at = ?, archived_at = ?, archived_reason = ?, updated_at = ? WHERE id = ?",
    )
    .bind(&host.status)
    .bind(host.secure)
    .bind(host.vip)
    .bind(host.allow_roaming_ips)
    .bind(host.force_ipv4)
    .bind(host.curl_insecure)
    .bind(host.insecure_enabled_until)
    .bind(host.insecure_grace_until)
    .bind(host.insecure_window_minutes)
    .bind(host.expires_at)
    .bind(host.expires_idle_minutes)
    .bind(&host.bound_ipv4)
    .bind(&host.bound_ipv6)
    .bind(&host.tags)
    .bind(&host.notes)
    .bind(&host.model_override)
    .bind(&host.reasoning_effort_override)
    .bind(&host.client_version_override)
    .bind(&host.refresh_mode_override)
    .bind(&host.push_policy)
    .bind(host.budget_month)
    .bind(host.budget_stops)
    .bind(&host.last_refresh)
    .bind(host.view_generation)
    .bind(&host.view_digest)
    .bind(host.registered_at)
    .bind(host.archived_at)
    .bind(&host.archived_reason)
    .bind(host.updated_at)
    .bind(host.id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Binds a host that has no address of this family yet. `false`: another caller was faster.
pub async fn bind_if_free(conn: &mut MySqlConnection, host_id: u64, place: &Place) -> sqlx::Result<bool> {
    let column = if place.is_v6 { "bound_ipv6" } else { "bound_ipv4" };
    let sql = format!("UPDATE hosts SET {column} = ? WHERE id = ? AND {column} IS NULL");
    Ok(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&place.text).bind(host_id).execute(conn).await?.rows_affected() == 1)
}

/// Writes what a host is bound to.
pub async fn set_binding(conn: &mut MySqlConnection, host: &Host) -> sqlx::Result<()> {
    let sql = "UPDATE hosts SET bound_ipv4 = ?, bound_ipv6 = ? WHERE id = ?";
    sqlx::query(sql).bind(&host.bound_ipv4).bind(&host.bound_ipv6).bind(host.id).execute(conn).await?;
    Ok(())
}

/// Remembers that a host with a valid key was refused.
pub async fn note_refusal(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64, code: &str, from: &str) -> sqlx::Result<()> {
    let sql = "UPDATE hosts SET refused_at = ?, refused_code = ?, refused_from = ? WHERE id = ?";
    sqlx::query(sql).bind(now).bind(code).bind(from).bind(host_id).execute(conn).await?;
    Ok(())
}

/// A host is gone: its keys and its handle retire, and installers that were not used end.
pub async fn retire_credentials(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64) -> sqlx::Result<()> {
    drop_pending_keys(conn, host_id).await?;
    for sql in [
        "UPDATE host_keys SET state = 'retired', valid_until = ? WHERE host_id = ? AND state <> 'retired'",
        "UPDATE auth_handles SET retired_at = ? WHERE host_id = ? AND retired_at IS NULL",
    ] {
        sqlx::query(sql).bind(now).bind(host_id).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Removes keys that were never used, and their installers with them.
async fn drop_pending_keys(conn: &mut MySqlConnection, host_id: u64) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM host_keys WHERE host_id = ? AND state = 'pending'").bind(host_id).execute(conn).await?;
    Ok(())
}

/// Ends a host's keys: at once, or at `until` where they would work longer. Keys that were never used go.
pub async fn end_keys(conn: &mut MySqlConnection, host_id: u64, until: Option<DateTime<Utc>>) -> sqlx::Result<()> {
    drop_pending_keys(conn, host_id).await?;
    let sql = "UPDATE host_keys SET state = IF(? IS NULL, 'retired', state), valid_until = LEAST(COALESCE(valid_until, ?), ?) \
               WHERE host_id = ? AND state = 'active'";
    sqlx::query(sql).bind(until).bind(until).bind(until).bind(host_id).execute(conn).await?;
    Ok(())
}

/// Stores a key. Returns its id.
pub async fn add_key(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host_id: u64,
    key: &HostKey,
    state: &str,
    keyring: &Keyring,
) -> sqlx::Result<u64> {
    let done = sqlx::query("INSERT INTO host_keys (host_id, key_hash, key_sealed, state, created_at) VALUES (?, ?, ?, ?, ?)")
        .bind(host_id)
        .bind(key.hash().as_slice())
        .bind(keyring.seal(key.reveal()))
        .bind(state)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.last_insert_id())
}

/// Stores a new key as pending, instead of one that was never used.
pub async fn add_pending_key(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host_id: u64,
    key: &HostKey,
    keyring: &Keyring,
) -> sqlx::Result<u64> {
    drop_pending_keys(conn, host_id).await?;
    add_key(conn, now, host_id, key, "pending", keyring).await
}

/// The sealed key and the host it belongs to, for the installer.
pub async fn sealed_key(conn: &mut MySqlConnection, key_id: u64) -> sqlx::Result<Option<(u64, String)>> {
    sqlx::query_as("SELECT host_id, key_sealed FROM host_keys WHERE id = ? AND state <> 'retired'").bind(key_id).fetch_optional(conn).await
}

/// A pending key has been used: it becomes the host's key, the others retire and its installer is spent. `false`: it
/// was not pending any more.
pub async fn activate_key(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64, key_id: u64) -> sqlx::Result<bool> {
    // The host first, as everywhere: two who lock in another order wait for each other forever.
    sqlx::query("SELECT id FROM hosts WHERE id = ? FOR UPDATE").bind(host_id).fetch_optional(&mut *conn).await?;
    let done = sqlx::query("UPDATE host_keys SET state = 'active', activated_at = ? WHERE id = ? AND state = 'pending'")
        .bind(now)
        .bind(key_id)
        .execute(&mut *conn)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE host_keys SET state = 'retired' WHERE host_id = ? AND id <> ? AND state = 'active'")
        .bind(host_id)
        .bind(key_id)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE single_use_tokens SET used_at = ? WHERE host_key_id = ? AND used_at IS NULL")
        .bind(now)
        .bind(key_id)
        .execute(conn)
        .await?;
    Ok(true)
}

/// Remembers which view of the login a host was given.
pub async fn set_view(conn: &mut MySqlConnection, host_id: u64, generation: u64, digest: Option<&str>) -> sqlx::Result<()> {
    sqlx::query("UPDATE hosts SET view_generation = ?, view_digest = ? WHERE id = ?")
        .bind(generation)
        .bind(digest)
        .bind(host_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Every host gets its view of the login anew.
pub async fn forget_views(conn: &mut MySqlConnection) -> sqlx::Result<()> {
    sqlx::query("UPDATE hosts SET view_generation = 0, view_digest = NULL WHERE view_generation <> 0").execute(conn).await?;
    Ok(())
}

/// Remembers which login a host holds now.
pub async fn set_last_refresh(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64, last_refresh: &str) -> sqlx::Result<()> {
    let sql = "UPDATE hosts SET last_refresh = ?, last_login_sync_at = ? WHERE id = ?";
    sqlx::query(sql).bind(last_refresh).bind(now).bind(host_id).execute(conn).await?;
    Ok(())
}

/// Writes a contact: how many calls since the last one, what was reported, what it moves. What an operator has changed
/// since `host` was read is not moved.
pub async fn write_contact(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host: &Host,
    calls: u64,
    report: Report<'_>,
    moved: Moved,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE hosts SET api_calls = api_calls + ?, client_version = COALESCE(?, client_version), \
         wrapper_version = COALESCE(?, wrapper_version), \
         last_contact_at = COALESCE(?, last_contact_at), last_cron_at = COALESCE(?, last_cron_at), \
         last_login_sync_at = COALESCE(?, last_login_sync_at), \
         insecure_enabled_until = IF(insecure_enabled_until = ?, COALESCE(?, insecure_enabled_until), insecure_enabled_until), \
         expires_at = IF(expires_at = ?, COALESCE(?, expires_at), expires_at), updated_at = ? WHERE id = ?",
    )
    .bind(calls)
    .bind(report.codex)
    .bind(report.wrapper)
    .bind(report.attended.then_some(now))
    .bind((!report.attended).then_some(now))
    .bind(report.holds_login.then_some(now))
    .bind(host.insecure_enabled_until)
    .bind(moved.window)
    .bind(host.expires_at)
    .bind(moved.expiry)
    .bind(now)
    .bind(host.id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a user of a host.
pub async fn note_user(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host_id: u64,
    username: &str,
    hostname: Option<&str>,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO host_users (host_id, username, hostname, first_seen, last_seen) VALUES (?, ?, ?, ?, ?) \
               ON DUPLICATE KEY UPDATE hostname = VALUES(hostname), last_seen = VALUES(last_seen)";
    sqlx::query(sql).bind(host_id).bind(username).bind(hostname).bind(now).bind(now).execute(conn).await?;
    Ok(())
}

/// The users of these hosts, by name.
pub async fn users(conn: &mut MySqlConnection, hosts: &[u64]) -> sqlx::Result<Vec<HostUser>> {
    if hosts.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::new("SELECT host_id, username, hostname, first_seen, last_seen FROM host_users WHERE host_id IN (");
    let mut ids = sql.separated(", ");
    for id in hosts {
        ids.push_bind(id);
    }
    sql.push(") ORDER BY host_id, username").build_query_as().fetch_all(conn).await
}
