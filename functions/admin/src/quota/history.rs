use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Query, Viewer};
use shared::hosts::view::atom;
use shared::quota::history::{Point, points};
use shared::{App, AppResult, http};

/// The longest history, in days.
const MAX_DAYS: i64 = 180;

/// How far back.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Days, default 60, kept within 1 and 180.
    days: Option<i64>,
}

/// How the quota went.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UsageHistory {
    days: u16,
    since: String,
    /// Oldest first, at most about 1,000, each the newest of its part of the time.
    points: Vec<Point>,
}

/// How the quota went, for a chart.
#[utoipa::path(get, path = "/admin/chatgpt/usage/history", params(HistoryQuery),
    responses((status = 200, body = http::Envelope<UsageHistory>)))]
pub async fn get_chatgpt_usage_history(
    _who: Viewer,
    State(app): State<App>,
    Query(query): Query<HistoryQuery>,
) -> AppResult<impl IntoResponse> {
    let days = u16::try_from(query.days.unwrap_or(60).clamp(1, MAX_DAYS)).unwrap_or(60);
    let (since, points) = points(&app, days).await?;
    Ok(http::ok(UsageHistory { days, since: atom(since), points }))
}
