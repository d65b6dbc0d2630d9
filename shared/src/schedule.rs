//! Who runs a job now: of many instances, one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::MySqlConnection;

use crate::{App, AppResult};

/// Takes a job's run when it is due and nobody else has taken it; the next one is due after `every`. A run that is never
/// finished is taken again then.
pub async fn take(app: &App, name: &str, every: Duration) -> AppResult<bool> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let add = "INSERT INTO scheduler_jobs (name, due_at) VALUES (?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name)";
    sqlx::query(add).bind(name).bind(now).execute(&mut *conn).await?;
    claim(&mut conn, now, name, now + every).await.map_err(Into::into)
}

async fn claim(conn: &mut MySqlConnection, now: DateTime<Utc>, name: &str, next: DateTime<Utc>) -> sqlx::Result<bool> {
    let sql = "UPDATE scheduler_jobs SET due_at = ?, started_at = ? WHERE name = ? AND due_at <= ?";
    Ok(sqlx::query(sql).bind(next).bind(now).bind(name).bind(now).execute(conn).await?.rows_affected() == 1)
}

/// A run that failed is tried again after this long, where it would not be due earlier.
const RETRY: TimeDelta = TimeDelta::minutes(10);

/// Notes how a run ended.
pub async fn finished(app: &App, name: &str, error: Option<&str>) -> AppResult<()> {
    let short = error.map(|text| &text[..text.floor_char_boundary(500)]);
    let mut conn = app.db.acquire().await?;
    let now = app.clock.now();
    let retry = short.map(|_| now + RETRY);
    let sql = "UPDATE scheduler_jobs SET ended_at = ?, error = ?, due_at = LEAST(due_at, COALESCE(?, due_at)) WHERE name = ?";
    sqlx::query(sql).bind(now).bind(short).bind(retry).bind(name).execute(&mut *conn).await?;
    Ok(())
}
