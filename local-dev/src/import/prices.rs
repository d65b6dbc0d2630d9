//! What models cost on the old server, at which time.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use shared::usage::money;
use shared::usage::prices::{self, DEFAULT_MODEL, Rates};

use super::dotenv::DotEnv;
use super::row::Row;
use super::source::Table;

/// What is read of prices.
#[rustfmt::skip]
pub const PRICES: Table = Table { name: "pricing_snapshots", columns: &[
    "id", "model", "currency", "input_price_per_1k", "output_price_per_1k", "cached_price_per_1k", "fetched_at",
] };

/// Prices by model, each since when.
#[derive(Debug)]
pub struct Book {
    prices: HashMap<String, Vec<(DateTime<Utc>, Rates)>>,
    /// The price of everything else: what the old server's settings say, or what it takes without them.
    fallback: Rates,
}

impl Book {
    /// Reads them, oldest first; one that says what the one before said is the same price.
    pub fn read(rows: &[Row], env: &DotEnv) -> Self {
        let mut prices: HashMap<String, Vec<(DateTime<Utc>, Rates)>> = HashMap::new();
        for row in rows {
            let Some((model, at, rates)) = price(row) else { continue };
            let known = prices.entry(model).or_default();
            if known.last().is_none_or(|(_, last)| *last != rates) {
                known.push((at, rates));
            }
        }
        Self { prices, fallback: fallback(env) }
    }

    /// How many prices it has.
    pub fn len(&self) -> u64 {
        self.prices.values().map(|prices| prices.len() as u64).sum()
    }

    /// What a row of a model was costed with at that time, the name under which it is kept, and since when it held.
    pub fn at(&self, model: Option<&str>, at: DateTime<Utc>) -> (&str, &Rates, DateTime<Utc>) {
        let named = model.and_then(|model| self.prices.get_key_value(model)).or_else(|| self.prices.get_key_value(DEFAULT_MODEL));
        let Some((name, prices)) = named else { return (DEFAULT_MODEL, &self.fallback, at) };
        let then = prices.iter().rev().find(|(since, _)| *since <= at).or(prices.first());
        then.map_or((DEFAULT_MODEL, &self.fallback, at), |(since, rates)| (name.as_str(), rates, *since))
    }
}

fn price(row: &Row) -> Option<(String, DateTime<Utc>, Rates)> {
    let amount = |column: &str| row.text(column).and_then(money::parse).and_then(prices::valid).map(|amount| amount.normalize());
    let model = row.text("model").filter(|model| model.len() <= shared::usage::entry::MODEL_BYTES)?;
    let currency = row.text("currency").unwrap_or("USD").to_ascii_uppercase();
    let output = amount("output_price_per_1k")?;
    let rates = Rates {
        currency: if currency.len() == 3 { currency } else { "USD".to_owned() },
        input: amount("input_price_per_1k")?,
        cached: amount("cached_price_per_1k").unwrap_or_default(),
        output,
        reasoning: output,
    };
    Some((model.to_owned(), row.time("fetched_at")?, rates))
}

fn fallback(env: &DotEnv) -> Rates {
    let amount = |name: &str, default: Decimal| env.get(name).and_then(money::parse).and_then(prices::valid).unwrap_or(default);
    let output = amount("GPT51_OUTPUT_PER_1K", Decimal::new(1, 2));
    Rates {
        currency: env.get("PRICING_CURRENCY").filter(|text| text.len() == 3).unwrap_or("USD").to_ascii_uppercase(),
        input: amount("GPT51_INPUT_PER_1K", Decimal::new(125, 5)),
        cached: amount("GPT51_CACHED_PER_1K", Decimal::new(125, 6)),
        output,
        reasoning: output,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::tests::row;

    #[test]
    fn a_row_is_costed_with_the_price_of_its_time() {
        let price = |model: &str, at: &str, input: &str| {
            row([("model", model), ("fetched_at", at), ("input_price_per_1k", input), ("output_price_per_1k", "0.010000")])
        };
        let rows = [
            price("gpt-5.1", "2026-01-01T00:00:00Z", "0.001250"),
            price("gpt-5.1", "2026-01-02T00:00:00+00:00", "0.001250"),
            price("gpt-5.1", "2026-01-03T00:00:00Z", "0.002500"),
            price("o3", "2026-01-01T00:00:00Z", "0.002000"),
            price("broken", "2026-01-01T00:00:00Z", "cheap"),
        ];
        let book = Book::read(&rows, &DotEnv::default());
        assert_eq!(book.len(), 3);
        let at = |text: &str| super::super::row::time(text).unwrap();
        for (model, when, name, input) in [
            (Some("gpt-5.1"), "2026-01-02T12:00:00Z", "gpt-5.1", "0.00125"),
            (Some("gpt-5.1"), "2026-02-01T00:00:00Z", "gpt-5.1", "0.0025"),
            (Some("gpt-5.1"), "2025-01-01T00:00:00Z", "gpt-5.1", "0.00125"),
            (Some("o3"), "2026-02-01T00:00:00Z", "o3", "0.002"),
            (Some("gpt-5.9"), "2026-02-01T00:00:00Z", "gpt-5.1", "0.0025"),
            (None, "2026-02-01T00:00:00Z", "gpt-5.1", "0.0025"),
        ] {
            let (found, rates, _) = book.at(model, at(when));
            assert_eq!((found, rates.input.to_string().as_str()), (name, input), "{model:?} {when}");
        }
        let none = Book::read(&[], &DotEnv::parse("GPT51_INPUT_PER_1K=0.5\nPRICING_CURRENCY=eur"));
        let (_, rates, _) = none.at(Some("x"), at("2026-01-01T00:00:00Z"));
        assert_eq!((rates.input.to_string(), rates.currency.as_str(), rates.output.to_string()), ("0.5".into(), "EUR", "0.01".into()));
    }
}
