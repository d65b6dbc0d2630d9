//! The body of `POST /usage`, as the contract has it.

use serde_json::{Map, Value};

use super::{Tokens, line, numbers};
use crate::error::FieldErrors;

/// Most entries of one body.
pub const MOST_ENTRIES: usize = 5_000;
/// Longest name of a model, in bytes.
pub const MODEL_BYTES: usize = 128;

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What was found in Codex' output.
    pub line: Option<String>,
    /// The numbers.
    pub tokens: Tokens,
    /// The model.
    pub model: Option<String>,
}

/// Reads a body: `{"usages":[…]}`, or one entry.
pub fn parse(body: &Value) -> Result<Vec<Entry>, FieldErrors> {
    let list: Option<Vec<&Value>> = match body.get("usages") {
        Some(Value::Array(items)) => Some(items.iter().collect()),
        Some(Value::Object(items)) => Some(items.values().collect()),
        _ => None,
    };
    let empty = Map::new();
    let entries: Vec<(String, &Map<String, Value>)> = match list {
        Some(items) => items.iter().enumerate().filter_map(|(i, item)| Some((format!("usages.{i}"), item.as_object()?))).collect(),
        None => vec![("usage".to_owned(), body.as_object().unwrap_or(&empty))],
    };
    let mut errors = FieldErrors::new();
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        errors.insert("usages".to_owned(), vec![format!("usages must hold 1 to {MOST_ENTRIES} objects")]);
        return Err(errors);
    }
    let read: Vec<_> = entries.iter().map(|(path, item)| entry(path, item, &mut errors)).collect();
    if errors.is_empty() { Ok(read) } else { Err(errors) }
}

fn entry(path: &str, item: &Map<String, Value>, errors: &mut FieldErrors) -> Entry {
    let mut read = |name: &str, lenient| {
        let field = format!("{path}.{name}");
        numbers::number(&field, item.get(name), lenient).unwrap_or_else(|why| {
            errors.entry(field).or_default().push(why);
            None
        })
    };
    let tokens = Tokens {
        total: read("total", false),
        input: read("input", false),
        output: read("output", false),
        cached: read("cached", true),
        reasoning: read("reasoning", true),
    };
    let line = item.get("line").and_then(Value::as_str).and_then(line::clean);
    let model = item.get("model").and_then(Value::as_str).map(str::trim).filter(|model| !model.is_empty());
    let known = errors.keys().any(|field| field.starts_with(&format!("{path}.")));
    if !known && line.is_none() && tokens == Tokens::default() {
        errors.insert(path.to_owned(), vec![format!("{path} needs a line or at least one number")]);
    }
    if model.is_some_and(|model| model.len() > MODEL_BYTES || model.chars().any(char::is_control)) {
        errors
            .insert(format!("{path}.model"), vec![format!("{path}.model must be at most {MODEL_BYTES} bytes, without control characters")]);
    }
    Entry { line, tokens, model: model.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_one_entry_or_many() {
        let one = parse(&json!({ "total": "1,000", "cached": true, "model": " m " })).unwrap();
        assert_eq!((one.len(), one[0].tokens.total, one[0].tokens.cached, one[0].model.as_deref()), (1, Some(1000), None, Some("m")));
        let many = json!({ "usages": [{ "line": "Token usage: total=1" }, 7, { "input": 1 }] });
        assert_eq!(parse(&many).unwrap().len(), 2, "what is no object is skipped");
        assert_eq!(parse(&json!({ "usages": { "a": { "input": 1 } } })).unwrap().len(), 1);
        assert_eq!(parse(&json!({ "usages": 3, "input": 1 })).unwrap().len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, field) in [
            (json!({}), "usage"),
            (json!({ "usages": [] }), "usages"),
            (json!({ "usages": [1] }), "usages"),
            (json!({ "total": -1 }), "usage.total"),
            (json!({ "usages": [{ "input": 1 }, { "output": "x" }] }), "usages.1.output"),
            (json!({ "input": 1, "model": "x".repeat(129) }), "usage.model"),
        ] {
            assert_eq!(parse(&body).unwrap_err().keys().collect::<Vec<_>>(), [field], "{body}");
        }
    }
}
