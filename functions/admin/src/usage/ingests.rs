use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Query, RowId, Viewer};
use shared::usage::report::ingests::{Filter, IngestRow, Sort, page};
use shared::{App, AppResult, http};

use super::cost_history::CURRENCY;
use super::list_usage::most;

/// Which deliveries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IngestQuery {
    /// From 1.
    page: Option<i32>,
    /// 1 to 200; absent: 50.
    per_page: Option<i32>,
    #[param(inline)]
    host_id: Option<RowId>,
    /// Part of the host's name or of the address; digits are also an id.
    q: Option<String>,
    /// `created_at`, `entries`, `total`, `input`, `output`, `cached`, `reasoning`, `cost`, `host`, `client_ip` or `id`; anything else is the first.
    sort: Option<String>,
    /// `asc`; anything else: descending.
    direction: Option<String>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IngestPage {
    items: Vec<IngestRow>,
    total: u64,
    page: u32,
    per_page: u32,
    pages: u64,
    currency: &'static str,
}

/// Page numbers beyond this are this one: nobody turns so many pages.
const MOST_PAGES: u32 = 1_000_000;

/// List deliveries of usage.
#[utoipa::path(get, path = "/admin/usage/ingests", params(IngestQuery), responses((status = 200, body = http::Envelope<IngestPage>)))]
pub async fn list_usage_ingests(_who: Viewer, State(app): State<App>, Query(query): Query<IngestQuery>) -> AppResult<impl IntoResponse> {
    let per_page = most(query.per_page, 50, 200);
    let filter = Filter {
        host_id: query.host_id.map(|id| id.0),
        q: query.q.map(|q| q.trim().to_lowercase()).filter(|q| !q.is_empty()),
        sort: Sort::named(query.sort.as_deref()),
        ascending: query.direction.as_deref() == Some("asc"),
        page: most(query.page, 1, MOST_PAGES),
        per_page,
    };
    let mut conn = app.db.acquire().await?;
    let (items, total) = page(&mut conn, &filter).await?;
    let pages = total.div_ceil(u64::from(per_page)).max(1);
    Ok(http::ok(IngestPage { items, total, page: filter.page, per_page, pages, currency: CURRENCY }))
}
