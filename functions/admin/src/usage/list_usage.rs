use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::extract::{Query, RowId, Viewer};
use shared::usage::report::csv;
use shared::usage::report::rows::{Filter, UsageRow, list};
use shared::{App, AppResult, http};

/// Most rows of a page, and of a CSV file.
const MAX_PAGE: u32 = 500;
const MAX_CSV: u32 = 50_000;

/// Which rows; what is absent does not restrict.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    #[param(inline)]
    host_id: Option<RowId>,
    /// Exactly this model.
    model: Option<String>,
    /// Exactly this user.
    user: Option<String>,
    /// Not earlier than this.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<DateTime<Utc>>,
    /// Earlier than this.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<DateTime<Utc>>,
    /// Older than the row with this id: `next` of the page before.
    #[param(inline)]
    before: Option<RowId>,
    /// Rows a page, up to 500; absent or 0: 50. A CSV file has up to 50,000.
    limit: Option<i32>,
    /// `csv`: a file for a spreadsheet.
    #[param(inline)]
    format: Option<Format>,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Json,
    Csv,
}

/// Rows, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UsageList {
    usages: Vec<UsageRow>,
    /// Pass it as `before` for the next page; null: there is none.
    next: Option<u64>,
}

/// List what Codex used, newest first.
#[utoipa::path(get, path = "/admin/usage", params(UsageQuery), 
    responses((status = 200, content((http::Envelope<UsageList> = "application/json"), (String = "text/csv")))))]
pub async fn list_usage(_who: Viewer, State(app): State<App>, Query(query): Query<UsageQuery>) -> AppResult<Response> {
    let csv = query.format == Some(Format::Csv);
    let limit = if csv { most(query.limit, MAX_CSV, MAX_CSV) } else { most(query.limit, 50, MAX_PAGE) };
    let filter = Filter {
        host_id: query.host_id.map(|id| id.0),
        model: query.model,
        user: query.user,
        since: query.since,
        until: query.until,
        before: query.before.map(|id| id.0),
    };
    let mut conn = app.db.acquire().await?;
    let mut usages = list(&mut conn, &filter, limit + 1).await?;
    let more = usages.len() > limit as usize;
    usages.truncate(limit as usize);
    if csv {
        return as_csv("usage.csv", &usages);
    }
    let next = usages.last().filter(|_| more).map(|row| row.id);
    Ok(http::ok(UsageList { usages, next }).into_response())
}

/// How many rows somebody wants, as the contract reads it: less than 1 is the default, and there is a most.
pub fn most(wanted: Option<i32>, default: u32, most: u32) -> u32 {
    wanted.and_then(|wanted| u32::try_from(wanted).ok()).filter(|wanted| *wanted > 0).unwrap_or(default).min(most)
}

/// A CSV file to save.
pub fn as_csv<T: Serialize>(name: &str, rows: &[T]) -> AppResult<Response> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, csv::write(rows)?).into_response())
}
