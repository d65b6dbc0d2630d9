//! What operators see and say of prices.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use sqlx::MySqlConnection;

use super::sql::Row;
use super::{DEFAULT_MODEL, Origin, Rates, backfill, sql};
use crate::audit::{Actor, Change};
use crate::hosts::view::atom_text;
use crate::usage::Money;
use crate::{App, AppError, AppResult, usage};

/// A price.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Price {
    id: u64,
    model: String,
    currency: String,
    input_price_per_1k: Money,
    output_price_per_1k: Money,
    cached_price_per_1k: Money,
    /// Of the part of the output that is reasoning.
    reasoning_price_per_1k: Money,
    /// `operator`, `list`, `env`, `builtin`, or `released`: an operator's that was taken back.
    source: String,
    source_url: Option<String>,
    /// When it was last seen to hold.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    fetched_at: DateTime<Utc>,
    /// Since when it holds.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
}

impl From<Row> for Price {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            model: row.model,
            currency: row.currency,
            input_price_per_1k: Money(row.input_price_per_1k),
            output_price_per_1k: Money(row.output_price_per_1k),
            cached_price_per_1k: Money(row.cached_price_per_1k),
            reasoning_price_per_1k: Money(row.reasoning_price_per_1k),
            source: row.source,
            source_url: row.source_url,
            fetched_at: row.fetched_at,
            created_at: row.created_at,
        }
    }
}

impl Price {
    /// What it is in.
    pub fn currency(&self) -> &str {
        &self.currency
    }
}

/// A model whose usage nobody knows the price of.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Unpriced {
    /// Empty: the host did not say.
    model: String,
    events: u64,
    tokens: u64,
}

/// Every model's price, and the models without one.
pub async fn all(app: &App) -> AppResult<(Vec<Price>, Vec<Unpriced>)> {
    let mut conn = app.db.acquire().await?;
    let prices = sql::current(&mut conn).await?.into_iter().map(Price::from).collect();
    Ok((prices, usage::sql::unpriced(&mut conn).await?))
}

/// The default model's price.
pub async fn of_default_model(conn: &mut MySqlConnection) -> sqlx::Result<Option<Price>> {
    Ok(sql::current(conn).await?.into_iter().find(|row| row.model == DEFAULT_MODEL).map(Price::from))
}

/// A model's prices, newest first.
pub async fn history(app: &App, model: &str) -> AppResult<Vec<Price>> {
    let mut conn = app.db.acquire().await?;
    Ok(sql::history(&mut conn, model).await?.into_iter().map(Price::from).collect())
}

/// Names a model's price; what waited for one is costed with it.
pub async fn set(app: &App, by: &Actor, model: &str, rates: &Rates) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let before = sql::history(&mut change, model).await?.first().map(facts);
    sql::add(&mut change, app.clock.now(), model, rates, Origin::Operator, None).await?;
    let after = sql::history(&mut change, model).await?.first().map(facts);
    change.record("admin.price", model, json!(before), json!(after));
    change.commit().await?;
    app.prices.forget();
    backfill::run(app).await?;
    Ok(())
}

/// Takes an operator's price back: the list, the environment or what is built in counts again.
pub async fn unset(app: &App, by: &Actor, model: &str) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let before = sql::history(&mut change, model).await?.first().map(facts);
    if sql::release(&mut change, model).await? == 0 {
        return Err(AppError::NotFound("price by an operator"));
    }
    change.record("admin.price", model, json!(before), json!(null));
    change.commit().await?;
    super::pull::offline(app).await
}

fn facts(row: &Row) -> serde_json::Value {
    let text = |amount: Decimal| amount.normalize().to_string();
    json!({
        "currency": row.currency, "input_per_1k": text(row.input_price_per_1k), "cached_per_1k": text(row.cached_price_per_1k),
        "output_per_1k": text(row.output_price_per_1k), "reasoning_per_1k": text(row.reasoning_price_per_1k), "source": row.source,
    })
}
