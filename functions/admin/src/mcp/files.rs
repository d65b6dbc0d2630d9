use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Operator, Path, Query, Viewer};
use shared::mcp_files::Content;
use shared::mcp_files::admin::{self, Space};
use shared::mcp_files::list::Listing;
use shared::mcp_files::path::FilePath;
use shared::{App, AppResult, http};

/// Whose files.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpaceQuery {
    /// A part of the host's name.
    q: Option<String>,
}

/// Hosts that have files, by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SpaceList {
    /// At most 500.
    spaces: Vec<Space>,
}

/// List the hosts that keep files over MCP.
#[utoipa::path(get, path = "/admin/mcp/files", operation_id = "list_file_spaces", params(SpaceQuery),
    responses((status = 200, body = http::Envelope<SpaceList>)))]
pub async fn list_spaces(_who: Viewer, State(app): State<App>, Query(query): Query<SpaceQuery>) -> AppResult<impl IntoResponse> {
    let text = query.q.unwrap_or_default();
    Ok(http::ok(SpaceList { spaces: admin::spaces(&app, text.trim()).await? }))
}

/// Where in a host's files.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PathQuery {
    /// Relative to the root of the host's files; absent: the root.
    path: Option<String>,
}

impl PathQuery {
    fn directory(&self) -> AppResult<FilePath> {
        FilePath::parse("path", self.path.as_deref().unwrap_or_default())
    }

    fn file(&self) -> AppResult<FilePath> {
        FilePath::of_file("path", self.path.as_deref().unwrap_or_default())
    }
}

/// List a directory of a host's files.
#[utoipa::path(get, path = "/admin/mcp/files/{host_id}", operation_id = "list_host_files", params(("host_id" = u64, Path), PathQuery),
    responses((status = 200, body = http::Envelope<Listing>)))]
pub async fn list_files(
    _who: Viewer,
    State(app): State<App>,
    Path(host): Path<u64>,
    Query(query): Query<PathQuery>,
) -> AppResult<impl IntoResponse> {
    Ok(http::ok(admin::list(&app, host, &query.directory()?).await?))
}

/// Read a file of a host.
#[utoipa::path(get, path = "/admin/mcp/files/{host_id}/content", operation_id = "read_host_file", params(("host_id" = u64, Path), PathQuery),
    responses((status = 200, body = http::Envelope<Content>)))]
pub async fn read_file(
    _who: Viewer,
    State(app): State<App>,
    Path(host): Path<u64>,
    Query(query): Query<PathQuery>,
) -> AppResult<impl IntoResponse> {
    Ok(http::ok(admin::read(&app, host, &query.file()?).await?))
}

/// What was deleted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeletedFiles {
    /// How many files.
    deleted: usize,
}

/// Delete a file of a host, or a directory and all that is in it; it is no error when there is none. They are gone for good.
#[utoipa::path(delete, path = "/admin/mcp/files/{host_id}", operation_id = "delete_host_files", params(("host_id" = u64, Path), PathQuery),
    responses((status = 200, body = http::Envelope<DeletedFiles>)))]
pub async fn delete_files(
    Operator(who): Operator,
    State(app): State<App>,
    Path(host): Path<u64>,
    Query(query): Query<PathQuery>,
) -> AppResult<impl IntoResponse> {
    let deleted = admin::delete(&app, &who.by, host, &query.directory()?).await?;
    Ok(http::ok(DeletedFiles { deleted: deleted.files }))
}
