//! Usage by the line of Codex' output it was read from: what old clients send.

use serde::Serialize;
use sqlx::MySqlConnection;

use crate::usage::Money;

/// So many of the newest rows are looked at: a line is a text, and there may be millions of rows.
const NEWEST: u32 = 20_000;

/// One line and what it says.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct LineSums {
    line: Option<String>,
    events: u64,
    total: u64,
    input: u64,
    output: u64,
    cached: u64,
    reasoning: u64,
    cost: Money,
}

/// The lines that cost most among the newest rows.
pub async fn list(conn: &mut MySqlConnection, limit: u32) -> sqlx::Result<Vec<LineSums>> {
    let sum = |column: &str, name: &str| format!("CAST(COALESCE(SUM({column}), 0) AS UNSIGNED) AS {name}");
    let sums = [
        ("total", "total"),
        ("input_tokens", "input"),
        ("output_tokens", "output"),
        ("cached_tokens", "cached"),
        ("reasoning_tokens", "reasoning"),
    ];
    let sums = sums.map(|(column, name)| sum(column, name)).join(", ");
    let sql = format!(
        "SELECT line, CAST(COUNT(*) AS UNSIGNED) AS events, {sums}, COALESCE(SUM(cost), 0) AS cost \
         FROM (SELECT * FROM token_usages ORDER BY id DESC LIMIT {NEWEST}) newest WHERE line IS NOT NULL GROUP BY line ORDER BY cost DESC, total DESC LIMIT ?"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(conn).await
}
