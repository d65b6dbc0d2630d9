use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Query, Viewer};
use shared::hosts::list::{Filter, ListedHost, list};
use shared::hosts::order::{Only, Sort};
use shared::{App, AppError, AppResult, http};

/// Most hosts of a page.
const MAX_PAGE: u32 = 1000;

/// Which hosts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HostQuery {
    /// Part of the name.
    q: Option<String>,
    /// One of its tags.
    tag: Option<String>,
    /// `active`, `suspended` or `archived`; absent: all but archived ones.
    #[param(inline)]
    status: Option<HostStatus>,
    /// Only this kind.
    #[param(inline)]
    only: Option<Only>,
    /// What to sort by; absent: the name.
    #[param(inline)]
    sort: Option<Sort>,
    /// Start at the other end.
    descending: Option<bool>,
    /// Hosts after the one of this name: `next` of the page before.
    after: Option<String>,
    /// Hosts a page, up to 1000; absent: all.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// A state to filter by.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HostStatus {
    Active,
    Suspended,
    Archived,
}

/// Hosts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HostList {
    hosts: Vec<ListedHost>,
    /// Pass it as `after` for the next page; null: there is none.
    next: Option<String>,
}

/// List the hosts.
#[utoipa::path(get, path = "/admin/hosts", params(HostQuery), responses((status = 200, body = http::Envelope<HostList>)))]
pub async fn list_hosts(_who: Viewer, State(app): State<App>, Query(query): Query<HostQuery>) -> AppResult<impl IntoResponse> {
    if query.limit.is_some_and(|limit| !(1..=MAX_PAGE).contains(&limit)) {
        return Err(AppError::invalid("limit", format!("limit must be from 1 to {MAX_PAGE}")));
    }
    let status = query.status.map(|status| format!("{status:?}").to_lowercase());
    let filter = Filter {
        q: query.q.map(|q| q.to_lowercase()),
        tag: query.tag.map(|t| t.to_lowercase()),
        status,
        only: query.only,
        sort: query.sort.unwrap_or_default(),
        descending: query.descending.unwrap_or_default(),
        after: query.after,
        id: None,
    };
    let (hosts, next) = list(&app, &filter, query.limit).await?;
    Ok(http::ok(HostList { hosts, next }))
}
