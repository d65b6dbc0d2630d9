//! What models cost, now and before.

pub mod backfill;
mod builtin;
mod list;
pub mod pull;
pub mod sql;
pub mod table;

use rust_decimal::Decimal;

use super::Tokens;
use super::money::MOST;

/// The model of an entry that names none, as in the contract.
pub const DEFAULT_MODEL: &str = "gpt-5.1";

/// What 1,000 tokens of a model cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// ISO 4217.
    pub currency: String,
    /// Input that was not cached.
    pub input: Decimal,
    /// Input that was.
    pub cached: Decimal,
    /// Output that is not reasoning.
    pub output: Decimal,
    /// Reasoning.
    pub reasoning: Decimal,
}

/// A price that can be one: from 0 to a million, to nine digits after the point.
pub fn valid(amount: Decimal) -> Option<Decimal> {
    (!amount.is_sign_negative() && amount <= Decimal::from(1_000_000)).then(|| amount.round_dp(9))
}

/// Where a price is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Part of this server.
    Builtin,
    /// `GPT51_*`.
    Env,
    /// `PRICING_URL`.
    List,
    /// An operator said so.
    Operator,
}

impl Origin {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Env => "env",
            Self::List => "list",
            Self::Operator => "operator",
        }
    }
}

/// What an entry costs, in parts that add up to the whole exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Of fresh input.
    pub input: Decimal,
    /// Of cached input.
    pub cached: Decimal,
    /// Of output, reasoning included.
    pub output: Decimal,
}

impl Cost {
    /// All of it.
    pub fn total(self) -> Decimal {
        self.input + self.cached + self.output
    }
}

/// Money is kept to so many digits, as in the contract.
const DIGITS: u32 = 6;

impl Rates {
    /// What an entry costs: the exact sum, rounded once. The largest part takes what rounding leaves.
    pub fn cost(&self, tokens: &Tokens) -> Cost {
        let of = |tokens: u64, rate: Decimal| (Decimal::from(tokens) * rate / Decimal::ONE_THOUSAND).min(MOST);
        let output = tokens.output.unwrap_or(0);
        let reasoning = tokens.reasoning.unwrap_or(0).min(output);
        let exact = [
            of(tokens.input.unwrap_or(0), self.input),
            of(tokens.cached.unwrap_or(0), self.cached),
            of(output - reasoning, self.output) + of(reasoning, self.reasoning),
        ];
        let round = |amount: Decimal| amount.round_dp_with_strategy(DIGITS, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        let total = round(exact.iter().sum()).min(MOST);
        let mut parts = exact.map(|part| round(part).min(MOST));
        let largest = (0..3).max_by_key(|i| parts[*i]).unwrap_or(0);
        let others: Decimal = (0..3).filter(|i| *i != largest).map(|i| parts[i]).sum();
        parts[largest] = total - others;
        if parts[largest].is_sign_negative() {
            // Only amounts at the very top of the column come here.
            parts = [Decimal::ZERO; 3];
            parts[largest] = total;
        }
        let [input, cached, output] = parts;
        Cost { input, cached, output }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::MOST_TOKENS;
    use crate::usage::money::parse;

    fn rates(input: &str, cached: &str, output: &str, reasoning: &str) -> Rates {
        let of = |text| parse(text).unwrap();
        Rates { currency: "USD".into(), input: of(input), cached: of(cached), output: of(output), reasoning: of(reasoning) }
    }

    fn tokens(input: u64, cached: u64, output: u64, reasoning: u64) -> Tokens {
        Tokens { total: None, input: Some(input), cached: Some(cached), output: Some(output), reasoning: Some(reasoning) }
    }

    #[test]
    fn the_example_of_the_contract_costs_what_it_says() {
        let cost = rates("0.00125", "0.000125", "0.01", "0.01").cost(&tokens(600, 50, 400, 0));
        assert_eq!(cost.total().to_string(), "0.004756");
        assert_eq!((cost.input.to_string(), cost.cached.to_string()), ("0.00075".to_owned(), "0.000006".to_owned()));
    }

    #[test]
    fn reasoning_has_a_rate_of_its_own() {
        let rates = rates("0", "0", "1", "3");
        assert_eq!(rates.cost(&tokens(0, 0, 1000, 400)).total(), parse("1.8").unwrap());
        assert_eq!(rates.cost(&tokens(0, 0, 1000, 5000)).total(), parse("3").unwrap(), "it is a part of the output");
        assert_eq!(rates.cost(&Tokens::default()).total(), Decimal::ZERO);
    }

    #[test]
    fn parts_add_up_and_never_go_below_nothing() {
        let mut random = 7_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 16) % below
        };
        for round in 0..20_000_u64 {
            let below = 10_u64.pow(u32::try_from(round % 16).unwrap());
            let tokens = tokens(next(below), next(below), next(below), next(below));
            let rate = |n: u64| Decimal::from_i128_with_scale(i128::from(n), 9);
            let rates = Rates {
                currency: "USD".into(),
                input: rate(next(50_000_000)),
                cached: rate(next(50_000_000)),
                output: rate(next(50_000_000)),
                reasoning: rate(next(50_000_000)),
            };
            let cost = rates.cost(&tokens);
            let exact = (Decimal::from(tokens.input.unwrap()) * rates.input
                + Decimal::from(tokens.cached.unwrap()) * rates.cached
                + Decimal::from(tokens.output.unwrap() - tokens.reasoning.unwrap().min(tokens.output.unwrap())) * rates.output
                + Decimal::from(tokens.reasoning.unwrap().min(tokens.output.unwrap())) * rates.reasoning)
                / Decimal::ONE_THOUSAND;
            assert!((cost.total() - exact).abs() <= parse("0.0000005").unwrap(), "{tokens:?} {rates:?}");
            assert!([cost.input, cost.cached, cost.output].iter().all(|part| !part.is_sign_negative()), "{cost:?}");
        }
        let most = rates("999999999", "999999999", "999999999", "999999999").cost(&tokens(MOST_TOKENS, MOST_TOKENS, MOST_TOKENS, 0));
        assert_eq!(most.total(), MOST);
    }
}
