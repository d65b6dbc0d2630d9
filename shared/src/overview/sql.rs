//! SQL of the overview.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

use super::HostCounts;

/// Hosts by state, and the mean age in days of the logins they were last known to hold.
pub async fn hosts(conn: &mut MySqlConnection, now: DateTime<Utc>) -> sqlx::Result<(HostCounts, Option<f64>)> {
    let count = |condition: &str, name: &str| format!("CAST(COALESCE(SUM({condition}), 0) AS UNSIGNED) AS {name}");
    let active = "h.status = 'active'";
    let counts = [
        count("1", "hosts"),
        count(active, "active"),
        count("h.status = 'suspended'", "suspended"),
        count(&format!("{active} AND h.last_contact_at IS NULL"), "waiting"),
        count(&format!("{active} AND h.last_contact_at IS NOT NULL AND h.view_generation <> f.auth_generation"), "outdated"),
        count("h.secure = 0", "insecure"),
    ];
    let age = "AVG(TIMESTAMPDIFF(SECOND, STR_TO_DATE(LEFT(h.last_refresh, 19), '%Y-%m-%dT%H:%i:%s'), ?)) AS age";
    let sql = format!("SELECT {}, {age} FROM hosts h JOIN fleet f ON f.id = 1 WHERE h.archived_at IS NULL", counts.join(", "));
    let row: Row = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(now).fetch_one(conn).await?;
    let days = row.age.and_then(|seconds| f64::try_from(seconds / Decimal::from(86_400)).ok());
    Ok((row.counts, days.map(|days| (days * 100.0).round() / 100.0)))
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    counts: HostCounts,
    age: Option<Decimal>,
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
