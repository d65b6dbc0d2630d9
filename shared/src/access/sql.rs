//! SQL of admin tokens and sessions.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::{Principal, Role};

/// Stores a token.
pub async fn insert_token(conn: &mut MySqlConnection, now: DateTime<Utc>, name: &str, role: Role, hash: &[u8; 32]) -> sqlx::Result<()> {
    let sql = "INSERT INTO admin_tokens (name, role, token_hash, created_at) VALUES (?, ?, ?, ?)";
    sqlx::query(sql).bind(name).bind(role.name()).bind(hash.as_slice()).bind(now).execute(conn).await?;
    Ok(())
}

/// Stores a session.
pub async fn insert_session(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    hash: &[u8; 32],
    token_id: u64,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let sql = "INSERT INTO admin_sessions (session_hash, admin_token_id, expires_at, created_at) VALUES (?, ?, ?, ?)";
    sqlx::query(sql).bind(hash.as_slice()).bind(token_id).bind(expires_at).bind(now).execute(conn).await?;
    Ok(())
}

fn principal((token_id, name, role): (u64, String, String)) -> Principal {
    Principal { token_id, name, role: Role::parse(&role) }
}

/// Who holds this token, unless it is revoked or expired.
pub async fn by_token(conn: &mut MySqlConnection, now: DateTime<Utc>, hash: &[u8; 32]) -> sqlx::Result<Option<Principal>> {
    let sql =
        "SELECT id, name, role FROM admin_tokens WHERE token_hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";
    let row = sqlx::query_as(sql).bind(hash.as_slice()).bind(now).fetch_optional(conn).await?;
    Ok(row.map(principal))
}

/// Whose session this is, unless it or its token has ended.
pub async fn by_session(conn: &mut MySqlConnection, now: DateTime<Utc>, hash: &[u8; 32]) -> sqlx::Result<Option<Principal>> {
    let sql = "SELECT t.id, t.name, t.role FROM admin_sessions s JOIN admin_tokens t ON t.id = s.admin_token_id \
               WHERE s.session_hash = ? AND s.expires_at > ? AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?)";
    let row = sqlx::query_as(sql).bind(hash.as_slice()).bind(now).bind(now).fetch_optional(conn).await?;
    Ok(row.map(principal))
}

/// The id of the token with this hash.
pub async fn token_id(conn: &mut MySqlConnection, hash: &[u8; 32]) -> sqlx::Result<Option<u64>> {
    let row: Option<(u64,)> =
        sqlx::query_as("SELECT id FROM admin_tokens WHERE token_hash = ?").bind(hash.as_slice()).fetch_optional(conn).await?;
    Ok(row.map(|(id,)| id))
}
