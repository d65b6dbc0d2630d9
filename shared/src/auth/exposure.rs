//! Which host was given which login, and until when that is worth anything.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::canonical::Login;
use super::jwt;
use super::mode::RefreshMode;

/// Notes that a host is given the access token of a login; the first time counts. The host's row is locked before: whoever gives it a
/// new view has it locked already, and waits for nobody who waits for that.
pub async fn note(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    host_id: u64,
    generation: u64,
    login: &Login,
    mode: RefreshMode,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO auth_exposures (generation, host_id, given_at, ends_at, direct) \
               SELECT ?, h.id, ?, ?, ? FROM hosts h WHERE h.id = ? LOCK IN SHARE MODE \
               ON DUPLICATE KEY UPDATE direct = auth_exposures.direct OR VALUES(direct)";
    sqlx::query(sql).bind(generation).bind(now).bind(ends_at(login)).bind(mode == RefreshMode::Direct).bind(host_id).execute(conn).await?;
    Ok(())
}

/// When the access token of a login is dead everywhere; `None`: it does not say.
pub fn ends_at(login: &Login) -> Option<DateTime<Utc>> {
    jwt::expires_at(login.token("access_token")?).and_then(|at| DateTime::from_timestamp(at, 0))
}

/// Whether a host was given this login before.
pub async fn was_given(conn: &mut MySqlConnection, host_id: u64, generation: u64) -> sqlx::Result<bool> {
    let sql = "SELECT 1 FROM auth_exposures WHERE generation = ? AND host_id = ?";
    let row: Option<(i64,)> = sqlx::query_as(sql).bind(generation).bind(host_id).fetch_optional(conn).await?;
    Ok(row.is_some())
}

/// One host that holds a login.
#[derive(Debug, sqlx::FromRow)]
pub struct Exposure {
    /// Which login.
    pub generation: u64,
    /// The host.
    pub host_id: u64,
    /// Its name.
    pub fqdn: String,
    /// It is gone: nobody can take the token back from it.
    pub archived: bool,
    /// Since when.
    pub given_at: DateTime<Utc>,
    /// Until when the access token works; `None`: it does not say.
    pub ends_at: Option<DateTime<Utc>>,
    /// It has the refresh token too.
    pub direct: bool,
}

/// Every host that holds an access token which may still work, newest login first; at most `limit`.
pub async fn live(conn: &mut MySqlConnection, now: DateTime<Utc>, limit: u32) -> sqlx::Result<Vec<Exposure>> {
    let sql = "SELECT e.generation, e.host_id, h.fqdn, h.archived_at IS NOT NULL AS archived, e.given_at, e.ends_at, e.direct \
               FROM auth_exposures e JOIN hosts h ON h.id = e.host_id WHERE e.ends_at IS NULL OR e.ends_at > ? \
               ORDER BY e.generation DESC, h.fqdn LIMIT ?";
    sqlx::query_as(sql).bind(now).bind(limit).fetch_all(conn).await
}

/// How many hosts hold an access token of a login before `generation` that may still work, and by when all of those are
/// dead; `None`: one does not say, or there is none.
pub async fn before(conn: &mut MySqlConnection, now: DateTime<Utc>, generation: u64) -> sqlx::Result<(u64, Option<DateTime<Utc>>)> {
    let sql = "SELECT COUNT(DISTINCT host_id), MAX(ends_at), CAST(COALESCE(SUM(ends_at IS NULL), 0) AS SIGNED) FROM auth_exposures \
               WHERE generation < ? AND (ends_at IS NULL OR ends_at > ?)";
    let (hosts, latest, silent): (i64, Option<DateTime<Utc>>, i64) = sqlx::query_as(sql).bind(generation).bind(now).fetch_one(conn).await?;
    Ok((hosts.unsigned_abs(), latest.filter(|_| silent == 0)))
}
