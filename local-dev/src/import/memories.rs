//! Memories of hosts.

use serde_json::{Map, Value};
use shared::AppResult;
use shared::memories::import::{self, Standing};
use shared::memories::input::{self, Draft};
use shared::memories::{MemoryId, Scope};

use super::ImportError;
use super::report::Kind;
use super::row::Row;
use super::source::{PAGE, Table};
use super::step::{Kept, Step, why};

const MEMORIES: Table = Table {
    name: "mcp_memories",
    columns: &["id", "host_id", "memory_key", "content", "metadata", "tags", "created_at", "updated_at", "deleted_at"],
};

/// Brings them, a page a transaction. One that holds a secret is not kept: every model that searches would read it.
pub async fn bring(step: &mut Step<'_>) -> Result<(), ImportError> {
    let all = step.old.count(MEMORIES.name).await.map_err(ImportError::Old)?;
    let (mut kind, mut deleted, mut after, mut done) = (Kind::default(), 0, 0, 0);
    loop {
        let rows = step.old.page(MEMORIES, after).await.map_err(ImportError::Old)?;
        let Some(last) = rows.last() else { break };
        after = last.id();
        let (living, gone): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.text("deleted_at").is_none());
        deleted += gone.len() as u64;
        kind.there += living.len() as u64;
        page(step, &mut kind, &living).await?;
        done += rows.len() as u64;
        Step::progress("memories", done, all);
        if rows.len() < PAGE {
            break;
        }
    }
    step.report.leave(deleted, "deleted memories");
    step.report.add("memories", kind);
    Ok(())
}

async fn page(step: &Step<'_>, kind: &mut Kind, rows: &[&Row]) -> AppResult<()> {
    let mut change = step.change().await?;
    let before = kind.new;
    for row in rows {
        let label = row.text("memory_key").unwrap_or("(no id)");
        let Some(kept) = row.number("host_id").and_then(|id| step.hosts.get(&id)) else {
            kind.lose(label, "its host is not kept");
            continue;
        };
        let label = format!("{} of {}", label, kept.fqdn);
        match draft(row) {
            Err(why) => kind.lose(label, why),
            Ok((id, draft)) => match one(step, &mut change, kept, row, &id, &draft).await? {
                Standing::New | Standing::Newer => kind.new += 1,
                Standing::Same => kind.here += 1,
                Standing::Ours => kind.lose(label, "the one here was written or deleted since, and stays"),
            },
        }
    }
    if step.apply {
        if kind.new > before {
            change.record("import.memories", &step.source, (), serde_json::json!({ "memories": kind.new - before }));
        }
        change.commit().await?;
    }
    Ok(())
}

async fn one(
    step: &Step<'_>,
    change: &mut shared::audit::Change,
    kept: &Kept,
    row: &Row,
    id: &MemoryId,
    draft: &Draft,
) -> AppResult<Standing> {
    let Some(host) = &kept.host else { return Ok(Standing::New) };
    let scope = Scope::Host(host.id);
    if !step.apply {
        return Ok(import::look(change, &scope, id, draft).await?);
    }
    let updated = row.time("updated_at").unwrap_or(step.now).min(step.now);
    let created = row.time("created_at").unwrap_or(updated).min(updated);
    Ok(import::bring(change, &scope, (id, draft), (host.id, &kept.fqdn), (created, updated)).await?)
}

fn draft(row: &Row) -> Result<(MemoryId, Draft), String> {
    let member = |column: &str| json(row.text(column)).filter(|value| !is_empty(value));
    let mut given = Map::new();
    given.extend(row.raw("memory_key").map(|id| ("id".to_owned(), Value::from(id))));
    given.extend(row.raw("content").map(|text| ("content".to_owned(), Value::from(text))));
    given.extend(member("metadata").map(|value| ("metadata".to_owned(), value)));
    given.extend(member("tags").map(|value| ("tags".to_owned(), value)));
    let draft = input::draft(&given).map_err(|error| why(&error))?;
    let id = draft.id.clone().ok_or("it has no id")?;
    Ok((id, draft))
}

/// What a JSON column holds; a text in it that is JSON again was written twice.
fn json(text: Option<&str>) -> Option<Value> {
    match serde_json::from_str(text?).ok()? {
        Value::String(inner) => Some(serde_json::from_str(&inner).unwrap_or(Value::String(inner))),
        value => Some(value),
    }
}

/// PHP writes an empty object as an empty list.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::tests::row;

    #[test]
    fn a_memory_is_read_as_it_was_written() {
        let cells = row([("memory_key", "Build.cache"), ("content", " Use make "), ("metadata", "[]"), ("tags", r#"["ci","CI","x"]"#)]);
        let (id, one) = draft(&cells).unwrap();
        assert_eq!(
            (id.as_str(), one.content.as_str(), one.metadata, one.tags),
            ("Build.cache", "Use make", None, vec!["ci".into(), "x".into()])
        );
        let twice = row([("memory_key", "a"), ("content", "c"), ("metadata", r#""{\"k\":1}""#), ("tags", "")]);
        assert_eq!(draft(&twice).unwrap().1.metadata.unwrap()["k"], 1);
    }

    #[test]
    fn what_cannot_be_a_memory_or_holds_a_secret_is_refused() {
        let secret = ["use sk", "-proj-AbCdEf0123456789AbCdEf for it"].concat();
        for (cells, expected) in [
            (row([("memory_key", "a b"), ("content", "c")]), "letters"),
            (row([("content", "c")]), "no id"),
            (row([("memory_key", "a"), ("content", "  ")]), "required"),
            (row([("memory_key", "a"), ("content", &secret)]), "an API key"),
            (row([("memory_key", "a"), ("content", "c"), ("metadata", "[1]")]), "string keys"),
        ] {
            let said = draft(&cells).unwrap_err();
            assert!(said.contains(expected) && !said.contains("AbCdEf"), "{said}");
        }
    }
}
