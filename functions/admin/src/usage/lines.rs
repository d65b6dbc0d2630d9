use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Query, Viewer};
use shared::usage::report::lines::{LineSums, list};
use shared::{App, AppResult, http};

use super::list_usage::most;

/// How many.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinesQuery {
    /// Up to 200; absent or 0: 50.
    limit: Option<i32>,
}

/// Sums by line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LineList {
    tokens: Vec<LineSums>,
}

/// List usage by the line of Codex' output that old clients send, among the newest rows.
#[utoipa::path(get, path = "/admin/tokens", params(LinesQuery), responses((status = 200, body = http::Envelope<LineList>)))]
pub async fn list_usage_lines(_who: Viewer, State(app): State<App>, Query(query): Query<LinesQuery>) -> AppResult<impl IntoResponse> {
    let limit = most(query.limit, 50, 200);
    let mut conn = app.db.acquire().await?;
    Ok(http::ok(LineList { tokens: list(&mut conn, limit).await? }))
}
