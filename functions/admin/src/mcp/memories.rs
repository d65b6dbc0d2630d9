use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::extract::{Flag, Json, Operator, Path, Query, Viewer};
use shared::memories::admin::{self, Wanted};
use shared::memories::{Memory, Scope, input};
use shared::{App, AppError, AppResult, http};

/// Which memories; what is absent does not restrict.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MemoryQuery {
    /// Any of these words.
    q: Option<String>,
    /// The same.
    query: Option<String>,
    /// What this host owns or wrote last.
    host_id: Option<String>,
    /// All of these, separated by commas or blanks.
    tags: Option<String>,
    /// `host:<id>`, `fleet` or `tag:<tag>`.
    scope: Option<String>,
    /// The deleted ones instead.
    #[param(value_type = Option<bool>)]
    deleted: Option<Flag>,
    /// Only without words: `next` of the page before.
    #[param(minimum = 0)]
    before: Option<i64>,
    /// Memories a page; brought into 1 to 200; absent: 50.
    limit: Option<String>,
}

/// A page of memories: best first where words are given, otherwise newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemoryPage {
    /// Always `ok`.
    status: &'static str,
    query: String,
    host_id: Option<u64>,
    limit: u32,
    count: usize,
    matches: Vec<Memory>,
    /// Pass it as `before` for the next page; null: there is none.
    next: Option<u64>,
}

impl MemoryQuery {
    /// As it is looked for.
    pub fn wanted(&self) -> AppResult<Wanted> {
        let text = self.query.as_deref().or(self.q.as_deref()).unwrap_or_default().trim().to_owned();
        if text.chars().count() > 1000 {
            return Err(AppError::invalid("query", "query must be 1000 characters or fewer"));
        }
        let host = self.host_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        let host = host.map(|id| id.parse().map_err(|_| AppError::invalid("host_id", "host_id must be a whole number"))).transpose()?;
        let tags: Vec<_> =
            self.tags.as_deref().unwrap_or_default().split([',', ' ']).map(str::trim).filter(|tag| !tag.is_empty()).collect();
        let tags = input::tags(Some(&json!(tags))).map_err(|errors| AppError::Invalid([("tags".to_owned(), errors)].into()))?;
        let scope = self.scope.as_deref().map(str::trim).filter(|scope| !scope.is_empty());
        let scope = scope.map(|scope| Scope::parse(scope).ok_or_else(|| AppError::invalid("scope", SCOPES))).transpose()?;
        let before = self.before.map(|id| u64::try_from(id).map_err(|_| AppError::invalid("before", "before must not be negative")));
        let (before, deleted) = (before.transpose()?, self.deleted.is_some_and(|deleted| deleted.0));
        if before.is_some() && !(text.is_empty() && tags.is_empty()) {
            return Err(AppError::invalid("before", "before goes without words and tags: those give the best matches in one page"));
        }
        Ok(Wanted { text, tags, host, scope, deleted, before })
    }
}

const SCOPES: &str = "scope must be host:<id>, fleet or tag:<tag>";

/// Look through the memories of all hosts.
#[utoipa::path(get, path = "/admin/mcp/memories", operation_id = "list_fleet_memories", params(MemoryQuery),
    responses((status = 200, body = http::Envelope<MemoryPage>)))]
pub async fn list_memories(_who: Viewer, State(app): State<App>, Query(query): Query<MemoryQuery>) -> AppResult<impl IntoResponse> {
    let wanted = query.wanted()?;
    // What is no number is 1, as in the contract.
    let limit = query.limit.as_deref().map_or(50, |limit| limit.trim().parse::<i64>().unwrap_or(1).clamp(1, 200));
    let limit = u32::try_from(limit).unwrap_or(1);
    let (matches, more) = admin::list(&app, &wanted, limit).await?;
    let pages = more && wanted.text.is_empty() && wanted.tags.is_empty();
    let next = matches.last().filter(|_| pages).map(|memory| memory.record_id);
    let (query, host_id, count) = (wanted.text, wanted.host, matches.len());
    Ok(http::ok(MemoryPage { status: "ok", query, host_id, limit, count, matches, next }))
}

fn etag(memory: &Memory) -> [(HeaderName, HeaderValue); 1] {
    [(header::ETAG, HeaderValue::from_str(&format!("\"{}\"", memory.version)).expect("it is a number in quotes"))]
}

/// Show one memory, deleted or not.
#[utoipa::path(get, path = "/admin/mcp/memories/{id}", params(("id" = u64, Path)), responses((status = 200, body = http::Envelope<Memory>)))]
pub async fn get_memory(_who: Viewer, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let memory = admin::show(&app, id).await?;
    Ok((etag(&memory), http::ok(memory)))
}

/// What is changed; what is absent stays.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described: shared/src/memories/input.rs reads it")]
pub struct EditMemory {
    /// Up to 32,000 characters.
    content: Option<String>,
    /// Null: none.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    tags: Option<Vec<String>>,
    /// Change it only if it still has this version; `If-Match` is the same.
    if_version: Option<u32>,
}

/// Change a memory of any host. A deleted one has to be restored first.
#[utoipa::path(post, path = "/admin/mcp/memories/{id}", params(("id" = u64, Path)), request_body = EditMemory,
    responses((status = 200, body = http::Envelope<Memory>), (status = 412)))]
pub async fn edit_memory(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    headers: HeaderMap,
    Json(mut given): Json<Map<String, Value>>,
) -> AppResult<impl IntoResponse> {
    if let Some(version) = headers.get(header::IF_MATCH) {
        let version = version.to_str().unwrap_or_default().trim_matches('"').parse::<u32>().map_err(|_| AppError::PreconditionFailed)?;
        given.insert("if_version".into(), json!(version));
    }
    let memory = admin::edit(&app, &who.by, id, &given).await?;
    Ok((etag(&memory), http::ok(memory)))
}

/// What was deleted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeletedRecord {
    deleted: u64,
}

/// Delete a memory; it is no error when there is none. It can be restored for 30 days.
#[utoipa::path(delete, path = "/admin/mcp/memories/{id}", operation_id = "delete_fleet_memory", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<DeletedRecord>)))]
pub async fn delete_memory(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    admin::delete(&app, &who.by, id).await?;
    Ok(http::ok(DeletedRecord { deleted: id }))
}

/// Bring a deleted memory back as it was.
#[utoipa::path(post, path = "/admin/mcp/memories/{id}/restore", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<Memory>)))]
pub async fn restore_memory(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let memory = admin::restore(&app, &who.by, id).await?;
    Ok((etag(&memory), http::ok(memory)))
}
