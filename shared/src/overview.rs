//! What the overview says beside counts and sums.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

/// Mean age in days of the logins that hosts were last known to hold.
pub async fn mean_login_age(conn: &mut MySqlConnection, now: DateTime<Utc>) -> sqlx::Result<Option<f64>> {
    let sql = "SELECT AVG(TIMESTAMPDIFF(SECOND, STR_TO_DATE(LEFT(last_refresh, 19), '%Y-%m-%dT%H:%i:%s'), ?)) FROM hosts WHERE archived_at IS NULL";
    let (seconds,): (Option<Decimal>,) = sqlx::query_as(sql).bind(now).fetch_one(conn).await?;
    let days = seconds.and_then(|seconds| f64::try_from(seconds / Decimal::from(86_400)).ok());
    Ok(days.map(|days| (days * 100.0).round() / 100.0))
}

/// When something was last changed or refused.
pub async fn latest_log(conn: &mut MySqlConnection) -> sqlx::Result<Option<DateTime<Utc>>> {
    let row: Option<(DateTime<Utc>,)> =
        sqlx::query_as("SELECT created_at FROM audit ORDER BY id DESC LIMIT 1").fetch_optional(conn).await?;
    Ok(row.map(|(at,)| at))
}

/// `last_refresh` of a login.
pub async fn last_refresh(conn: &mut MySqlConnection, generation: u64) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT last_refresh FROM auth_generations WHERE generation = ?").bind(generation).fetch_optional(conn).await?;
    Ok(row.map(|(text,)| text))
}
