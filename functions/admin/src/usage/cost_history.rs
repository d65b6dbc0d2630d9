use axum::extract::State;
use axum::response::IntoResponse;
use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use shared::extract::{Query, RowId, Viewer};
use shared::hosts::view::atom;
use shared::usage::prices::table::{Price, of_default_model};
use shared::usage::report::history::{Point, points};
use shared::{App, AppResult, http};

/// What amounts are in where prices do not say.
pub const CURRENCY: &str = "USD";

/// How far back.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// 1 to 180; absent or less: 60.
    days: Option<i64>,
    /// Only this host.
    #[param(inline)]
    host_id: Option<RowId>,
}

/// What each day cost, as its entries were costed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CostHistory {
    days: u32,
    since: Option<String>,
    until: String,
    currency: String,
    /// Of the default model, now.
    pricing: Option<Price>,
    has_pricing: bool,
    points: Vec<Point>,
}

/// Show what each day cost.
#[utoipa::path(get, path = "/admin/usage/cost-history", params(HistoryQuery), responses((status = 200, body = http::Envelope<CostHistory>)))]
pub async fn get_cost_history(_who: Viewer, State(app): State<App>, Query(query): Query<HistoryQuery>) -> AppResult<impl IntoResponse> {
    let days = u32::try_from(query.days.filter(|days| *days >= 1).unwrap_or(60).min(180)).unwrap_or(60);
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let pricing = of_default_model(&mut conn).await?;
    let points = points(&mut conn, now.date_naive(), days, query.host_id.map(|id| id.0)).await?;
    let midnight = |point: &Point| atom(point.day().and_time(NaiveTime::MIN).and_utc());
    Ok(http::ok(CostHistory {
        days,
        since: points.first().map(midnight),
        until: atom(now),
        currency: pricing.as_ref().map_or_else(|| CURRENCY.to_owned(), |price| price.currency().to_owned()),
        has_pricing: pricing.is_some(),
        pricing,
        points,
    }))
}
