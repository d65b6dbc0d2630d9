use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use shared::extract::{Query, RowId, Viewer};
use shared::usage::report::sums::{By, Filter, Sort, Sum, list};
use shared::{App, AppError, AppResult, http};

use super::list_usage::{Format, as_csv, most};

/// Most sums of a page.
const MAX_PAGE: u32 = 1000;

/// Which sums.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SumsQuery {
    /// `host`, `model`, `user` or `day`.
    #[param(inline)]
    by: By,
    /// The first UTC day; absent: 30 days ago.
    since: Option<NaiveDate>,
    /// The last UTC day, included; absent: today.
    until: Option<NaiveDate>,
    #[param(inline)]
    host_id: Option<RowId>,
    /// Exactly this model; not with `by=user`.
    model: Option<String>,
    /// `cost`, `total`, `events` or `key`; absent: cost. Days are always by day.
    #[param(inline)]
    sort: Option<Sort>,
    /// `asc`; anything else: descending.
    direction: Option<String>,
    /// Up to 1000; absent or 0: 100.
    limit: Option<i32>,
    /// So many are left out at the beginning: `next` of the page before.
    #[param(minimum = 0)]
    offset: Option<i32>,
    /// `csv`: a file for a spreadsheet.
    #[param(inline)]
    format: Option<Format>,
}

/// Sums of usage.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UsageSums {
    since: String,
    until: String,
    sums: Vec<Sum>,
    /// Pass it as `offset` for the next page; null: there is none.
    next: Option<u32>,
}

/// Sum up usage by host, model, user or day.
#[utoipa::path(get, path = "/admin/usage/sums", params(SumsQuery), 
    responses((status = 200, content((http::Envelope<UsageSums> = "application/json"), (String = "text/csv")))))]
pub async fn list_usage_sums(_who: Viewer, State(app): State<App>, Query(query): Query<SumsQuery>) -> AppResult<Response> {
    let today = app.clock.now().date_naive();
    let (since, until) = (query.since.unwrap_or(today - TimeDelta::days(30)), query.until.unwrap_or(today));
    if since > until {
        return Err(AppError::invalid("since", "since must not be after until"));
    }
    if query.model.is_some() && matches!(query.by, By::User) {
        return Err(AppError::invalid("model", "users are not summed up by model"));
    }
    let limit = most(query.limit, 100, MAX_PAGE);
    let offset = u32::try_from(query.offset.unwrap_or(0)).map_err(|_| AppError::invalid("offset", "offset must not be negative"))?;
    let filter = Filter {
        by: query.by,
        since,
        until,
        host_id: query.host_id.map(|id| id.0),
        model: query.model,
        sort: query.sort.unwrap_or_default(),
        ascending: query.direction.as_deref() == Some("asc"),
        limit: limit + 1,
        offset,
    };
    let mut conn = app.db.acquire().await?;
    let mut sums = list(&mut conn, &filter).await?;
    let more = sums.len() > limit as usize;
    sums.truncate(limit as usize);
    if query.format == Some(Format::Csv) {
        return as_csv("usage-sums.csv", &sums);
    }
    let next = more.then_some(offset.saturating_add(limit));
    Ok(http::ok(UsageSums { since: since.to_string(), until: until.to_string(), sums, next }).into_response())
}
