//! Memories as they come in: the rules of the contract, all that is wrong told at once.

use serde_json::{Map, Value};

use super::secrets;
use crate::error::FieldErrors;
use crate::{AppError, AppResult};

/// Longest content, in characters.
pub const MAX_CONTENT: usize = 32_000;
/// Most tags.
pub const MAX_TAGS: usize = 32;
/// Longest tag, in characters.
pub const MAX_TAG: usize = 64;
/// Longest id, in bytes.
pub const MAX_ID: usize = 128;
/// Largest metadata, in bytes of JSON.
pub const MAX_METADATA: usize = 16_384;

/// An id that can be one: letters, digits and `. _ : -`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryId(String);

impl MemoryId {
    /// Checks a text, trimmed.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let text = text.trim();
        let mut errors = Vec::new();
        if text.len() > MAX_ID {
            errors.push(format!("id must be {MAX_ID} characters or fewer"));
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)) {
            errors.push("id may contain only letters, digits, dots, underscores, colons and dashes".to_owned());
        }
        if text.is_empty() {
            errors.push("id is required".to_owned());
        }
        if errors.is_empty() { Ok(Self(text.to_owned())) } else { Err(errors) }
    }

    /// A fresh one.
    pub fn generate() -> Self {
        Self(crate::random::uuid())
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Ids that differ only in case are one.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// What is to be remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// `None`: a new one gets an id.
    pub id: Option<MemoryId>,
    /// Trimmed, not empty.
    pub content: String,
    /// An object.
    pub metadata: Option<Map<String, Value>>,
    /// Each once, as they were first written.
    pub tags: Vec<String>,
    /// The version it replaces; 0: there must be none.
    pub if_version: Option<u32>,
}

/// Reads the arguments of a store.
pub fn draft(given: &Map<String, Value>) -> AppResult<Draft> {
    let mut errors = FieldErrors::new();
    let id = note(&mut errors, "id", optional_id(given)).flatten();
    let content = note(&mut errors, "content", content(given)).unwrap_or_default();
    let metadata = note(&mut errors, "metadata", metadata(given.get("metadata"))).flatten();
    let tags = note(&mut errors, "tags", tags(given.get("tags"))).unwrap_or_default();
    let if_version = note(&mut errors, "if_version", if_version(given.get("if_version"))).flatten();
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors));
    }
    let draft = Draft { id, content, metadata, tags, if_version };
    refuse_secrets(&draft)?;
    Ok(draft)
}

/// A memory is read by every model that searches: what opens something has no place there.
pub fn refuse_secrets(draft: &Draft) -> AppResult<()> {
    let metadata = draft.metadata.as_ref().map(|metadata| Value::Object(metadata.clone()).to_string());
    let parts = [("content", Some(draft.content.as_str())), ("metadata", metadata.as_deref())];
    let tags = draft.tags.iter().map(|tag| ("tags", Some(tag.as_str())));
    for (field, text) in parts.into_iter().chain(tags) {
        if let Some(kind) = text.and_then(secrets::find) {
            return Err(AppError::invalid(field, secret_message(field, kind)));
        }
    }
    Ok(())
}

/// Why a text is not kept, and what to do.
pub fn secret_message(field: &str, kind: &str) -> String {
    format!("{field} seems to hold {kind}: it was not stored. Leave the secret out and say where it can be found instead")
}

/// The id of a retrieve or a delete.
pub fn required_id(given: &Map<String, Value>) -> AppResult<MemoryId> {
    let id = optional_id(given).and_then(|id| id.ok_or_else(|| vec!["id is required".to_owned()]));
    id.map_err(|messages| AppError::Invalid(FieldErrors::from([("id".to_owned(), messages)])))
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Trimmed; empty: the newest.
    pub query: String,
    /// From 1 to 100.
    pub limit: u32,
    /// All of them must be there.
    pub tags: Vec<String>,
}

/// Longest query, in characters.
const MAX_QUERY: usize = 1000;

