//! `memory_*`.

use rmcp::model::Tool;
use serde_json::{Map, Value, json};
use shared::memories::input::{self, Search, limit};
use shared::memories::store::store;
use shared::memories::{MemoryId, Need, find, remove};
use shared::{AppError, AppResult};

use super::arguments::{optional, required};
use super::schema::{Effect, number, object, text, texts, tool};
use crate::server::Server;

const SCOPE_READ: &str = "Where to look: host (this host's own), fleet or tag:<tag>. Leave it out to look everywhere this host may";
const SCOPE_WRITE: &str = "Whose it is: host (the default), or fleet or tag:<tag> where an operator has granted it";
const ID: &str = "Up to 128 letters, digits and . _ : - ; whatever their case";
const TAGS: &str = "Up to 32 labels of up to 64 characters";

/// The tools.
pub fn tools() -> Vec<Tool> {
    let scope_read = ("scope", text(SCOPE_READ));
    let scope_write = ("scope", text(SCOPE_WRITE));
    let resource = ("resource_id", text("What it belongs to: letters, digits and . _ : - (up to 55)"));
    vec![
        tool(
            "memory_store",
            "Store a memory",
            Effect::Replaces,
            "Remember a text for later sessions, on this host or shared. With an id that is there already it replaces that memory; \
             without one a new memory gets an id. Nothing changes when it says the same already. Secrets are refused.",
            &[
                ("content", text("What to remember: one fact in plain words, up to 32,000 characters")),
                ("id", text(ID)),
                ("tags", texts(TAGS)),
                ("metadata", object("Anything else about it")),
                scope_write.clone(),
                ("if_version", number(0, u32::MAX, "Store only if the memory still has this version; 0: only if there is none")),
            ],
            &["content"],
        ),
        tool(
            "memory_retrieve",
            "Retrieve a memory",
            Effect::Reads,
            "Get one memory whose id you know. Use memory_search when you do not know it.",
            &[("id", text(ID)), scope_read.clone()],
            &["id"],
        ),
        tool(
            "memory_search",
            "Search memories",
            Effect::Reads,
            "Find memories by words and tags, best first. Any word may match and all tags must. An empty query gives the newest.",
            &[
                ("query", text("Words to look for")),
                ("tags", texts("All of these must be there")),
                ("limit", number(1, 100, "How many at most; 20 by default")),
                scope_read.clone(),
            ],
            &["query"],
        ),
        tool(
            "memory_list",
            "List memories",
            Effect::Reads,
            "List the newest memories, or the newest that memory_append added to one resource.",
            &[resource.clone(), ("top_k", number(1, 100, "How many at most; 20 by default")), scope_read.clone()],
            &[],
        ),
        tool(
            "memory_append",
            "Append to a resource's memories",
            Effect::Adds,
            "Add one more memory to a resource, such as a project or a ticket, and leave those that are there as they are. \
             Read them with memory_list and memory_query.",
            &[resource.clone(), ("text", text("What to remember")), ("tags", texts(TAGS)), scope_write.clone()],
            &["resource_id", "text"],
        ),
        tool(
            "memory_query",
            "Query a resource's memories",
            Effect::Reads,
            "Find memories by words among those that memory_append added to one resource.",
            &[resource, ("query", text("Words to look for")), ("top_k", number(1, 50, "How many at most; 5 by default")), scope_read],
            &["resource_id", "query"],
        ),
        tool(
            "memory_delete",
            "Delete a memory",
            Effect::Removes,
            "Delete one memory by its id. An operator can bring it back for 30 days.",
            &[("id", text(ID)), scope_write],
            &["id"],
        ),
    ]
}

/// Runs one.
pub async fn run(server: &Server, verb: &str, arguments: &Map<String, Value>) -> AppResult<Value> {
    let scope = optional(arguments, "scope")?;
    match verb {
        "store" => store_one(server, scope, arguments).await,
        "append" => append(server, scope, arguments).await,
        "retrieve" => retrieve(server, scope, &input::required_id(arguments)?).await,
        "search" => found(server, scope, input::search(arguments)?).await,
        "query" => {
            let query = required(arguments, "query")?.trim().to_owned();
            if query.is_empty() {
                return Err(AppError::invalid("query", "query is required"));
            }
            let tags = vec![tag_of(&resource_id(arguments)?)];
            found(server, scope, Search { query, limit: limit(arguments.get("top_k"), 5, 50), tags }).await
        }
        "list" => {
            let tags = match optional(arguments, "resource_id")? {
                None => Vec::new(),
                Some(_) => vec![tag_of(&resource_id(arguments)?)],
            };
            found(server, scope, Search { query: String::new(), limit: limit(arguments.get("top_k"), 20, 100), tags }).await
        }
        _ => delete(server, scope, &input::required_id(arguments)?).await,
    }
}

/// Stores what the arguments say.
pub async fn store_one(server: &Server, scope: Option<&str>, arguments: &Map<String, Value>) -> AppResult<Value> {
    let draft = input::draft(arguments)?;
    let scope = server.reach().await?.one(scope, Need::Write)?;
    Ok(json!(store(&server.app, &scope, &draft, server.author()).await?))
}

async fn append(server: &Server, scope: Option<&str>, arguments: &Map<String, Value>) -> AppResult<Value> {
    let resource = resource_id(arguments)?;
    let text = required(arguments, "text")?;
    let mut tags = input::tags(arguments.get("tags")).map_err(|errors| AppError::invalid("tags", errors.join("; ")))?;
    tags.insert(0, tag_of(&resource));
    let id = format!("{resource}:{}", hex::encode(shared::random::bytes::<4>()));
    let given = json!({ "id": id, "content": text, "tags": tags, "if_version": 0 });
    store_one(server, scope, given.as_object().expect("it is written as an object")).await
}

/// Looks one up.
pub async fn retrieve(server: &Server, scope: Option<&str>, id: &MemoryId) -> AppResult<Value> {
    let scopes = server.reach().await?.searched(scope)?;
    let memory = find::retrieve(&server.app, &scopes, id).await?;
    let status = if memory.is_some() { "found" } else { "missing" };
    let id = memory.as_ref().map_or(id.as_str(), |memory| &memory.id);
    Ok(json!({ "status": status, "id": id, "memory": memory }))
}

/// Searches.
pub async fn found(server: &Server, scope: Option<&str>, search: Search) -> AppResult<Value> {
    let scopes = server.reach().await?.searched(scope)?;
    Ok(json!(find::search(&server.app, &scopes, search).await?))
}

/// Deletes one.
pub async fn delete(server: &Server, scope: Option<&str>, id: &MemoryId) -> AppResult<Value> {
    let scope = server.reach().await?.one(scope, Need::Write)?;
    let status = if remove::delete(&server.app, &scope, id).await? { "deleted" } else { "missing" };
    Ok(json!({ "status": status, "id": id.as_str() }))
}

fn tag_of(resource: &str) -> String {
    format!("resource:{resource}")
}

fn resource_id(arguments: &Map<String, Value>) -> AppResult<String> {
    let text = required(arguments, "resource_id")?.trim();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
    if text.is_empty() || text.len() > 55 || !plain {
        return Err(AppError::invalid("resource_id", "resource_id must be 1 to 55 letters, digits and . _ : -"));
    }
    Ok(text.to_owned())
}
