//! SQL of admin tokens, certificates and sessions.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::MySqlConnection;

use super::certificates::Certificate;
use super::recognise::Found;
use super::sessions::Session;
use super::tokens::Listed;
use super::{Credential, Role};
use crate::client::Fingerprint;

/// Stores a token. Returns its id.
pub async fn insert_token(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    name: &str,
    role: Role,
    hash: &[u8; 32],
    expires_at: Option<DateTime<Utc>>,
) -> sqlx::Result<u64> {
    let sql = "INSERT INTO admin_tokens (name, role, token_hash, expires_at, created_at) VALUES (?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(name).bind(role.name()).bind(hash.as_slice()).bind(expires_at).bind(now);
    Ok(query.execute(conn).await?.last_insert_id())
}

/// Stores a certificate; one that is there already is a unique violation. Returns its id.
pub async fn insert_certificate(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    name: &str,
    role: Role,
    fingerprint: &Fingerprint,
    expires_at: Option<DateTime<Utc>>,
) -> sqlx::Result<u64> {
    let sql = "INSERT INTO admin_certificates (name, role, fingerprint, expires_at, created_at) VALUES (?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(name).bind(role.name()).bind(fingerprint.0.as_slice()).bind(expires_at).bind(now);
    Ok(query.execute(conn).await?.last_insert_id())
}

/// Stores a session.
pub async fn insert_session(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    hash: &[u8; 32],
    token_id: u64,
    expires_at: DateTime<Utc>,
    address: &str,
    user_agent: Option<&str>,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO admin_sessions (session_hash, admin_token_id, expires_at, created_at, last_used_at, address, user_agent) \
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(hash.as_slice()).bind(token_id).bind(expires_at).bind(now).bind(now);
    query.bind(address).bind(user_agent).execute(conn).await?;
    Ok(())
}

/// Whether the fleet's login cannot be renewed, and why.
const NEEDS_LOGIN: &str = "(SELECT f.auth_state_code FROM fleet f WHERE f.id = 1 AND f.auth_state = 'needs_login') AS needs_login";
/// Columns of [`Found`], but for [`NEEDS_LOGIN`].
const FOUND: &str = "id, name, role, last_used_at";
/// What makes a token or certificate work at a given time (bound once).
const LIVE: &str = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";

/// The code of `needs_login`, when that is the fleet's state.
pub async fn needs_login(conn: &mut MySqlConnection) -> sqlx::Result<Option<String>> {
    let (code,): (Option<String>,) = sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {NEEDS_LOGIN}"))).fetch_one(conn).await?;
    Ok(code)
}

/// Who holds this token, unless it is revoked or expired.
pub async fn by_token(conn: &mut MySqlConnection, now: DateTime<Utc>, hash: &[u8; 32]) -> sqlx::Result<Option<Found>> {
    let sql = format!("SELECT {FOUND}, {NEEDS_LOGIN} FROM admin_tokens WHERE token_hash = ? AND {LIVE}");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(hash.as_slice()).bind(now).fetch_optional(conn).await
}

/// The token with this id, unless it is revoked or expired.
pub async fn live_token(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64) -> sqlx::Result<Option<Found>> {
    let sql = format!("SELECT {FOUND}, {NEEDS_LOGIN} FROM admin_tokens WHERE id = ? AND {LIVE}");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(now).fetch_optional(conn).await
}

/// Whose certificate this is, unless it is revoked or expired.
pub async fn by_fingerprint(conn: &mut MySqlConnection, now: DateTime<Utc>, fingerprint: &Fingerprint) -> sqlx::Result<Option<Found>> {
    let sql = format!("SELECT {FOUND}, {NEEDS_LOGIN} FROM admin_certificates WHERE fingerprint = ? AND {LIVE}");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(fingerprint.0.as_slice()).bind(now).fetch_optional(conn).await
}

/// What makes a session `s` and its token `t` work (now, idle since, now).
const LIVE_SESSION: &str = "s.expires_at > ? AND COALESCE(s.last_used_at, s.created_at) > ? \
     AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?)";

