//! Memories as resources: `memory://{id}`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rmcp::ErrorData;
use rmcp::model::{ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::{Map, Value, json};
use shared::memories::store::{Stored, store};
use shared::memories::{Memory, MemoryId, Scope, find, input, remove};
use shared::{AppError, AppResult};

use crate::failure;
use crate::server::Server;

const SCHEME: &str = "memory://";
/// Resources a page, as in the contract.
const PAGE: u32 = 20;
/// Longest description, in characters; the contract counts bytes and cuts through them.
const DESCRIPTION: usize = 77;
/// What an id may hold needs no encoding.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b':').remove(b'-');

/// The address of a memory.
pub fn uri(id: &str) -> String {
    format!("{SCHEME}{}", utf8_percent_encode(id, ENCODED))
}

/// The id in an address.
pub fn id_of(uri: &str) -> AppResult<MemoryId> {
    let uri = uri.trim();
    if uri.is_empty() {
        return Err(AppError::invalid("uri", "uri is required"));
    }
    let unsupported = || AppError::invalid("uri", "Unsupported resource URI: it must be like memory://<id>");
    let rest = uri.strip_prefix(SCHEME).filter(|rest| !rest.is_empty()).ok_or_else(unsupported)?;
    let text = percent_decode_str(rest).decode_utf8().map_err(|_| unsupported())?;
    MemoryId::parse(&text).map_err(|errors| AppError::invalid("uri", errors.join("; ")))
}

/// The first words of a content.
fn description(content: &str) -> String {
    let plain: String = content.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(DESCRIPTION + 4).collect();
    match plain.char_indices().nth(DESCRIPTION + 3) {
        None => plain,
        Some(_) => format!("{}...", plain.chars().take(DESCRIPTION).collect::<String>()),
    }
}

/// A memory as clients list it.
pub fn listed(memory: &Memory) -> Resource {
    Resource::new(uri(&memory.id), memory.id.clone()).with_description(description(&memory.content)).with_mime_type("text/plain")
}

/// The newest memories that this host may read.
pub async fn newest(server: &Server, page: (u32, u32)) -> AppResult<Vec<Memory>> {
    let scopes = server.reach().await?.readable();
    find::recent(&server.app, &scopes, page).await
}

/// `resources/list`.
pub async fn list(server: &Server, cursor: Option<&str>) -> Result<ListResourcesResult, ErrorData> {
    let offset: u32 = match cursor {
        None => 0,
        Some(cursor) => {
            let offset = cursor.strip_prefix("from-").and_then(|text| text.parse().ok()).filter(|offset| *offset <= 1_000_000);
            offset.ok_or_else(|| ErrorData::invalid_params("cursor is not one that this server gave", None))?
        }
    };
    let mut memories = newest(server, (offset, PAGE + 1)).await.map_err(|error| failure::protocol(&error))?;
    let more = memories.len() > PAGE as usize;
    memories.truncate(PAGE as usize);
    let mut result = ListResourcesResult::with_all_items(memories.iter().map(listed).collect());
    result.next_cursor = more.then(|| format!("from-{}", offset + PAGE));
    Ok(result)
}

/// `resources/templates/list`.
pub fn templates() -> Vec<ResourceTemplate> {
    let by_id = ResourceTemplate::new("memory://{id}", "memory_by_id").with_title("Memory");
    vec![by_id.with_description("A stored memory, by its id").with_mime_type("text/plain")]
}

/// The memory at an address.
pub async fn fetch(server: &Server, uri: &str) -> AppResult<Memory> {
    let id = id_of(uri)?;
    let scopes = server.reach().await?.readable();
    find::retrieve(&server.app, &scopes, &id).await?.ok_or(AppError::NotFound("Resource"))
}

/// `resources/read`.
pub async fn read(server: &Server, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let not_found = |error: &AppError| match error {
        AppError::NotFound(_) => ErrorData::resource_not_found("Resource not found", Some(json!({ "uri": uri }))),
        error => failure::protocol(error),
    };
    let memory = fetch(server, uri).await.map_err(|error| not_found(&error))?;
    Ok(ReadResourceResult::new(vec![ResourceContents::text(memory.content, self::uri(&memory.id)).with_mime_type("text/plain")]))
}

/// Stores a text at an address, in this host's own memories. Tags and metadata that are there stay.
pub async fn put(server: &Server, uri: &str, text: &str) -> AppResult<Stored> {
    let id = id_of(uri)?;
    let own = [Scope::Host(server.host.id)];
    let mut given = Map::from_iter([("id".to_owned(), json!(id.as_str())), ("text".to_owned(), json!(text))]);
    if let Some(known) = find::retrieve(&server.app, &own, &id).await? {
        given.insert("tags".into(), json!(known.tags));
        given.insert("metadata".into(), json!(known.metadata));
        // What it says now is what the tags and metadata are of.
        given.insert("if_version".into(), json!(known.version));
    }
    store(&server.app, &own[0], &input::draft(&given)?, server.author()).await
}

/// Deletes what is at an address, of this host's own memories.
pub async fn delete(server: &Server, uri: &str) -> AppResult<Value> {
    let id = id_of(uri)?;
    if !remove::delete(&server.app, &Scope::Host(server.host.id), &id).await? {
        return Err(AppError::NotFound("Resource"));
    }
    Ok(json!({ "resource": { "uri": self::uri(id.as_str()), "name": id.as_str(), "deleted": true } }))
}

/// What a stored resource answers.
pub fn stored(stored: &Stored) -> Value {
    let resource = listed(&stored.memory);
    json!({ "resource": {
        "uri": resource.uri, "name": resource.name, "description": resource.description, "mimeType": resource.mime_type, "result": stored,
    } })
}

/// `resources/create`, `update` and `delete`, which no version of the protocol has; `None`: another method.
pub async fn change(server: &Server, method: &str, params: &Value) -> Option<AppResult<Value>> {
    let uri = params.get("uri").and_then(Value::as_str).unwrap_or_default();
    match method {
        "resources/create" | "resources/update" => Some(put_params(server, uri, params).await),
        "resources/delete" => Some(delete(server, uri).await),
        _ => None,
    }
}

async fn put_params(server: &Server, uri: &str, params: &Value) -> AppResult<Value> {
    let text = [params.get("text"), params.pointer("/contents/0/text")].into_iter().flatten().find_map(Value::as_str);
    let text = text.ok_or_else(|| AppError::invalid("text", "text content is required"))?;
    put(server, uri, text).await.map(|done| stored(&done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_memory() {
        for (uri, id) in [("memory://a", "a"), ("memory://project%3Abuild", "project:build"), (" memory://a:b.c ", "a:b.c")] {
            assert_eq!(id_of(uri).unwrap().as_str(), id, "{uri}");
        }
        for bad in [
            "",
            "memory://",
            "file:///etc/passwd",
            "memory://a/b",
            "memory://%ff",
            "memory://a%20b",
            &format!("memory://{}", "a".repeat(129)),
        ] {
            assert!(id_of(bad).is_err(), "{bad}");
        }
        assert_eq!(uri("a:b"), "memory://a:b");
    }

    #[test]
    fn a_description_is_cut_between_characters() {
        assert_eq!(description(" short\ntext "), "short text");
        let long = "é".repeat(100);
        assert_eq!(description(&long), format!("{}...", "é".repeat(77)));
        assert_eq!(description(&"é".repeat(80)), "é".repeat(80));
    }
}
