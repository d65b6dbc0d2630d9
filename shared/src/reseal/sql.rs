//! SQL over any sealed column. Nothing is locked but the one row that changes, and that for a moment.

use sqlx::{AssertSqlSafe, MySqlConnection};

use super::columns::Column;

/// Ids looked at in one step. A home's configuration may be some hundred kilobytes.
const STEP: u32 = 50;

/// The last id of the step after `after`; `None`: there are no more.
pub async fn step(conn: &mut MySqlConnection, column: &Column, after: u64) -> sqlx::Result<Option<u64>> {
    let Column { table, id, .. } = column;
    let sql = format!("SELECT MAX(s.{id}) FROM (SELECT DISTINCT {id} FROM {table} WHERE {id} > ? ORDER BY {id} LIMIT {STEP}) s");
    let (last,): (Option<u64>,) = sqlx::query_as(AssertSqlSafe(sql)).bind(after).fetch_one(conn).await?;
    Ok(last)
}

/// What is sealed in one step.
pub async fn sealed(conn: &mut MySqlConnection, column: &Column, after: u64, last: u64) -> sqlx::Result<Vec<(u64, String)>> {
    let Column { table, id, name } = column;
    let sql = format!("SELECT {id}, {name} FROM {table} WHERE {id} > ? AND {id} <= ? AND {name} IS NOT NULL ORDER BY {id}");
    sqlx::query_as(AssertSqlSafe(sql)).bind(after).bind(last).fetch_all(conn).await
}

/// Puts `new` where `old` is. `false`: somebody else has changed it meanwhile. What is sealed is there once: it holds a random nonce.
pub async fn swap(conn: &mut MySqlConnection, column: &Column, id: u64, old: &str, new: &str) -> sqlx::Result<bool> {
    let Column { table, id: key, name } = column;
    let sql = format!("UPDATE {table} SET {name} = ? WHERE {key} = ? AND {name} = ? LIMIT 1");
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(new).bind(id).bind(old).execute(conn).await?.rows_affected() == 1)
}

/// Remembers a token of a generation under another fingerprint too.
pub async fn add_seen(conn: &mut MySqlConnection, fingerprint: &[u8; 32], generation: u64) -> sqlx::Result<bool> {
    let sql = "INSERT INTO auth_tokens_seen (fingerprint, generation, created_at) \
               SELECT ?, generation, created_at FROM auth_generations WHERE generation = ? \
               ON DUPLICATE KEY UPDATE generation = GREATEST(auth_tokens_seen.generation, VALUES(generation))";
    Ok(sqlx::query(sql).bind(fingerprint.as_slice()).bind(generation).execute(conn).await?.rows_affected() == 1)
}
