//! Tokens that work once: installers, seeds, sign-in links. Stored as a hash, consumed in the transaction that succeeds.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::MySqlConnection;

use crate::{AppError, AppResult, crypto, random};

/// What a token is for; a token of one kind never works as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Delivers one host's key.
    Install,
    /// Lets one login be uploaded.
    Seed,
    /// Opens one admin session.
    SignIn,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Seed => "seed",
            Self::SignIn => "signin",
        }
    }
}

/// A token that exists, is unused and has not expired.
#[derive(Debug, sqlx::FromRow)]
pub struct Live {
    /// Row id.
    pub id: u64,
    /// Install: the key it delivers.
    pub host_key_id: Option<u64>,
    /// Sign-in: whose session it opens.
    pub admin_token_id: Option<u64>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// Mints a token for `purpose`. Returns its text, which is not stored, and when it expires.
pub async fn mint(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    purpose: Purpose,
    ttl: i64,
    host_key_id: Option<u64>,
    admin_token_id: Option<u64>,
) -> sqlx::Result<(String, DateTime<Utc>)> {
    let token = random::uuid();
    let expires_at = now + TimeDelta::seconds(ttl);
    sqlx::query("INSERT INTO single_use_tokens (purpose, token_hash, host_key_id, admin_token_id, expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(purpose.name())
        .bind(crypto::hash(&token).as_slice())
        .bind(host_key_id)
        .bind(admin_token_id)
        .bind(expires_at)
        .bind(now)
        .execute(conn)
        .await?;
    Ok((token, expires_at))
}

/// Finds a live token: 404 when there is none, 410 when it was used or has expired.
pub async fn find(conn: &mut MySqlConnection, now: DateTime<Utc>, purpose: Purpose, token: &str) -> AppResult<Live> {
    let row: Option<Live> = sqlx::query_as(
        "SELECT id, host_key_id, admin_token_id, expires_at, used_at FROM single_use_tokens WHERE token_hash = ? AND purpose = ?",
    )
    .bind(crypto::hash(token).as_slice())
    .bind(purpose.name())
    .fetch_optional(conn)
    .await?;
    let live = row.ok_or(AppError::NotFound("token"))?;
    if live.used_at.is_some() {
        return Err(AppError::Gone { code: "token_used", message: "this link was used already: ask an operator for a new one" });
    }
    if live.expires_at <= now {
        return Err(AppError::Gone { code: "token_expired", message: "this link has expired: ask an operator for a new one" });
    }
    Ok(live)
}

/// Marks a token as used; two racing callers cannot both succeed.
pub async fn consume(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64) -> AppResult<()> {
    let done =
        sqlx::query("UPDATE single_use_tokens SET used_at = ? WHERE id = ? AND used_at IS NULL").bind(now).bind(id).execute(conn).await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    Err(AppError::Gone { code: "token_used", message: "this link was used already: ask an operator for a new one" })
}
