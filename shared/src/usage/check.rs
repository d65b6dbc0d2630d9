//! Whether the sums are what the rows say.

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

use crate::{App, AppError, AppResult};

/// Full days that are looked at.
const DAYS: i64 = 2;

/// Compares the last full days' sums with their rows. Gives the number of days; a difference is an error that names it.
pub async fn run(app: &App) -> AppResult<u64> {
    let today = app.clock.now().date_naive();
    let mut conn = app.db.acquire().await?;
    let mut wrong = Vec::new();
    for back in 1..=DAYS {
        let day = today - TimeDelta::days(back);
        let (rows, rollups, days) =
            (rows(&mut conn, day).await?, sums(&mut conn, "usage_rollups", day).await?, sums(&mut conn, "usage_days", day).await?);
        if rows != rollups || rows != days {
            wrong.push(format!("{day}: rows {rows:?}, rollups {rollups:?}, fleet {days:?}"));
        }
    }
    if wrong.is_empty() {
        return Ok(DAYS.unsigned_abs());
    }
    Err(AppError::internal(format!("sums of usage differ from their rows: {}", wrong.join("; "))))
}

/// Entries, tokens in and out, cost.
type Sums = (u64, u64, u64, Decimal);

async fn rows(conn: &mut MySqlConnection, day: NaiveDate) -> sqlx::Result<Sums> {
    let sql = "SELECT CAST(COUNT(*) AS UNSIGNED), CAST(COALESCE(SUM(input_tokens), 0) AS UNSIGNED), CAST(COALESCE(SUM(output_tokens), 0) AS UNSIGNED), \
               COALESCE(SUM(cost), 0) FROM token_usages WHERE created_at >= ? AND created_at < ?";
    let from = day.and_time(chrono::NaiveTime::MIN).and_utc();
    sqlx::query_as(sql).bind(from).bind(from + TimeDelta::days(1)).fetch_one(conn).await
}

async fn sums(conn: &mut MySqlConnection, table: &'static str, day: NaiveDate) -> sqlx::Result<Sums> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(events), 0) AS UNSIGNED), CAST(COALESCE(SUM(input_tokens), 0) AS UNSIGNED), \
         CAST(COALESCE(SUM(output_tokens), 0) AS UNSIGNED), COALESCE(SUM(input_cost + cached_cost + output_cost), 0) FROM {table} WHERE day = ?"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(day).fetch_one(conn).await
}
