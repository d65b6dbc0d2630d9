//! Several messages in one request: 2025-03-26 has that, no version after it.

use serde_json::Value;

/// Most messages of a batch.
const MOST: usize = 50;

/// What a body holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// One message, which may be none that can be used.
    One(Value),
    /// Several.
    Many(Vec<Value>),
    /// It cannot be taken; the sentence says why.
    Refused(&'static str),
}

/// Sorts a body out by the version that the request's header names. An empty list is one message that is none.
pub fn sort(body: Value, version: Option<&str>) -> Incoming {
    match body {
        Value::Array(list) if list.is_empty() => Incoming::One(Value::Null),
        Value::Array(_) if version.is_some_and(|version| version != "2025-03-26") => {
            Incoming::Refused("batches are not part of this version of the protocol: send one message a request")
        }
        Value::Array(list) if list.len() > MOST => Incoming::Refused("a batch has 50 messages or fewer"),
        Value::Array(list) => Incoming::Many(list),
        one => Incoming::One(one),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn batches_belong_to_one_version() {
        let list = json!([1, 2]);
        assert_eq!(sort(list.clone(), None), Incoming::Many(vec![json!(1), json!(2)]));
        assert_eq!(sort(list.clone(), Some("2025-03-26")), Incoming::Many(vec![json!(1), json!(2)]));
        for later in ["2025-06-18", "2025-11-25", "2026-07-28"] {
            assert!(matches!(sort(list.clone(), Some(later)), Incoming::Refused(_)), "{later}");
        }
        assert_eq!(sort(json!([]), Some("2025-06-18")), Incoming::One(Value::Null));
        assert_eq!(sort(json!({}), None), Incoming::One(json!({})));
        assert!(matches!(sort(json!(vec![1; 51]), None), Incoming::Refused(_)));
    }
}
