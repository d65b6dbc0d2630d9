//! `GET /prices.json`, a price list as an operator would host one.

use std::sync::Arc;

use axum::{Json, extract::State as Shared};
use serde_json::{Value, json};

use crate::server::Fake;

pub async fn list_prices(Shared(fake): Shared<Arc<Fake>>) -> Json<Value> {
    Json(fake.options.prices.clone())
}

/// Made-up round prices for the models tests use.
pub fn default_prices() -> Value {
    let price = |input: f64, output: f64, cached: f64| json!({ "currency": "USD", "input_per_1k": input, "output_per_1k": output, "cached_per_1k": cached });
    json!({
        "gpt-5.1-codex": price(0.00125, 0.01, 0.000_125),
        "gpt-5.5": price(0.005, 0.03, 0.0005),
        "gpt-5.6-luna": price(0.0005, 0.004, 0.00005),
    })
}
