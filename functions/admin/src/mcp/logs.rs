use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::extract::{Query, Viewer};
use shared::mcp::sql::{Filter, Logged, page};
use shared::{App, AppError, AppResult, http};

/// Which calls; what is absent does not restrict.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Of this host.
    #[param(minimum = 0)]
    host_id: Option<u64>,
    /// Exactly this method, for example `tools/call`.
    method: Option<String>,
    /// Exactly this tool, or address of a resource.
    name: Option<String>,
    /// How they went.
    success: Option<bool>,
    /// Not earlier than this.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<DateTime<Utc>>,
    /// Earlier than this.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<DateTime<Utc>>,
    /// Older than the call with this id: `next` of the page before.
    #[param(minimum = 0)]
    before: Option<i64>,
    /// Calls a page; brought into 1 to 500; absent: 200.
    limit: Option<i64>,
}

/// A page of calls, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LogPage {
    logs: Vec<Logged>,
    /// Pass it as `before` for the next page; null: there is none.
    next: Option<u64>,
}

/// List who called what over MCP. Calls are kept for 90 days; what was said is not.
#[utoipa::path(get, path = "/admin/mcp/logs", params(LogQuery), responses((status = 200, body = http::Envelope<LogPage>)))]
pub async fn list_mcp_logs(_who: Viewer, State(app): State<App>, Query(query): Query<LogQuery>) -> AppResult<impl IntoResponse> {
    let limit = u32::try_from(query.limit.unwrap_or(200).clamp(1, 500)).unwrap_or(500);
    let before = query.before.map(|id| u64::try_from(id).map_err(|_| AppError::invalid("before", "before must not be negative")));
    let filter = Filter {
        host: query.host_id,
        method: query.method,
        name: query.name,
        success: query.success,
        since: query.since,
        until: query.until,
        before: before.transpose()?,
    };
    let mut logs = page(&mut *app.db.acquire().await?, &filter, limit + 1).await?;
    let more = logs.len() > limit as usize;
    logs.truncate(limit as usize);
    let next = logs.last().filter(|_| more).map(|log| log.id);
    Ok(http::ok(LogPage { logs, next }))
}
