//! What storing does, from what is there and what comes.

use super::input::Draft;
use super::sql::Row;

/// What a store does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// There was none.
    Create,
    /// A deleted one comes back with the new text.
    Revive,
    /// Another text, other tags or other metadata.
    Update,
    /// It says the same already: nothing is written.
    Keep,
    /// The caller has seen another version.
    Stale,
}

/// The whole decision.
pub fn decide(current: Option<&Row>, draft: &Draft) -> Decision {
    let living = current.filter(|row| row.deleted_at.is_none());
    let version = living.map_or(0, |row| row.version);
    if draft.if_version.is_some_and(|believed| believed != version) {
        return Decision::Stale;
    }
    match (current, living) {
        (None, _) => Decision::Create,
        (Some(_), None) => Decision::Revive,
        (Some(_), Some(row)) if is_same(row, draft) => Decision::Keep,
        _ => Decision::Update,
    }
}

fn is_same(row: &Row, draft: &Draft) -> bool {
    let set = |tags: &[String]| {
        let mut all: Vec<_> = tags.iter().map(|tag| tag.to_lowercase()).collect();
        all.sort();
        all
    };
    row.content == draft.content && row.metadata() == draft.metadata && set(&row.tags()) == set(&draft.tags)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::memories::input;

    fn row() -> Row {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Row {
            id: 1,
            scope: "host:1".into(),
            memory_id: "m".into(),
            version: 3,
            content: "text".into(),
            metadata: Some(r#"{"a":1,"b":{"c":2}}"#.into()),
            tags: r#"["One","two"]"#.into(),
            author_host_id: Some(1),
            author: "a.example".into(),
            session: None,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }

    fn draft(more: &Value) -> Draft {
        let mut given = json!({ "content": "text", "metadata": { "b": { "c": 2 }, "a": 1 }, "tags": ["TWO", "one"] });
        given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input::draft(given.as_object().unwrap()).unwrap()
    }

    #[test]
    fn only_what_changes_is_written() {
        let deleted = Row { deleted_at: Some(row().updated_at), ..row() };
        let table = [
            (None, json!({}), Decision::Create),
            (None, json!({ "if_version": 0 }), Decision::Create),
            (None, json!({ "if_version": 1 }), Decision::Stale),
            (Some(row()), json!({}), Decision::Keep),
            (Some(row()), json!({ "content": "Text" }), Decision::Update),
            (Some(row()), json!({ "tags": ["one"] }), Decision::Update),
            (Some(row()), json!({ "metadata": { "a": 1 } }), Decision::Update),
            (Some(row()), json!({ "metadata": null }), Decision::Update),
            (Some(row()), json!({ "if_version": 3 }), Decision::Keep),
            (Some(row()), json!({ "if_version": 2 }), Decision::Stale),
            (Some(row()), json!({ "if_version": 0 }), Decision::Stale),
            (Some(deleted.clone()), json!({}), Decision::Revive),
            (Some(deleted.clone()), json!({ "if_version": 0 }), Decision::Revive),
            (Some(deleted), json!({ "if_version": 3 }), Decision::Stale),
        ];
        for (current, more, expected) in table {
            assert_eq!(decide(current.as_ref(), &draft(&more)), expected, "{more}");
        }
    }
}
