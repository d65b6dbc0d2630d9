use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::extract::{Query, Viewer};
use shared::usage::report::csv;
use shared::usage::report::rows::{Filter, UsageRow, list};
use shared::{App, AppError, AppResult, http};

/// Most rows of a page, and of a CSV file.
const MAX_PAGE: u32 = 500;
const MAX_CSV: u32 = 50_000;

/// Which rows; what is absent does not restrict.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    host_id: Option<u64>,
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
    #[param(minimum = 0)]
    before: Option<i64>,
    /// Rows a page, up to 500; absent or 0: 50. A CSV file has up to 50,000.
    #[param(minimum = 0)]
    limit: Option<u32>,
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
#[utoipa::path(get, path = "/admin/usage", params(UsageQuery), responses((status = 200, body = http::Envelope<UsageList>)))]
pub async fn list_usage(_who: Viewer, State(app): State<App>, Query(query): Query<UsageQuery>) -> AppResult<Response> {
    let csv = query.format == Some(Format::Csv);
    let limit = match query.limit {
        None | Some(0) if csv => MAX_CSV,
        None | Some(0) => 50,
        Some(limit) => limit.min(if csv { MAX_CSV } else { MAX_PAGE }),
    };
    let before = query.before.map(|id| u64::try_from(id).map_err(|_| AppError::invalid("before", "before must not be negative")));
    let filter = Filter {
        host_id: query.host_id,
        model: query.model,
        user: query.user,
        since: query.since,
        until: query.until,
        before: before.transpose()?,
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

/// A CSV file to save.
pub fn as_csv<T: Serialize>(name: &str, rows: &[T]) -> AppResult<Response> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, csv::write(rows)?).into_response())
}
