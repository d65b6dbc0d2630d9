//! How long usage is kept: rows and deliveries go after a time, sums stay.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{App, AppResult};

/// Rows of one statement: short locks.
const CHUNK: u32 = 5_000;
/// A session nobody wrote into for so long is not counted further.
const SESSIONS: TimeDelta = TimeDelta::days(400);

/// Removes what is older than the configuration keeps. Gives the number of rows.
pub async fn run(app: &App) -> AppResult<u64> {
    let now = app.clock.now();
    let days = |days: u32| now - TimeDelta::days(days.into());
    Ok(remove(app, "token_usages", "created_at", days(app.config.usage_days)).await?
        + remove(app, "token_usage_ingests", "created_at", days(app.config.usage_ingest_days)).await?
        + remove(app, "usage_sessions", "updated_at", now - SESSIONS).await?)
}

async fn remove(app: &App, table: &'static str, column: &'static str, before: DateTime<Utc>) -> AppResult<u64> {
    let mut gone = 0;
    loop {
        let sql = format!("DELETE FROM {table} WHERE {column} < ? LIMIT {CHUNK}");
        let mut conn = app.db.acquire().await?;
        let done = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(before).execute(&mut *conn).await?.rows_affected();
        gone += done;
        if done < u64::from(CHUNK) {
            return Ok(gone);
        }
    }
}
