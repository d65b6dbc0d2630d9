//! SQL of hosts and their keys.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::key::HostKey;
use super::{COLUMNS, Host, Identity};
use crate::crypto::Keyring;
use crate::fleet;

/// Who presents `key`, with the fleet's settings and the current login's facts. `None`: nobody.
#[tracing::instrument(name = "db.hosts.identify", skip_all, err)]
pub async fn identify(conn: &mut MySqlConnection, key: &HostKey) -> sqlx::Result<Option<Identity>> {
    let sql = format!(
        "SELECT k.id AS key_id, k.state AS key_state, {COLUMNS}, {}, g.last_refresh AS canonical_last_refresh, g.digest AS canonical_digest \
         FROM host_keys k JOIN hosts h ON h.id = k.host_id JOIN fleet f ON f.id = 1 \
         LEFT JOIN auth_generations g ON g.generation = f.auth_generation \
         WHERE k.key_hash = ? AND k.state <> 'retired'",
        fleet::COLUMNS
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(key.hash().as_slice()).fetch_optional(conn).await
}

/// One host by id.
pub async fn find(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Host>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.id = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(conn).await
}

/// One host by name.
pub async fn find_by_fqdn(conn: &mut MySqlConnection, fqdn: &str) -> sqlx::Result<Option<Host>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h WHERE h.fqdn = ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(fqdn).fetch_optional(conn).await
}

/// All hosts by name.
pub async fn list(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Host>> {
    let sql = format!("SELECT {COLUMNS} FROM hosts h ORDER BY h.fqdn");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await
}

/// Adds a host; a name that is there already is a unique violation.
pub async fn insert(conn: &mut MySqlConnection, now: DateTime<Utc>, fqdn: &str) -> sqlx::Result<u64> {
    let done = sqlx::query("INSERT INTO hosts (fqdn, created_at, updated_at) VALUES (?, ?, ?)")
        .bind(fqdn)
        .bind(now)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.last_insert_id())
}

/// Writes the attributes that registration decides.
pub async fn set_registration(conn: &mut MySqlConnection, now: DateTime<Utc>, host: &Host) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE hosts SET secure = ?, vip = ?, curl_insecure = ?, expires_at = ?, insecure_enabled_until = ?, insecure_window_minutes = ?, updated_at = ? WHERE id = ?",
    )
    .bind(host.secure)
    .bind(host.vip)
    .bind(host.curl_insecure)
    .bind(host.expires_at)
    .bind(host.insecure_enabled_until)
    .bind(host.insecure_window_minutes)
    .bind(now)
    .bind(host.id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a host and all that hangs on it. `false`: it was not there.
pub async fn delete(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<bool> {
    Ok(sqlx::query("DELETE FROM hosts WHERE id = ?").bind(id).execute(conn).await?.rows_affected() == 1)
}

/// Stores a new key as pending; pending ones that were never used go, and their installers with them.
pub async fn add_pending_key(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host_id: u64,
    key: &HostKey,
    keyring: &Keyring,
) -> sqlx::Result<u64> {
    sqlx::query("DELETE FROM host_keys WHERE host_id = ? AND state = 'pending'").bind(host_id).execute(&mut *conn).await?;
    let done = sqlx::query("INSERT INTO host_keys (host_id, key_hash, key_sealed, state, created_at) VALUES (?, ?, ?, 'pending', ?)")
        .bind(host_id)
        .bind(key.hash().as_slice())
        .bind(keyring.seal(key.reveal()))
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.last_insert_id())
}

/// The sealed key and the host it belongs to, for the installer.
pub async fn sealed_key(conn: &mut MySqlConnection, key_id: u64) -> sqlx::Result<Option<(u64, String)>> {
    sqlx::query_as("SELECT host_id, key_sealed FROM host_keys WHERE id = ? AND state <> 'retired'").bind(key_id).fetch_optional(conn).await
}

/// A pending key has been used: it becomes the host's key, the others retire and its installer is spent.
pub async fn activate_key(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64, key_id: u64) -> sqlx::Result<()> {
    sqlx::query("UPDATE host_keys SET state = 'active', activated_at = ? WHERE id = ? AND state = 'pending'")
        .bind(now)
        .bind(key_id)
        .execute(&mut *conn)
        .await?;
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
    Ok(())
}

/// Remembers which view of the login a host was given.
pub async fn set_view(conn: &mut MySqlConnection, host_id: u64, generation: u64, digest: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE hosts SET view_generation = ?, view_digest = ? WHERE id = ?")
        .bind(generation)
        .bind(digest)
        .bind(host_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Remembers which login a host holds now.
pub async fn set_last_refresh(conn: &mut MySqlConnection, host_id: u64, last_refresh: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE hosts SET last_refresh = ? WHERE id = ?").bind(last_refresh).bind(host_id).execute(conn).await?;
    Ok(())
}

/// Writes a contact: how many calls since the last one, and what was reported.
pub async fn write_contact(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host_id: u64,
    calls: u64,
    codex: Option<&str>,
    wrapper: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE hosts SET api_calls = api_calls + ?, client_version = COALESCE(?, client_version), \
         wrapper_version = COALESCE(?, wrapper_version), last_contact_at = ?, updated_at = ? WHERE id = ?",
    )
    .bind(calls)
    .bind(codex)
    .bind(wrapper)
    .bind(now)
    .bind(now)
    .bind(host_id)
    .execute(conn)
    .await?;
    Ok(())
}
