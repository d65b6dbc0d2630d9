//! Costing what came in before its model had a price.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

use super::Rates;
use crate::usage::Tokens;
use crate::usage::models;
use crate::usage::rollup::{Delta, Deltas, Place};
use crate::{App, AppResult};

/// Rows of one transaction.
const CHUNK: u32 = 500;

/// Costs all rows whose model has a price by now. Gives their number. It can stop anywhere and go on later.
pub async fn run(app: &App) -> AppResult<u64> {
    let waiting = {
        let mut conn = app.db.acquire().await?;
        waiting(&mut conn).await?
    };
    let mut done = 0;
    for (model_id, name, day) in waiting {
        let found = models::find(app, &[&name]).await?;
        let Some((price_id, rates)) = found.get(&name).and_then(|model| model.price.clone()) else { continue };
        loop {
            let costed = chunk(app, model_id, day, price_id, &rates).await?;
            done += costed;
            if costed < u64::from(CHUNK) {
                break;
            }
        }
    }
    Ok(done)
}

/// Models and days with rows that have no price.
async fn waiting(conn: &mut MySqlConnection) -> sqlx::Result<Vec<(u32, String, NaiveDate)>> {
    let sql = "SELECT DISTINCT d.model_id, m.name, d.day FROM usage_days d JOIN usage_models m ON m.id = d.model_id \
               WHERE d.unpriced > 0 ORDER BY d.day, d.model_id";
    sqlx::query_as(sql).fetch_all(conn).await
}

#[derive(sqlx::FromRow)]
struct Row {
    id: u64,
    host_id: u64,
    ingest_id: u64,
    user_name: Option<String>,
    input_tokens: Option<u64>,
    cached_tokens: Option<u64>,
    output_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    created_at: DateTime<Utc>,
}

async fn chunk(app: &App, model_id: u32, day: NaiveDate, price_id: u64, rates: &Rates) -> AppResult<u64> {
    let mut tx = app.begin().await?;
    let sql = "SELECT id, host_id, ingest_id, user_name, input_tokens, cached_tokens, output_tokens, reasoning_tokens, created_at \
               FROM token_usages WHERE model_id = ? AND price_id IS NULL AND created_at >= ? AND created_at < ? \
               AND COALESCE(input_tokens, 0) + COALESCE(cached_tokens, 0) + COALESCE(output_tokens, 0) > 0 \
               ORDER BY created_at, id LIMIT ? FOR UPDATE";
    let from = day.and_time(chrono::NaiveTime::MIN).and_utc();
    let to = from + chrono::TimeDelta::days(1);
    let rows: Vec<Row> = sqlx::query_as(sql).bind(model_id).bind(from).bind(to).bind(CHUNK).fetch_all(&mut *tx).await?;
    let mut deltas = Deltas::default();
    let mut ingests: BTreeMap<u64, Decimal> = BTreeMap::new();
    for row in &rows {
        let tokens = Tokens {
            total: None,
            input: row.input_tokens,
            cached: row.cached_tokens,
            output: row.output_tokens,
            reasoning: row.reasoning_tokens,
        };
        let cost = rates.cost(&tokens);
        let set = "UPDATE token_usages SET price_id = ?, cost = ? WHERE id = ?";
        sqlx::query(set).bind(price_id).bind(cost.total()).bind(row.id).execute(&mut *tx).await?;
        *ingests.entry(row.ingest_id).or_default() += cost.total();
        let user = row.user_name.clone().unwrap_or_default();
        deltas.add(&Place { day: row.created_at.date_naive(), host: row.host_id, model: model_id, user }, &Delta::priced(cost));
    }
    for (ingest, cost) in ingests {
        sqlx::query("UPDATE token_usage_ingests SET cost = cost + ? WHERE id = ?").bind(cost).bind(ingest).execute(&mut *tx).await?;
    }
    deltas.price(&mut tx).await?;
    tx.commit().await?;
    Ok(rows.len() as u64)
}
