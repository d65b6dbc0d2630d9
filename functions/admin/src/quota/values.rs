//! Numbers as old clients send them.

use serde::Deserialize;
use serde::de::Error;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A number or one as a string, rounded and kept within 50 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitPercent(pub u16);

/// 0 or `off`, 5, 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekPartition(pub u16);

impl<'de> Deserialize<'de> for LimitPercent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite());
        let number = number.ok_or_else(|| D::Error::custom("limit_percent must be a number"))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 50 to 100")]
        Ok(Self(number.round().clamp(50.0, 100.0) as u16))
    }
}

impl<'de> Deserialize<'de> for WeekPartition {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text.trim().to_ascii_lowercase(),
            // 5.0 is 5.
            other => other.as_f64().map_or_else(String::new, |number| number.to_string()),
        };
        match text.as_str() {
            "0" | "off" => Ok(Self(0)),
            "5" => Ok(Self(5)),
            "7" => Ok(Self(7)),
            _ => Err(D::Error::custom("week_partition must be 0 or off, 5, or 7")),
        }
    }
}

fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

impl PartialSchema for LimitPercent {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new().item(of(Type::Number)).item(of(Type::String).pattern(Some("^[0-9]{1,9}(\\.[0-9]{1,9})?$"))).into()
    }
}

impl ToSchema for LimitPercent {}

impl PartialSchema for WeekPartition {
    fn schema() -> RefOr<Schema> {
        let words = of(Type::String).enum_values(Some(["0", "off", "5", "7"]));
        OneOfBuilder::new().item(of(Type::Integer).enum_values(Some([0, 5, 7]))).item(words).into()
    }
}

impl ToSchema for WeekPartition {}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_limit_is_rounded_and_kept_in_bounds() {
        for (value, expected) in [
            (json!(30), Some(50)),
            (json!(72.5), Some(73)),
            (json!(1e9), Some(100)),
            (json!("88"), Some(88)),
            (json!("much"), None),
            (json!("NaN"), None),
            (json!(true), None),
            (json!([]), None),
        ] {
            assert_eq!(from_value::<LimitPercent>(value.clone()).ok().map(|limit| limit.0), expected, "{value}");
        }
    }

    #[test]
    fn a_week_is_divided_in_three_ways() {
        for (value, expected) in [
            (json!(0), Some(0)),
            (json!("off"), Some(0)),
            (json!(5), Some(5)),
            (json!(" 7 "), Some(7)),
            (json!(6), None),
            (json!(5.0), Some(5)),
            (json!(5.5), None),
            (json!(true), None),
            (json!(null), None),
        ] {
            assert_eq!(from_value::<WeekPartition>(value.clone()).ok().map(|days| days.0), expected, "{value}");
        }
    }
}
