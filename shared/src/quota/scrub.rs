//! What of an answer may be kept: numbers, truth values, and texts that ChatGPT chose from a list of its own.

use serde_json::{Map, Value};

/// Longest answer that is kept, in bytes.
const LONGEST: usize = 16 * 1024;
/// Deeper parts are not kept.
const DEEPEST: usize = 8;
/// Longer lists and objects are cut.
const MOST: usize = 64;
/// Members whose texts are not a person's.
const WORDS: [&str; 12] = [
    "plan_type",
    "limit_name",
    "metered_feature",
    "normal_model_slug",
    "type",
    "source",
    "balance",
    "limit",
    "used",
    "remaining",
    "currency",
    "period",
];

/// The answer without anything personal; `None`: it is too long even so.
pub fn raw(answer: &Value) -> Option<String> {
    Some(scrub(answer).to_string()).filter(|text| text.len() <= LONGEST)
}

/// A value without texts that could name a person.
pub fn scrub(value: &Value) -> Value {
    part(value, "", 0)
}

fn part(value: &Value, name: &str, depth: usize) -> Value {
    match value {
        _ if depth > DEEPEST || is_personal(name) => Value::Null,
        Value::Object(map) => Value::Object(members(map, depth)),
        Value::Array(list) => list.iter().take(MOST).map(|one| part(one, name, depth + 1)).collect(),
        Value::String(text) if WORDS.contains(&name) && is_plain(text) => value.clone(),
        Value::String(_) => Value::Null,
        other => other.clone(),
    }
}

/// A name may be data as well, as in a map by person.
fn members(map: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    let is_name = |name: &str| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    map.iter().filter(|(name, _)| is_name(name)).take(MOST).map(|(name, value)| (name.clone(), part(value, name, depth + 1))).collect()
}

fn is_personal(name: &str) -> bool {
    matches!(name, "id" | "email" | "name" | "phone") || ["_id", "_email", "_user_name", "_phone"].iter().any(|end| name.ends_with(end))
}

/// At most 64 letters, digits, blanks and `._-` that do not look like an id.
pub fn is_plain(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" ._-".contains(&b);
    let is_uuid = text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let is_id = |part: &str| part.len() >= 16 && part.bytes().any(|b| b.is_ascii_digit());
    (1..=64).contains(&text.len()) && text.bytes().all(plain) && !is_uuid && !text.split([' ', '.', '_', '-']).any(is_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_could_name_a_person_is_kept() {
        let answer = json!({
            "email": "a@b.c", "user_id": "u", "account_id": 7, "plan_type": "pro", "greeting": "Hello Olivia", "n": 1.5, "yes": true,
            "source": "olivia@example.com", "limit_name": "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
            "people": { "olivia@example.com": 3, "Olivia": 4, "members": [{ "name": "Olivia", "used_percent": 9 }] },
        });
        let expected = json!({
            "email": null, "user_id": null, "account_id": null, "plan_type": "pro", "greeting": null, "n": 1.5, "yes": true,
            "source": null, "limit_name": null, "people": { "members": [{ "name": null, "used_percent": 9 }] },
        });
        assert_eq!(scrub(&answer), expected);
    }

    #[test]
    fn size_and_depth_end() {
        let mut deep = json!(1);
        for _ in 0..20 {
            deep = json!({ "a": deep });
        }
        assert_eq!(raw(&deep).unwrap().matches("\"a\"").count(), DEEPEST + 1);
        let wide: Value = (0..200).collect::<Vec<_>>().into();
        assert_eq!(scrub(&wide).as_array().unwrap().len(), MOST);
        let nested: Vec<Vec<u64>> = vec![vec![u64::MAX; MOST]; MOST];
        assert_eq!(raw(&json!({ "a": nested })), None);
    }
}