/// Reads the arguments of a search.
pub fn search(given: &Map<String, Value>) -> AppResult<Search> {
    let mut errors = FieldErrors::new();
    let text = first(given, &["query", "q"]);
    let query = match text {
        None => String::new(),
        Some(Value::String(text)) if text.chars().count() <= MAX_QUERY => text.trim().to_owned(),
        Some(Value::String(_)) => {
            note(&mut errors, "query", one(format!("query must be {MAX_QUERY} characters or fewer"))).unwrap_or_default()
        }
        Some(_) => note(&mut errors, "query", one("query must be a string")).unwrap_or_default(),
    };
    let tags = note(&mut errors, "tags", tags(given.get("tags"))).unwrap_or_default();
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors));
    }
    Ok(Search { query, limit: limit(given.get("limit"), 20, 100), tags })
}

/// A number of results: numeric texts count, what is no number is the default, all else is brought into 1..=`most`.
pub fn limit(given: Option<&Value>, default: u32, most: u32) -> u32 {
    let number = match given {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 1 and `most`")]
    number.filter(|number| number.is_finite()).map_or(default, |number| number.clamp(1.0, f64::from(most)) as u32)
}

fn one<T>(message: impl Into<String>) -> Result<T, Vec<String>> {
    Err(vec![message.into()])
}

fn note<T>(errors: &mut FieldErrors, field: &str, result: Result<T, Vec<String>>) -> Option<T> {
    result.map_err(|messages| errors.insert(field.to_owned(), messages)).ok()
}

/// The first member that is there and not null.
fn first<'a>(given: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| given.get(*name).filter(|value| !value.is_null()))
}

fn optional_id(given: &Map<String, Value>) -> Result<Option<MemoryId>, Vec<String>> {
    match first(given, &["id", "memory_id", "key"]) {
        None => Ok(None),
        Some(Value::String(text)) => MemoryId::parse(text).map(Some),
        Some(_) => one("id must be a string"),
    }
}

fn content(given: &Map<String, Value>) -> Result<String, Vec<String>> {
    let text = match first(given, &["content", "text"]) {
        None => "",
        Some(Value::String(text)) => text.trim(),
        Some(_) => return one("content must be a string"),
    };
    match text.chars().count() {
        0 => one("content is required"),
        1..=MAX_CONTENT => Ok(text.to_owned()),
        _ => one(format!("content must be {MAX_CONTENT} characters or fewer")),
    }
}

fn metadata(given: Option<&Value>) -> Result<Option<Map<String, Value>>, Vec<String>> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) if Value::Object(map.clone()).to_string().len() <= MAX_METADATA => Ok(Some(map.clone())),
        Some(Value::Object(_)) => one(format!("metadata must be {MAX_METADATA} bytes of JSON or fewer")),
        Some(Value::Array(_)) => one("metadata must use string keys"),
        Some(_) => one("metadata must be an object"),
    }
}

