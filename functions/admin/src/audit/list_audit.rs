use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::audit::{Entry, Filter, list};
use shared::extract::{Query, Viewer};
use shared::{App, AppError, AppResult, http};

/// Most entries of a page.
const MAX_PAGE: u32 = 500;

/// Which entries; what is absent does not restrict.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Exactly this name of a token, certificate or host.
    actor: Option<String>,
    /// Exactly this action; `admin.host.` with a dot at the end: all that begin so.
    action: Option<String>,
    /// Exactly this target, for example a host's name.
    target: Option<String>,
    /// What one request did.
    request_id: Option<String>,
    /// Not earlier than this.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<DateTime<Utc>>,
    /// Earlier than this.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<DateTime<Utc>>,
    /// Older than the entry with this id: `next` of the page before.
    #[param(minimum = 0)]
    before: Option<i64>,
    /// Entries a page, up to 500; absent: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// A page of entries, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditPage {
    entries: Vec<Entry>,
    /// Pass it as `before` for the next page; null: there is none.
    next: Option<u64>,
}

/// Read the audit.
#[utoipa::path(get, path = "/admin/audit", params(AuditQuery), responses((status = 200, body = http::Envelope<AuditPage>)))]
pub async fn list_audit(_who: Viewer, State(app): State<App>, Query(query): Query<AuditQuery>) -> AppResult<impl IntoResponse> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(AppError::invalid("limit", format!("limit must be from 1 to {MAX_PAGE}")));
    }
    let before = query.before.map(|id| u64::try_from(id).map_err(|_| AppError::invalid("before", "before must not be negative")));
    let before = before.transpose()?;
    let filter = Filter {
        actor: query.actor,
        action: query.action,
        target: query.target,
        request_id: query.request_id,
        since: query.since,
        until: query.until,
        before,
    };
    let mut conn = app.db.acquire().await?;
    let (entries, more) = list(&mut conn, &filter, limit).await?;
    let next = entries.last().filter(|_| more).map(|entry| entry.id);
    Ok(http::ok(AuditPage { entries, next }))
}
