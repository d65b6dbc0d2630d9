//! Memories for clients that do not speak MCP, by the contract.

use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::{Map, Value};
use shared::extract::{Caller, Json, Path};
use shared::hosts::gate::Admitted;
use shared::memories::find::Found;
use shared::memories::store::{Stored, store};
use shared::memories::{Author, Memory, MemoryId, Need, Reach, find, input, remove, sql};
use shared::{App, AppError, AppResult, http};

/// What is to be remembered. Each name in brackets is an older one for the same.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described: shared/src/memories/input.rs reads it")]
pub struct StoreMemory {
    /// Up to 128 letters, digits and . _ : - (`memory_id`, `key`); absent: a new one is made.
    id: Option<String>,
    /// Up to 32,000 characters (`text`).
    content: String,
    /// Up to 16,384 bytes of JSON.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// Up to 32 of up to 64 characters.
    tags: Option<Vec<String>>,
    /// `host`, or `fleet` or `tag:<tag>` where that was granted.
    scope: Option<String>,
    /// Store only if it still has this version; 0: only if there is none.
    if_version: Option<u32>,
}

/// Which memory.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described: shared/src/memories/input.rs reads it")]
pub struct WhichMemory {
    /// (`memory_id`, `key`)
    id: String,
    /// `host`, `fleet` or `tag:<tag>`.
    scope: Option<String>,
}

/// What to look for.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described: shared/src/memories/input.rs reads it")]
pub struct SearchMemories {
    /// Any of these words (`q`); empty: the newest.
    query: Option<String>,
    /// All of these.
    tags: Option<Vec<String>>,
    /// From 1 to 100; 20 by default.
    limit: Option<u32>,
    /// `host`, `fleet` or `tag:<tag>`; absent: all that may be read.
    scope: Option<String>,
}

/// A memory, or none.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct RetrievedMemory {
    /// `found` or `missing`.
    status: &'static str,
    id: String,
    memory: Option<Memory>,
}

/// What a delete did.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DeletedMemory {
    /// `deleted` or `missing`.
    status: &'static str,
    id: String,
}

async fn reach(app: &App, caller: &Admitted) -> AppResult<Reach> {
    Ok(sql::reach(&mut *app.db.acquire().await?, &caller.who.host).await?)
}

fn scope(given: &Map<String, Value>) -> AppResult<Option<&str>> {
    match given.get("scope") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(AppError::invalid("scope", "scope must be a string")),
    }
}

/// Store a memory of this host.
#[utoipa::path(post, path = "/mcp/memories/store", request_body = StoreMemory,
    responses((status = 200, body = http::Envelope<Stored>), (status = 412)))]
#[tracing::instrument(name = "handler.memories.store", skip_all, fields(host.id = caller.who.host.id))]
pub async fn store_memory(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(given): Json<Map<String, Value>>,
) -> AppResult<impl IntoResponse> {
    let draft = input::draft(&given)?;
    let scope = reach(&app, &caller).await?.one(scope(&given)?, Need::Write)?;
    let host = &caller.who.host;
    let author = Author { host: Some(host.id), name: &host.fqdn, session: None };
    Ok(http::ok(store(&app, &scope, &draft, author).await?))
}

/// Get one memory by its id.
#[utoipa::path(post, path = "/mcp/memories/retrieve", request_body = WhichMemory,
    responses((status = 200, body = http::Envelope<RetrievedMemory>)))]
#[tracing::instrument(name = "handler.memories.retrieve", skip_all, fields(host.id = caller.who.host.id))]
pub async fn retrieve_memory(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(given): Json<Map<String, Value>>,
) -> AppResult<impl IntoResponse> {
    let id = input::required_id(&given)?;
    let scopes = reach(&app, &caller).await?.searched(scope(&given)?)?;
    let memory = find::retrieve(&app, &scopes, &id).await?;
    let status = if memory.is_some() { "found" } else { "missing" };
    let id = memory.as_ref().map_or_else(|| id.as_str().to_owned(), |memory| memory.id.clone());
    Ok(http::ok(RetrievedMemory { status, id, memory }))
}

/// Search memories by words and tags; without words the newest.
#[utoipa::path(post, path = "/mcp/memories/search", request_body = Option<SearchMemories>,
    responses((status = 200, body = http::Envelope<Found>)))]
#[tracing::instrument(name = "handler.memories.search", skip_all, fields(host.id = caller.who.host.id))]
pub async fn search_memories(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(given): Json<Map<String, Value>>,
) -> AppResult<impl IntoResponse> {
    let search = input::search(&given)?;
    let scopes = reach(&app, &caller).await?.searched(scope(&given)?)?;
    Ok(http::ok(find::search(&app, &scopes, search).await?))
}

/// Delete a memory; it is no error when there is none.
#[utoipa::path(post, path = "/mcp/memories/delete", request_body = WhichMemory,
    responses((status = 200, body = http::Envelope<DeletedMemory>)))]
#[tracing::instrument(name = "handler.memories.delete", skip_all, fields(host.id = caller.who.host.id))]
pub async fn delete_memory(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(given): Json<Map<String, Value>>,
) -> AppResult<impl IntoResponse> {
    let id = input::required_id(&given)?;
    delete(&app, &caller, scope(&given)?, &id).await
}

/// Delete a memory of this host; it is no error when there is none.
#[utoipa::path(delete, path = "/mcp/memories/{id}", operation_id = "delete_memory_by_id", params(("id" = String, Path)),
    responses((status = 200, body = http::Envelope<DeletedMemory>), (status = 422)))]
#[tracing::instrument(name = "handler.memories.delete", skip_all, fields(host.id = caller.who.host.id))]
pub async fn delete_memory_by_path(Caller(caller): Caller, State(app): State<App>, Path(id): Path<String>) -> AppResult<impl IntoResponse> {
    let id = MemoryId::parse(&id).map_err(|errors| AppError::Invalid([("id".to_owned(), errors)].into()))?;
    delete(&app, &caller, None, &id).await
}

async fn delete(app: &App, caller: &Admitted, scope: Option<&str>, id: &MemoryId) -> AppResult<axum::Json<http::Envelope<DeletedMemory>>> {
    let scope = reach(app, caller).await?.one(scope, Need::Write)?;
    let status = if remove::delete(app, &scope, id).await? { "deleted" } else { "missing" };
    Ok(http::ok(DeletedMemory { status, id: id.as_str().to_owned() }))
}