/// Tags as given, trimmed, each once whatever its case.
pub fn tags(given: Option<&Value>) -> Result<Vec<String>, Vec<String>> {
    let list = match given {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return one("tags must be an array of strings"),
    };
    let (mut tags, mut errors): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for value in list {
        let Value::String(text) = value else {
            errors.push("tags must be strings".to_owned());
            continue;
        };
        let tag = text.trim();
        if tag.chars().count() > MAX_TAG {
            let start: String = tag.chars().take(MAX_TAG).collect();
            errors.push(format!("tag \"{start}…\" must be {MAX_TAG} characters or fewer"));
        } else if !tag.is_empty() && !tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > MAX_TAGS {
        errors.push(format!("no more than {MAX_TAGS} tags allowed"));
    }
    errors.dedup();
    errors.truncate(8);
    if errors.is_empty() { Ok(tags) } else { Err(errors) }
}

fn if_version(given: Option<&Value>) -> Result<Option<u32>, Vec<String>> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().and_then(|number| u32::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => one("if_version must be a whole number: the version you have read, or 0 for none"),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("a test gives objects") };
        map
    }

    fn refused(value: Value) -> FieldErrors {
        match draft(&object(value)) {
            Err(AppError::Invalid(errors)) => errors,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_draft_is_what_the_contract_takes() {
        let draft = draft(&object(json!({
            "memory_id": " a:b.c_d-1 ", "text": "  one\ntwo ", "tags": ["A", " a ", "", "b"], "metadata": {}, "if_version": 0,
        })));
        let draft = draft.unwrap();
        assert_eq!(draft.id.as_ref().unwrap().as_str(), "a:b.c_d-1");
        assert_eq!((draft.content.as_str(), draft.if_version), ("one\ntwo", Some(0)));
        assert_eq!(draft.tags, ["A", "b"]);
        assert_eq!(draft.metadata, Some(Map::new()), "an empty object is an object");
        assert_eq!(super::draft(&object(json!({ "id": null, "key": "k", "content": "x" }))).unwrap().id.unwrap().as_str(), "k");
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let errors = refused(json!({ "id": 7, "content": " ", "metadata": [], "tags": "x", "if_version": -1 }));
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["content", "id", "if_version", "metadata", "tags"]);
        assert_eq!(errors["id"], ["id must be a string"]);
        assert_eq!(errors["content"], ["content is required"]);
        assert_eq!(errors["metadata"], ["metadata must use string keys"]);
        assert_eq!(errors["tags"], ["tags must be an array of strings"]);
        let long = "é".repeat(200);
        assert_eq!(refused(json!({ "id": long, "content": "x" }))["id"].len(), 2);
        assert_eq!(refused(json!({ "content": "x", "metadata": 7 }))["metadata"], ["metadata must be an object"]);
        assert_eq!(refused(json!({ "content": "x", "tags": [1, "ok"] }))["tags"], ["tags must be strings"]);
    }

    #[test]
    fn limits_count_characters() {
        let with = |content: String| draft(&object(json!({ "content": content })));
        assert!(with("é".repeat(MAX_CONTENT)).is_ok(), "64,000 bytes");
        assert!(with("é".repeat(MAX_CONTENT + 1)).is_err());
        let tags = |tags: Vec<String>| draft(&object(json!({ "content": "x", "tags": tags })));
        assert!(tags(vec!["ü".repeat(MAX_TAG)]).is_ok());
        assert!(tags(vec!["ü".repeat(MAX_TAG + 1)]).is_err());
        assert!(tags((0..32).map(|n| n.to_string()).collect()).is_ok());
        assert!(tags((0..33).map(|n| n.to_string()).collect()).is_err());
        assert!(refused(json!({ "content": "x", "metadata": { "a": "x".repeat(MAX_METADATA) } })).contains_key("metadata"));
    }

    #[test]
    fn a_secret_is_refused_wherever_it_is() {
        let url = "https://bob:hunter2@example.org/";
        for (field, body) in [
            ("content", json!({ "content": format!("use {url}") })),
            ("metadata", json!({ "content": "x", "metadata": { "a": { "b": [url] } } })),
            ("tags", json!({ "content": "x", "tags": [url] })),
        ] {
            let errors = refused(body);
            assert!(errors[field][0].contains("a password in an address"), "{errors:?}");
            assert!(!errors[field][0].contains("hunter2"), "what was sent is not repeated");
        }
    }

    #[test]
    fn a_search_is_brought_into_its_bounds() {
        let read = |value: Value| search(&object(value)).unwrap();
        assert_eq!(read(json!({})), Search { query: String::new(), limit: 20, tags: Vec::new() });
        assert_eq!(read(json!({ "query": null, "q": " x " })).query, "x");
        for (given, expected) in [(json!(0), 1), (json!(-5), 1), (json!("7"), 7), (json!(1e9), 100), (json!("x"), 20), (json!(2.9), 2)] {
            assert_eq!(read(json!({ "limit": given })).limit, expected, "{given}");
        }
        assert!(search(&object(json!({ "query": 7 }))).is_err());
        assert!(search(&object(json!({ "query": "x".repeat(MAX_QUERY + 1) }))).is_err());
        assert!(search(&object(json!({ "tags": [7] }))).is_err());
    }
}
