//! Reading arguments: what is there in another type than it should be is refused, never guessed.

use serde_json::{Map, Value};
use shared::{AppError, AppResult};

/// A text that has to be there.
pub fn required<'a>(arguments: &'a Map<String, Value>, name: &str) -> AppResult<&'a str> {
    optional(arguments, name)?.ok_or_else(|| AppError::invalid(name, format!("{name} is required")))
}

/// A text that may be there.
pub fn optional<'a>(arguments: &'a Map<String, Value>, name: &str) -> AppResult<Option<&'a str>> {
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(AppError::invalid(name, format!("{name} must be a string"))),
    }
}

/// A yes or no that may be there.
pub fn flag(arguments: &Map<String, Value>, name: &str, default: bool) -> AppResult<bool> {
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(yes)) => Ok(*yes),
        Some(_) => Err(AppError::invalid(name, format!("{name} must be a boolean"))),
    }
}

/// A list of texts that may be there; one text is a list of one.
pub fn texts<'a>(arguments: &'a Map<String, Value>, name: &str) -> AppResult<Vec<&'a str>> {
    let wrong = || AppError::invalid(name, format!("{name} must be an array of strings"));
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(list)) => list.iter().map(|value| value.as_str().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

/// A version that may be there.
pub fn version(arguments: &Map<String, Value>, name: &str) -> AppResult<Option<u32>> {
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().and_then(|number| u32::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(AppError::invalid(name, format!("{name} must be a whole number"))),
        },
    }
}
