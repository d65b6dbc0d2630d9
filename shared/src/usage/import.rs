//! Usage that another server counted: its rows at their times, with what it said they cost.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::MySqlConnection;

use super::ingest::{self, Counted, Sender, count};
use super::money::MOST;
use super::prices::{Cost, Rates};
use super::rollup::Deltas;
use super::{Entry, Source, Tokens, models};
use crate::audit::Change;
use crate::hosts::Host;
use crate::{App, AppResult};

/// One row.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// What was used.
    pub entry: Entry,
    /// What it cost there, and the price that says so; `None`: this server's prices count.
    pub cost: Option<(u64, Cost)>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The rows that came at once.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    /// Whose.
    pub host: &'a Host,
    /// Where it called from.
    pub address: Option<IpAddr>,
    /// When.
    pub at: DateTime<Utc>,
    /// Its rows.
    pub rows: Vec<Foreign>,
}

/// Counts deliveries in the caller's transaction, rows and sums.
pub async fn deliveries(app: &App, change: &mut Change, deliveries: Vec<Delivery<'_>>) -> AppResult<()> {
    let names: Vec<_> = deliveries.iter().flat_map(|one| &one.rows).map(|row| row.entry.model.as_deref().unwrap_or_default()).collect();
    let models = models::find(app, &names).await?;
    let mut sums = Deltas::default();
    for Delivery { host, address, at, rows } in deliveries {
        let mut counted = Vec::with_capacity(rows.len());
        for Foreign { entry, cost, at } in rows {
            let one = count(entry, &models, at)?;
            counted.push(match cost {
                Some((price, cost)) => Counted { price_id: Some(price), cost, ..one },
                None => one,
            });
        }
        ingest::add(change, Sender { host, address, user: "" }, Source::Usage, at, &counted, &mut sums).await?;
    }
    sums.count(change).await?;
    Ok(())
}

/// Parts of a cost that another server named: those of its prices where they add up to it, otherwise in their proportion.
pub fn split(cost: Decimal, tokens: &Tokens, rates: &Rates) -> Cost {
    let cost = cost.clamp(Decimal::ZERO, MOST).round_dp(6);
    let own = rates.cost(tokens);
    let total = own.total();
    if total == cost {
        return own;
    }
    if total.is_zero() {
        return Cost { output: cost, ..Cost::default() };
    }
    let part = |part: Decimal| (part / total * cost).round_dp_with_strategy(6, RoundingStrategy::ToZero);
    let (input, cached) = (part(own.input), part(own.cached));
    Cost { input, cached, output: cost - input - cached }
}

/// The row of a price that held elsewhere; it is added once, and never counts for what is used here.
pub async fn price(conn: &mut MySqlConnection, at: DateTime<Utc>, model: &str, rates: &Rates) -> sqlx::Result<u64> {
    let find = "SELECT id FROM pricing_snapshots WHERE model = ? AND source = 'released' AND source_url = 'import' AND currency = ? \
                AND input_price_per_1k = ? AND cached_price_per_1k = ? AND output_price_per_1k = ? LIMIT 1";
    let query = sqlx::query_scalar(find).bind(model).bind(&rates.currency).bind(rates.input).bind(rates.cached).bind(rates.output);
    if let Some(id) = query.fetch_optional(&mut *conn).await? {
        return Ok(id);
    }
    let sql = "INSERT INTO pricing_snapshots (model, currency, input_price_per_1k, cached_price_per_1k, output_price_per_1k, \
               reasoning_price_per_1k, source, source_url, fetched_at, created_at) VALUES (?, ?, ?, ?, ?, ?, 'released', 'import', ?, ?)";
    let query = sqlx::query(sql).bind(model).bind(&rates.currency).bind(rates.input).bind(rates.cached).bind(rates.output);
    Ok(query.bind(rates.reasoning).bind(at).bind(at).execute(conn).await?.last_insert_id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::money::parse;

    #[test]
    fn the_parts_of_a_cost_always_add_up_to_it() {
        let of = |text| parse(text).unwrap();
        let rates =
            Rates { currency: "USD".into(), input: of("0.00125"), cached: of("0.000125"), output: of("0.01"), reasoning: of("0.01") };
        let tokens = |input, cached, output| Tokens { input: Some(input), cached: Some(cached), output: Some(output), ..Tokens::default() };
        for (what, cost, tokens, expected) in [
            ("as its prices say", "0.004756", tokens(600, 50, 400), ["0.00075", "0.000006", "0.004"]),
            ("twice that", "0.009512", tokens(600, 50, 400), ["0.0015", "0.000012", "0.008"]),
            ("nothing was counted", "1.5", tokens(0, 0, 0), ["0", "0", "1.5"]),
            ("it was free", "0", tokens(600, 50, 400), ["0", "0", "0"]),
            ("nonsense", "-3", tokens(600, 50, 400), ["0", "0", "0"]),
            ("one of three", "0.000001", tokens(1, 1, 1), ["0", "0", "0.000001"]),
        ] {
            let parts = split(of(cost), &tokens, &rates);
            let shown = [parts.input, parts.cached, parts.output].map(|part| part.normalize().to_string());
            assert_eq!(shown, expected, "{what}");
        }
        for n in 1..2000_u64 {
            let cost = Decimal::from_i128_with_scale(i128::from(n * n * 7919), 6);
            let parts = split(cost, &tokens(n * 13, n * 1021, n * 3), &rates);
            assert_eq!(parts.total(), cost);
            assert!([parts.input, parts.cached, parts.output].iter().all(|part| !part.is_sign_negative()), "{parts:?}");
        }
    }
}
