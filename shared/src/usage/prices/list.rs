//! The price list an operator hosts, and the ones that need no network.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::{DEFAULT_MODEL, Rates, builtin};
use crate::usage::entry::MODEL_BYTES;
use crate::usage::money;

/// Most models of a list.
const MOST_MODELS: usize = 2_000;

/// `{"<model>":{"currency","input_per_1k","output_per_1k","cached_per_1k","reasoning_per_1k"}}`: input and output are
/// required; cached is 0 and reasoning costs what output does unless the list says otherwise. An entry that cannot be read
/// is named and left out.
pub fn parse(body: &Value) -> Result<(BTreeMap<String, Rates>, Vec<String>), &'static str> {
    let models = body.as_object().ok_or("the price list is no JSON object")?;
    if models.len() > MOST_MODELS {
        return Err("the price list has more than 2,000 models");
    }
    let mut prices = BTreeMap::new();
    let mut bad = Vec::new();
    for (model, entry) in models {
        match rates(entry).filter(|_| (1..=MODEL_BYTES).contains(&model.len())) {
            Some(rates) => drop(prices.insert(model.clone(), rates)),
            None => bad.push(model.chars().take(64).collect()),
        }
    }
    Ok((prices, bad))
}

fn rates(entry: &Value) -> Option<Rates> {
    let amount = |name: &str| match entry.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => amount(value).map(Some),
    };
    let currency = entry.get("currency").and_then(Value::as_str).unwrap_or("USD");
    let output = amount("output_per_1k")??;
    let known = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    known.then_some(Rates {
        currency: currency.to_owned(),
        input: amount("input_per_1k")??,
        cached: amount("cached_per_1k")?.unwrap_or_default(),
        output,
        reasoning: amount("reasoning_per_1k")?.unwrap_or(output),
    })
}

/// A price: from 0 to a million, number or text, to nine digits after the point.
fn amount(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    super::valid(money::parse(&text)?)
}

/// Built-in prices, and those of `GPT51_*` in place of the default model's.
pub fn offline(env: Option<&Rates>) -> BTreeMap<String, (Rates, super::Origin)> {
    let per_million = |text: &str| money::parse(text).unwrap_or_default() / Decimal::ONE_THOUSAND;
    let mut prices: BTreeMap<_, _> = builtin::USD_PER_MILLION
        .iter()
        .map(|(model, input, cached, output)| {
            let rates = Rates {
                currency: "USD".to_owned(),
                input: per_million(input),
                cached: per_million(cached),
                output: per_million(output),
                reasoning: per_million(output),
            };
            ((*model).to_owned(), (rates, super::Origin::Builtin))
        })
        .collect();
    if let Some(rates) = env {
        prices.insert(DEFAULT_MODEL.to_owned(), (rates.clone(), super::Origin::Env));
    }
    prices
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_read_and_what_is_wrong_in_it_is_named() {
        let body = json!({
            "a": { "currency": "EUR", "input_per_1k": 0.00125, "output_per_1k": "0.01" },
            "b": { "input_per_1k": 1, "output_per_1k": 2, "cached_per_1k": 0.5, "reasoning_per_1k": 4 },
            "no output": { "input_per_1k": 1 },
            "negative": { "input_per_1k": -1, "output_per_1k": 1 },
            "words": { "input_per_1k": "cheap", "output_per_1k": 1 },
            "money": { "currency": "dollars", "input_per_1k": 1, "output_per_1k": 1 },
            "list": []
        });
        let (prices, bad) = parse(&body).unwrap();
        assert_eq!(bad, ["no output", "negative", "words", "money", "list"]);
        assert_eq!((prices["a"].currency.as_str(), prices["a"].cached, prices["a"].reasoning), ("EUR", Decimal::ZERO, prices["a"].output));
        assert_eq!((prices["b"].cached.to_string(), prices["b"].reasoning.to_string()), ("0.5".to_owned(), "4".to_owned()));
        assert!(parse(&json!([])).is_err());
    }

    #[test]
    fn the_environment_prices_the_default_model_only() {
        let env =
            Rates { currency: "CHF".into(), input: Decimal::ONE, cached: Decimal::ONE, output: Decimal::ONE, reasoning: Decimal::ONE };
        let prices = offline(Some(&env));
        assert_eq!(prices["gpt-5.1"], (env, crate::usage::prices::Origin::Env));
        assert_eq!(prices["gpt-5"].0.input.normalize().to_string(), "0.00125");
        assert!(!prices.contains_key("gpt-99"));
        assert!(offline(None).values().all(|(rates, _)| rates.input > Decimal::ZERO && rates.output > rates.cached));
    }
}