/// Whose session this is, unless it has ended, has idled longer than `idle`, or its token does not work any more.
pub async fn by_session(conn: &mut MySqlConnection, now: DateTime<Utc>, hash: &[u8; 32], idle: TimeDelta) -> sqlx::Result<Option<Found>> {
    let sql = format!(
        "SELECT s.id, t.name, t.role, s.last_used_at, {NEEDS_LOGIN} FROM admin_sessions s JOIN admin_tokens t ON t.id = s.admin_token_id \
         WHERE s.session_hash = ? AND {LIVE_SESSION}"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(hash.as_slice()).bind(now).bind(now - idle).bind(now).fetch_optional(conn).await
}

/// The sessions that have not ended, newest first.
pub async fn sessions(conn: &mut MySqlConnection, now: DateTime<Utc>, idle: TimeDelta) -> sqlx::Result<Vec<Session>> {
    let sql = format!(
        "SELECT s.id, t.name, t.role, s.address, s.user_agent, s.last_used_at, s.expires_at, s.created_at \
         FROM admin_sessions s JOIN admin_tokens t ON t.id = s.admin_token_id WHERE {LIVE_SESSION} ORDER BY s.id DESC LIMIT 1000"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(now).bind(now - idle).bind(now).fetch_all(conn).await
}

/// Ends a session. Returns the name of its token; `None`: there is no such session.
pub async fn end_session(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<String>> {
    let sql = "SELECT t.name FROM admin_sessions s JOIN admin_tokens t ON t.id = s.admin_token_id WHERE s.id = ? FOR UPDATE";
    let row: Option<(String,)> = sqlx::query_as(sql).bind(id).fetch_optional(&mut *conn).await?;
    sqlx::query("DELETE FROM admin_sessions WHERE id = ?").bind(id).execute(conn).await?;
    Ok(row.map(|(name,)| name))
}

/// Removes sessions that have ended. Returns how many.
pub async fn sweep_sessions(conn: &mut MySqlConnection, now: DateTime<Utc>, idle: TimeDelta) -> sqlx::Result<u64> {
    let sql = "DELETE FROM admin_sessions WHERE expires_at <= ? OR COALESCE(last_used_at, created_at) <= ?";
    Ok(sqlx::query(sql).bind(now).bind(now - idle).execute(conn).await?.rows_affected())
}

/// Notes that a credential was used.
pub async fn set_used(conn: &mut MySqlConnection, now: DateTime<Utc>, credential: Credential) -> sqlx::Result<()> {
    let (sql, id) = match credential {
        Credential::Token { id } => ("UPDATE admin_tokens SET last_used_at = ? WHERE id = ?", id),
        Credential::Session { id } => ("UPDATE admin_sessions SET last_used_at = ? WHERE id = ?", id),
        Credential::Certificate { id } => ("UPDATE admin_certificates SET last_used_at = ? WHERE id = ?", id),
        Credential::Open => return Ok(()),
    };
    sqlx::query(sql).bind(now).bind(id).execute(conn).await?;
    Ok(())
}

/// The id of the token with this hash.
pub async fn token_id(conn: &mut MySqlConnection, hash: &[u8; 32]) -> sqlx::Result<Option<u64>> {
    let row: Option<(u64,)> =
        sqlx::query_as("SELECT id FROM admin_tokens WHERE token_hash = ?").bind(hash.as_slice()).fetch_optional(conn).await?;
    Ok(row.map(|(id,)| id))
}

/// All tokens, newest first.
pub async fn tokens(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Listed>> {
    let sql = "SELECT id, name, role, expires_at, revoked_at, last_used_at, created_at FROM admin_tokens ORDER BY id DESC LIMIT 1000";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// All certificates, newest first.
pub async fn certificates(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Certificate>> {
    let sql = "SELECT id, name, role, expires_at, revoked_at, last_used_at, created_at, LOWER(HEX(fingerprint)) AS fingerprint_hex \
               FROM admin_certificates ORDER BY id DESC LIMIT 1000";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// Revokes a token and removes its sessions. Returns its name; `None`: there is none that works.
pub async fn revoke_token(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64) -> sqlx::Result<Option<String>> {
    let sql = "SELECT name FROM admin_tokens WHERE id = ? AND revoked_at IS NULL FOR UPDATE";
    let row: Option<(String,)> = sqlx::query_as(sql).bind(id).fetch_optional(&mut *conn).await?;
    sqlx::query("UPDATE admin_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
        .bind(now)
        .bind(id)
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM admin_sessions WHERE admin_token_id = ?").bind(id).execute(conn).await?;
    Ok(row.map(|(name,)| name))
}

/// Revokes a certificate. Returns its name; `None`: there is none that works.
pub async fn revoke_certificate(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64) -> sqlx::Result<Option<String>> {
    let sql = "SELECT name FROM admin_certificates WHERE id = ? AND revoked_at IS NULL FOR UPDATE";
    let row: Option<(String,)> = sqlx::query_as(sql).bind(id).fetch_optional(&mut *conn).await?;
    sqlx::query("UPDATE admin_certificates SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
        .bind(now)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(row.map(|(name,)| name))
}

/// The certificate with this fingerprint that may administer.
pub async fn certificate_with(conn: &mut MySqlConnection, fingerprint: Fingerprint) -> sqlx::Result<Option<u64>> {
    let sql = "SELECT id FROM admin_certificates WHERE fingerprint = ? AND revoked_at IS NULL FOR UPDATE";
    sqlx::query_scalar(sql).bind(fingerprint.0.as_slice()).fetch_optional(conn).await
}

/// Whether one of `tables` holds an owner that works. Locks what it reads: two owners who revoke each other at once
/// cannot both succeed.
pub async fn has_owner(conn: &mut MySqlConnection, now: DateTime<Utc>, tables: &[&str]) -> sqlx::Result<bool> {
    for table in tables {
        let sql = format!("SELECT id FROM {table} WHERE role = 'owner' AND {LIVE} LIMIT 1 FOR UPDATE");
        let found: Option<(u64,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(now).fetch_optional(&mut *conn).await?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
