//! Tokens that work once: installers, seeds, sign-in links. Stored as a hash, consumed in the transaction that succeeds.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::MySqlConnection;

use crate::audit::{Actor, Change};
use crate::hosts::view::atom_text;
use crate::{App, AppError, AppResult, crypto, random};

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
    .bind(crypto::hash(&token.to_ascii_lowercase()).as_slice())
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

/// An installer or a seed link that still works, as lists show it: without its token.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Pending {
    id: u64,
    /// `install` or `seed`.
    purpose: String,
    /// Install: the host whose key it delivers.
    fqdn: Option<String>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    expires_at: DateTime<Utc>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
}

/// What the next two statements look at: tokens that work at a given time (bound once).
const PENDING: &str = "single_use_tokens t LEFT JOIN host_keys k ON k.id = t.host_key_id LEFT JOIN hosts h ON h.id = k.host_id \
     WHERE t.purpose IN ('install', 'seed') AND t.used_at IS NULL AND t.expires_at > ?";

/// Installers and seed links that still work, newest first.
pub async fn pending(conn: &mut MySqlConnection, now: DateTime<Utc>) -> sqlx::Result<Vec<Pending>> {
    let sql = format!("SELECT t.id, t.purpose, h.fqdn, t.expires_at, t.created_at FROM {PENDING} ORDER BY t.id DESC LIMIT 1000");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(now).fetch_all(conn).await
}

/// Makes an installer or a seed link stop working; an installer's key, which nobody has used, goes with it.
pub async fn revoke(app: &App, by: &Actor, id: u64) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let sql = format!("SELECT t.id, t.purpose, h.fqdn, t.expires_at, t.created_at FROM {PENDING} AND t.id = ? FOR UPDATE");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(app.clock.now()).bind(id);
    let token: Option<Pending> = query.fetch_optional(&mut *change).await?;
    let token = token.ok_or(AppError::NotFound("pending token"))?;
    let key = "DELETE k FROM host_keys k JOIN single_use_tokens t ON t.host_key_id = k.id WHERE t.id = ? AND k.state = 'pending'";
    for sql in [key, "DELETE FROM single_use_tokens WHERE id = ?"] {
        sqlx::query(sql).bind(id).execute(&mut *change).await?;
    }
    change.record("admin.pending_token.revoke", token.fqdn.clone().unwrap_or_else(|| "canonical".to_owned()), token, ());
    change.commit().await
}

/// Removes tokens that can never work again and are older than a month. Returns how many.
pub async fn sweep(app: &App) -> AppResult<u64> {
    let sql = "DELETE FROM single_use_tokens WHERE expires_at < ?";
    let mut conn = app.db.acquire().await?;
    Ok(sqlx::query(sql).bind(app.clock.now() - TimeDelta::days(30)).execute(&mut *conn).await?.rows_affected())
}
