//! SQL of the audit.

use sqlx::MySqlConnection;

use super::chain::{Head, Link};
use super::page::{Entry, Filter};
use crate::crypto::{CannotOpen, Keyring};
use crate::{AppResult, random};

/// Columns of [`Link`].
const LINK: &str = "seq, actor_kind, actor, action, target, before_json, after_json, request_id, address, created_at, hash";

/// The end of the chain, locked until the transaction ends. The first caller makes the chain's key.
pub(super) async fn lock_head(conn: &mut MySqlConnection, keyring: &Keyring) -> AppResult<Head> {
    let sql = "SELECT seq, hash, key_sealed FROM audit_head WHERE id = 1 FOR UPDATE";
    let (seq, hash, sealed): (u64, Vec<u8>, Option<String>) = sqlx::query_as(sql).fetch_one(&mut *conn).await?;
    let key = if let Some(sealed) = sealed {
        key_of(keyring, &sealed)?
    } else {
        let key = random::bytes::<32>();
        sqlx::query("UPDATE audit_head SET key_sealed = ? WHERE id = 1").bind(keyring.seal(&hex::encode(key))).execute(conn).await?;
        key
    };
    Ok(Head { seq, hash: hash.try_into().unwrap_or_default(), key })
}

/// The end of the chain, unlocked, for checking it; `None` while nothing was ever audited.
pub(super) async fn head(conn: &mut MySqlConnection, keyring: &Keyring) -> AppResult<Option<Head>> {
    let sql = "SELECT seq, hash, key_sealed FROM audit_head WHERE id = 1";
    let (seq, hash, sealed): (u64, Vec<u8>, Option<String>) = sqlx::query_as(sql).fetch_one(conn).await?;
    let Some(sealed) = sealed else { return Ok(None) };
    Ok(Some(Head { seq, hash: hash.try_into().unwrap_or_default(), key: key_of(keyring, &sealed)? }))
}

fn key_of(keyring: &Keyring, sealed: &str) -> Result<[u8; 32], CannotOpen> {
    hex::decode(keyring.open(sealed)?).ok().and_then(|raw| raw.try_into().ok()).ok_or(CannotOpen)
}

/// Remembers the end of the chain.
pub(super) async fn set_head(conn: &mut MySqlConnection, head: &Head) -> sqlx::Result<()> {
    let sql = "UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1";
    sqlx::query(sql).bind(head.seq).bind(head.hash.as_slice()).execute(conn).await?;
    Ok(())
}

/// Stores one entry.
pub(super) async fn append(conn: &mut MySqlConnection, link: &Link) -> sqlx::Result<()> {
    let sql = format!("INSERT INTO audit ({LINK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(link.seq)
        .bind(&link.actor_kind)
        .bind(&link.actor)
        .bind(&link.action)
        .bind(&link.target)
        .bind(&link.before_json)
        .bind(&link.after_json)
        .bind(&link.request_id)
        .bind(&link.address)
        .bind(link.created_at)
        .bind(&link.hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// The entries after place `seq`, with their row ids, in the order of the chain.
pub(super) async fn links_after(conn: &mut MySqlConnection, seq: u64, limit: u32) -> sqlx::Result<Vec<Stored>> {
    let sql = format!("SELECT id, {LINK} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(seq).bind(limit).fetch_all(conn).await
}

/// An entry and its row.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Stored {
    pub id: u64,
    #[sqlx(flatten)]
    pub link: Link,
}

/// The first row outside the chain that was written after `id`, where the chain begins.
pub(super) async fn first_unchained_after(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<u64>> {
    let sql = "SELECT MIN(id) FROM audit WHERE seq IS NULL AND id > ?";
    let (found,): (Option<u64>,) = sqlx::query_as(sql).bind(id).fetch_one(conn).await?;
    Ok(found)
}

/// A page of entries, newest first.
pub(super) async fn page(conn: &mut MySqlConnection, filter: &Filter, limit: u32) -> sqlx::Result<Vec<Entry>> {
    let mut sql = sqlx::QueryBuilder::new(
        "SELECT id, seq, actor_kind, actor, action, target, before_json, after_json, details, request_id, address, created_at \
         FROM audit WHERE TRUE",
    );
    if let Some(before) = filter.before {
        sql.push(" AND id < ").push_bind(before);
    }
    for (column, value) in [("actor", &filter.actor), ("target", &filter.target), ("request_id", &filter.request_id)] {
        if let Some(value) = value {
            sql.push(" AND ").push(column).push(" = ").push_bind(value);
        }
    }
    if let Some(action) = &filter.action {
        // `admin.host.` means all that begin so.
        if action.ends_with('.') {
            sql.push(" AND LEFT(action, ").push_bind(action.chars().count() as u64).push(") = ").push_bind(action);
        } else {
            sql.push(" AND action = ").push_bind(action);
        }
    }
    if let Some(since) = filter.since {
        sql.push(" AND created_at >= ").push_bind(since);
    }
    if let Some(until) = filter.until {
        sql.push(" AND created_at < ").push_bind(until);
    }
    sql.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    sql.build_query_as().fetch_all(conn).await
}
