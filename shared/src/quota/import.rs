//! Snapshots that another server took of the same account.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::MySqlConnection;

use super::{parse, sql};

/// When the newest one here was taken; attempts that failed do not count.
pub async fn newest(conn: &mut MySqlConnection) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar("SELECT MAX(fetched_at) FROM quota_snapshots WHERE is_good = 1").fetch_one(conn).await
}

/// Whether an answer of ChatGPT can be read.
pub fn check(answer: &Value, at: DateTime<Utc>) -> Result<(), String> {
    parse::parse(answer.to_string().as_bytes(), at.timestamp()).map(drop)
}

/// Keeps an answer that ChatGPT gave then. The newest of all is what counts, so the caller goes from old to new.
pub async fn bring(conn: &mut MySqlConnection, at: DateTime<Utc>, generation: u64, answer: &Value) -> sqlx::Result<()> {
    let Ok(reading) = parse::parse(answer.to_string().as_bytes(), at.timestamp()) else { return Ok(()) };
    let id = sql::add(conn, at, generation, &reading).await?;
    sql::set_newest(conn, id).await
}
