//! Values in bodies.

use serde::Deserialize;
use serde::de::Error;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{AppError, AppResult};

/// A yes or no as old clients send it: `true`, `1`, `"yes"`, `"on"`, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub bool);

/// What a text may say, in any case; the first half is yes.
const WORDS: [&str; 8] = ["1", "true", "yes", "on", "0", "false", "no", "off"];

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let word = match &value {
            serde_json::Value::Bool(yes) => return Ok(Self(*yes)),
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text.trim().to_lowercase(),
            _ => String::new(),
        };
        let place = WORDS.iter().position(|known| *known == word);
        place.map(|place| Self(place < WORDS.len() / 2)).ok_or_else(|| D::Error::custom("must be a boolean"))
    }
}

impl PartialSchema for Flag {
    fn schema() -> RefOr<Schema> {
        let one_of = |kind: Type| ObjectBuilder::new().schema_type(kind);
        let words = one_of(Type::String).enum_values(Some(WORDS));
        let numbers = one_of(Type::Integer).enum_values(Some([0, 1]));
        OneOfBuilder::new().item(one_of(Type::Boolean)).item(numbers).item(words).into()
    }
}

impl ToSchema for Flag {}

/// The id of a row, in a query. What no row can have is refused like what is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowId(pub u64);

impl<'de> Deserialize<'de> for RowId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = i64::deserialize(deserializer)?;
        u64::try_from(id).map(Self).map_err(|_| D::Error::custom("must not be negative"))
    }
}

impl PartialSchema for RowId {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
        ObjectBuilder::new().schema_type(Type::Integer).format(Some(format)).minimum(Some(0)).into()
    }
}

impl ToSchema for RowId {}

/// A text of at most `max` characters without control characters but line breaks and tabs, trimmed; nothing when it is blank.
pub fn short_text(field: &str, text: Option<&str>, max: usize) -> AppResult<Option<String>> {
    if text.is_some_and(|text| text.chars().count() > max) {
        return Err(AppError::invalid(field, format!("{field} must be {max} characters or fewer")));
    }
    let trimmed = text.map(|text| text.trim_matches([' ', '\t', '\r', '\n'])).filter(|text| !text.is_empty());
    let Some(text) = trimmed else { return Ok(None) };
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(AppError::invalid(field, format!("{field} must not contain control characters")));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_what_the_contract_takes_for_one() {
        for (text, expected) in [
            ("true", Some(true)),
            ("1", Some(true)),
            ("\" Yes \"", Some(true)),
            ("\"ON\"", Some(true)),
            ("false", Some(false)),
            ("0", Some(false)),
            ("\"off\"", Some(false)),
            ("2", None),
            ("null", None),
            ("\"\"", None),
            ("[]", None),
            ("1.0", None),
        ] {
            assert_eq!(serde_json::from_str::<Flag>(text).ok().map(|flag| flag.0), expected, "{text}");
        }
    }

    #[test]
    fn a_short_text_is_short_and_plain() {
        assert_eq!(short_text("f", Some(" a\nb "), 8).unwrap().as_deref(), Some("a\nb"));
        assert_eq!(short_text("f", Some("  "), 8).unwrap(), None);
        assert_eq!(short_text("f", Some("éééééééé"), 8).unwrap().as_deref(), Some("éééééééé"), "characters count, not bytes");
        assert!(short_text("f", Some("123456789"), 8).is_err());
        assert!(short_text("f", Some("a\u{1b}b"), 8).is_err());
    }
}
