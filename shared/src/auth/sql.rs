//! SQL of logins, handles and seen tokens.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::canonical::Login;
use crate::crypto::Keyring;

/// The current generation, locked: whoever holds this may store the next one.
pub async fn lock_generation(conn: &mut MySqlConnection) -> sqlx::Result<u64> {
    let (generation,): (u64,) = sqlx::query_as("SELECT auth_generation FROM fleet WHERE id = 1 FOR UPDATE").fetch_one(conn).await?;
    Ok(generation)
}

/// The current generation, as others have committed it.
pub async fn generation(conn: &mut MySqlConnection) -> sqlx::Result<u64> {
    let (generation,): (u64,) = sqlx::query_as("SELECT auth_generation FROM fleet WHERE id = 1").fetch_one(conn).await?;
    Ok(generation)
}

/// Since when the server has a generation, and where it came from; `None`: there is none.
pub async fn origin(conn: &mut MySqlConnection, generation: u64) -> sqlx::Result<Option<(DateTime<Utc>, String)>> {
    sqlx::query_as("SELECT created_at, source FROM auth_generations WHERE generation = ?").bind(generation).fetch_optional(conn).await
}

/// A login that the server has or had, without its secrets.
#[derive(Clone, Debug, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Generation {
    /// Counts up from 1.
    pub generation: u64,
    /// SHA-256 of its canonical bytes.
    pub digest: String,
    /// When its tokens were refreshed last, as the login itself says.
    pub last_refresh: String,
    /// `host`, `seed`, `upload` or `refresh`.
    pub source: String,
    /// The host that pushed it.
    pub host_id: Option<u64>,
    /// Its name.
    pub fqdn: Option<String>,
    /// Since when the server has it.
    #[serde(serialize_with = "crate::hosts::view::atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
}

/// Logins older than `before`, newest first.
pub async fn generations(conn: &mut MySqlConnection, before: Option<u64>, most: u32) -> sqlx::Result<Vec<Generation>> {
    let sql = "SELECT g.generation, g.digest, g.last_refresh, g.source, g.source_host_id AS host_id, h.fqdn, g.created_at \
               FROM auth_generations g LEFT JOIN hosts h ON h.id = g.source_host_id WHERE g.generation < ? ORDER BY g.generation DESC LIMIT ?";
    sqlx::query_as(sql).bind(before.unwrap_or(u64::MAX)).bind(most).fetch_all(conn).await
}

/// The sealed body of one generation.
pub async fn body(conn: &mut MySqlConnection, generation: u64) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT body_sealed FROM auth_generations WHERE generation = ?").bind(generation).fetch_optional(conn).await?;
    Ok(row.map(|(body,)| body))
}

/// The latest generation in which any of these tokens was seen.
pub async fn seen(conn: &mut MySqlConnection, fingerprints: &[[u8; 32]]) -> sqlx::Result<Option<u64>> {
    let mut latest = None;
    for fingerprint in fingerprints {
        let row: Option<(u64,)> = sqlx::query_as("SELECT generation FROM auth_tokens_seen WHERE fingerprint = ?")
            .bind(fingerprint.as_slice())
            .fetch_optional(&mut *conn)
            .await?;
        latest = latest.max(row.map(|(generation,)| generation));
    }
    Ok(latest)
}

/// Where a login came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A host pushed it.
    Host(u64),
    /// A one-time seed link.
    Seed,
    /// An owner's upload.
    Upload,
    /// OpenAI's answer to a refresh.
    Refresh,
}

impl Source {
    const fn parts(self) -> (&'static str, Option<u64>) {
        match self {
            Self::Host(id) => ("host", Some(id)),
            Self::Seed => ("seed", None),
            Self::Upload => ("upload", None),
            Self::Refresh => ("refresh", None),
        }
    }
}

/// Stores `login` as `generation` and makes it current: whatever was wrong with the one before is over. The caller holds
/// [`lock_generation`].
pub async fn promote(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    keyring: &Keyring,
    generation: u64,
    login: &Login,
    source: Source,
) -> sqlx::Result<()> {
    let (name, host) = source.parts();
    sqlx::query("INSERT INTO auth_generations (generation, digest, last_refresh, source, source_host_id, body_sealed, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(generation)
        .bind(&login.digest)
        .bind(&login.last_refresh)
        .bind(name)
        .bind(host)
        .bind(keyring.seal(&login.bytes))
        .bind(now)
        .execute(&mut *conn)
        .await?;
    for secret in login.secrets() {
        sqlx::query("INSERT INTO auth_tokens_seen (fingerprint, generation, created_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE generation = VALUES(generation)")
            .bind(keyring.fingerprints(secret)[0].as_slice())
            .bind(generation)
            .bind(now)
            .execute(&mut *conn)
            .await?;
    }
    let sql = "UPDATE fleet SET auth_generation = ?, auth_state = 'ok', auth_state_code = NULL, auth_state_at = ? WHERE id = 1";
    sqlx::query(sql).bind(generation).bind(now).execute(conn).await?;
    Ok(())
}

/// The host's handle, sealed, and when it was made, or `None` when it has none that goes on. Locks the host row, so that
/// two callers agree on one.
pub async fn lock_handle(conn: &mut MySqlConnection, host_id: u64) -> sqlx::Result<Option<(String, DateTime<Utc>)>> {
    sqlx::query("SELECT id FROM hosts WHERE id = ? FOR UPDATE").bind(host_id).fetch_optional(&mut *conn).await?;
    let sql = "SELECT handle_sealed, created_at FROM auth_handles \
               WHERE host_id = ? AND retired_at IS NULL AND valid_until IS NULL ORDER BY id DESC LIMIT 1";
    sqlx::query_as(sql).bind(host_id).fetch_optional(conn).await
}

/// Lets the host's handles work until then and no longer; its next view has a new one.
pub async fn end_handles(conn: &mut MySqlConnection, host_id: u64, until: DateTime<Utc>) -> sqlx::Result<()> {
    let sql = "UPDATE auth_handles SET valid_until = LEAST(COALESCE(valid_until, ?), ?) WHERE host_id = ? AND retired_at IS NULL";
    sqlx::query(sql).bind(until).bind(until).bind(host_id).execute(conn).await?;
    Ok(())
}

/// Stores a fresh handle.
pub async fn add_handle(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64, hash: &[u8; 32], sealed: &str) -> sqlx::Result<()> {
    let sql = "INSERT INTO auth_handles (host_id, handle_hash, handle_sealed, created_at) VALUES (?, ?, ?, ?)";
    sqlx::query(sql).bind(host_id).bind(hash.as_slice()).bind(sealed).bind(now).execute(conn).await?;
    Ok(())
}

/// Retires one handle. `false`: it was retired already.
pub async fn retire_handle(conn: &mut MySqlConnection, now: DateTime<Utc>, hash: &[u8; 32]) -> sqlx::Result<bool> {
    let sql = "UPDATE auth_handles SET retired_at = ? WHERE handle_hash = ? AND retired_at IS NULL";
    Ok(sqlx::query(sql).bind(now).bind(hash.as_slice()).execute(conn).await?.rows_affected() == 1)
}
