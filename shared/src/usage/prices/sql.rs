//! SQL of prices.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

use super::{Origin, Rates};

/// One price as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// Row id: usage that was costed with it points here.
    pub id: u64,
    pub model: String,
    pub currency: String,
    pub input_price_per_1k: Decimal,
    pub cached_price_per_1k: Decimal,
    pub output_price_per_1k: Decimal,
    pub reasoning_price_per_1k: Decimal,
    /// `operator`, `list`, `env`, `builtin`, or `released`: an operator's that was taken back.
    pub source: String,
    pub source_url: Option<String>,
    pub fetched_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

impl Row {
    /// Its rates.
    pub fn rates(&self) -> Rates {
        Rates {
            currency: self.currency.clone(),
            input: self.input_price_per_1k,
            cached: self.cached_price_per_1k,
            output: self.output_price_per_1k,
            reasoning: self.reasoning_price_per_1k,
        }
    }
}

/// Each model's price now: the newest that was not taken back.
pub async fn current(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Row>> {
    let sql = "SELECT p.* FROM pricing_snapshots p JOIN (SELECT MAX(id) AS id FROM pricing_snapshots WHERE source <> 'released' GROUP BY model) newest \
               USING (id) ORDER BY p.model";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// A model's prices, newest first.
pub async fn history(conn: &mut MySqlConnection, model: &str) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as("SELECT * FROM pricing_snapshots WHERE model = ? ORDER BY id DESC LIMIT 200").bind(model).fetch_all(conn).await
}

/// Adds a price.
pub async fn add(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    model: &str,
    rates: &Rates,
    origin: Origin,
    url: Option<&str>,
) -> sqlx::Result<u64> {
    let sql = "INSERT INTO pricing_snapshots (model, currency, input_price_per_1k, cached_price_per_1k, output_price_per_1k, \
               reasoning_price_per_1k, source, source_url, fetched_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let done = sqlx::query(sql)
        .bind(model)
        .bind(&rates.currency)
        .bind(rates.input)
        .bind(rates.cached)
        .bind(rates.output)
        .bind(rates.reasoning)
        .bind(origin.name())
        .bind(url)
        .bind(now)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.last_insert_id())
}

/// Notes that a price still holds.
pub async fn seen(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64) -> sqlx::Result<()> {
    sqlx::query("UPDATE pricing_snapshots SET fetched_at = ? WHERE id = ?").bind(now).bind(id).execute(conn).await?;
    Ok(())
}

/// Takes an operator's prices of a model back: none of them counts again.
pub async fn release(conn: &mut MySqlConnection, model: &str) -> sqlx::Result<u64> {
    let sql = "UPDATE pricing_snapshots SET source = 'released' WHERE model = ? AND source = 'operator'";
    Ok(sqlx::query(sql).bind(model).execute(conn).await?.rows_affected())
}
