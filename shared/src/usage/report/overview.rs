//! Usage for the overview: sums of sums, however many rows there are.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::MySqlConnection;

use crate::usage::month::Totals;
use crate::usage::sql::TOTALS;

/// The host that used most since ever.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct TopHost {
    host_id: u64,
    fqdn: Option<String>,
    total: u64,
}

/// What the fleet used since a day.
pub async fn since(conn: &mut MySqlConnection, day: NaiveDate) -> sqlx::Result<Totals> {
    let sql = format!("SELECT {TOTALS} FROM usage_days r WHERE r.day >= ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(day).fetch_one(conn).await
}

/// What the fleet used since ever.
pub async fn ever(conn: &mut MySqlConnection) -> sqlx::Result<Totals> {
    let sql = format!("SELECT {TOTALS} FROM usage_hosts r");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(conn).await
}

/// The host that used most since ever.
pub async fn top_host(conn: &mut MySqlConnection) -> sqlx::Result<Option<TopHost>> {
    let sql = "SELECT u.host_id, h.fqdn, u.total FROM usage_hosts u LEFT JOIN hosts h ON h.id = u.host_id ORDER BY u.total DESC LIMIT 1";
    sqlx::query_as(sql).fetch_optional(conn).await
}
