//! Exact money.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// An amount. In JSON it is a number with all its digits; it is never a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct Money(pub Decimal);

/// The most that a column of an entry can hold.
pub const MOST: Decimal = Decimal::from_parts(0xD4A5_0FFF, 0xE8, 0, false, 0);

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.normalize().to_string();
        RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = match &value {
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text.trim().to_owned(),
            _ => String::new(),
        };
        parse(&text).map(Self).ok_or_else(|| serde::de::Error::custom("must be an amount"))
    }
}

impl utoipa::PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Number).into()
    }
}

impl utoipa::ToSchema for Money {}

/// A decimal number, in plain or scientific notation.
pub fn parse(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_keeps_its_digits() {
        for (text, shown) in
            [("0.004756", "0.004756"), ("1.50", "1.5"), ("0", "0"), ("1e-4", "0.0001"), ("123456789012.123456", "123456789012.123456")]
        {
            let money = Money(parse(text).unwrap());
            assert_eq!(serde_json::to_string(&money).unwrap(), shown, "{text}");
        }
        assert_eq!(MOST.to_string(), "999999999999");
        assert_eq!(parse("NaN"), None);
        assert_eq!(parse(""), None);
    }
}
