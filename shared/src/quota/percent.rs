//! A share of a limit, exact to a ten-thousandth of a percent.

use serde::Serialize;
use serde_json::Value;

/// How many units are one percent.
const UNIT: u32 = 10_000;
/// More than this is kept as this: what the database's DECIMAL(9,4) holds.
const MOST: f64 = 99_999.0;

/// Percent used; 0 and up, over 100 when a limit was passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u32);

impl Percent {
    /// A whole number of percent.
    pub const fn whole(percent: u16) -> Self {
        Self(percent as u32 * UNIT)
    }

    /// What ChatGPT wrote: an integer, a float, or either as a string. Anything else, and what is below 0, is not known.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::of_f64(number.as_f64()?),
            Value::String(text) => Self::parse(text),
            _ => None,
        }
    }

    /// Reads a decimal number.
    pub fn parse(text: &str) -> Option<Self> {
        Self::of_f64(text.trim().parse().ok()?)
    }

    fn of_f64(percent: f64) -> Option<Self> {
        if !percent.is_finite() || percent < 0.0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 0 and MOST")]
        let units = (percent.min(MOST) * f64::from(UNIT)).round() as u32;
        Some(Self(units))
    }

    /// Whole percent, the rest cut off: the contract's integers.
    pub const fn floor(self) -> u32 {
        self.0 / UNIT
    }

    /// So much of `whole`, in rounded percent.
    pub fn share_of(self, whole: Self) -> u32 {
        let share = (u64::from(self.0) * 200 + u64::from(whole.0)) / (u64::from(whole.0).max(1) * 2);
        u32::try_from(share).unwrap_or(u32::MAX)
    }

    /// What is left after `other` is taken away, at least 0.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// So many times `by / of`, in rounded whole percent.
    pub fn scaled(self, by: u64, of: u64) -> u64 {
        let divisor = (u128::from(of) * u128::from(UNIT)).max(1);
        let scaled = (u128::from(self.0) * u128::from(by) + divisor / 2) / divisor;
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// For the database and for people: `12`, `12.5`.
    pub fn text(self) -> String {
        let text = format!("{}.{:04}", self.floor(), self.0 % UNIT);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// As a number of JSON.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / f64::from(UNIT)
    }
}

impl Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_f64().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_percent_is_what_was_written() {
        for (value, expected) in [
            (json!(42), Some("42")),
            (json!(42.0), Some("42")),
            (json!(12.5), Some("12.5")),
            (json!(99.9999), Some("99.9999")),
            (json!(0.1), Some("0.1")),
            (json!(0), Some("0")),
            (json!(130), Some("130")),
            (json!("7.25"), Some("7.25")),
            (json!(1e300), Some("99999")),
            (json!(-1), None),
            (json!(null), None),
            (json!(true), None),
            (json!("much"), None),
            (json!([1]), None),
        ] {
            assert_eq!(Percent::of(&value).map(Percent::text).as_deref(), expected, "{value}");
        }
        assert_eq!(Percent::parse("99.9999").unwrap().floor(), 99, "the contract cuts off");
    }

    #[test]
    fn shares_and_scales_are_rounded() {
        let percent = |text: &str| Percent::parse(text).unwrap();
        assert_eq!((percent("13").share_of(percent("14")), percent("14").share_of(percent("14"))), (93, 100));
        assert_eq!(percent("20").scaled(604_800, 302_400), 40);
        assert_eq!(percent("0.5").scaled(3, 2), 1);
        assert_eq!(percent("3").minus(percent("5")), Percent::whole(0));
    }
}
