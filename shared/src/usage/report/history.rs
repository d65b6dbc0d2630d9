//! What each day cost.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde::Serialize;
use sqlx::MySqlConnection;

use crate::usage::Money;

/// A day in the contract's form.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Point {
    /// `YYYY-MM-DD`, UTC.
    #[schema(value_type = String, format = Date)]
    date: NaiveDate,
    tokens: DayTokens,
    costs: DayCosts,
}

/// A day's tokens; `total` is the sum of the three.
#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct DayTokens {
    input: u64,
    output: u64,
    cached: u64,
    total: u64,
}

/// A day's costs, as the entries were costed.
#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct DayCosts {
    input: Money,
    output: Money,
    cached: Money,
    total: Money,
}

impl Point {
    /// Its day.
    pub const fn day(&self) -> NaiveDate {
        self.date
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    day: NaiveDate,
    input: u64,
    output: u64,
    cached: u64,
    input_cost: Decimal,
    output_cost: Decimal,
    cached_cost: Decimal,
}

/// Every day from the first with usage, or `days` ago, up to today; a day without usage is there with zeros.
pub async fn points(conn: &mut MySqlConnection, today: NaiveDate, days: u32, host: Option<u64>) -> sqlx::Result<Vec<Point>> {
    let table = if host.is_some() { "usage_rollups" } else { "usage_days" };
    let whose = if host.is_some() { "host_id = ?" } else { "? IS NULL" };
    let first: (Option<NaiveDate>,) = {
        let sql = format!("SELECT MIN(day) FROM {table} WHERE {whose}");
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(host).fetch_one(&mut *conn).await?
    };
    let Some(first) = first.0 else { return Ok(Vec::new()) };
    let since = first.max(today - TimeDelta::days(i64::from(days)));
    let sum = |column: &str, name: &str| format!("CAST(SUM({column}) AS UNSIGNED) AS {name}");
    let sql = format!(
        "SELECT day, {}, {}, {}, SUM(input_cost) AS input_cost, SUM(output_cost) AS output_cost, SUM(cached_cost) AS cached_cost \
         FROM {table} WHERE {whose} AND day BETWEEN ? AND ? GROUP BY day",
        sum("input_tokens", "input"),
        sum("output_tokens", "output"),
        sum("cached_tokens", "cached")
    );
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(host).bind(since).bind(today).fetch_all(conn).await?;
    Ok(fill(since, today, rows))
}

fn fill(since: NaiveDate, today: NaiveDate, rows: Vec<Row>) -> Vec<Point> {
    let by_day: BTreeMap<_, _> = rows.into_iter().map(|row| (row.day, row)).collect();
    since.iter_days().take_while(|day| *day <= today).map(|day| point(day, by_day.get(&day))).collect()
}

fn point(day: NaiveDate, row: Option<&Row>) -> Point {
    let (tokens, costs) = row.map_or_else(Default::default, |row| {
        let tokens = DayTokens { input: row.input, output: row.output, cached: row.cached, total: row.input + row.output + row.cached };
        let total = row.input_cost + row.output_cost + row.cached_cost;
        let costs =
            DayCosts { input: Money(row.input_cost), output: Money(row.output_cost), cached: Money(row.cached_cost), total: Money(total) };
        (tokens, costs)
    });
    Point { date: day, tokens, costs }
}
