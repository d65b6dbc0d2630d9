use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::Viewer;
use shared::hosts::view::{HostBlock, atom};
use shared::hosts::{Host, sql};
use shared::{App, AppResult, fleet, http};

/// One host in the list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListedHost {
    id: u64,
    #[serde(flatten)]
    host: HostBlock,
    curl_insecure: bool,
    created_at: String,
    last_contact_at: Option<String>,
    canonical_digest: Option<String>,
    authed: bool,
    auth_outdated: bool,
}

/// All hosts by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HostList {
    hosts: Vec<ListedHost>,
}

/// List the hosts.
#[utoipa::path(get, path = "/admin/hosts", responses((status = 200, body = http::Envelope<HostList>), (status = 401), (status = 403)))]
pub async fn list_hosts(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let current = fleet::get(&mut conn).await?.auth_generation;
    let hosts = sql::list(&mut conn).await?;
    let listed = |host: &Host| ListedHost {
        id: host.id,
        curl_insecure: host.curl_insecure,
        created_at: atom(host.created_at),
        last_contact_at: host.last_contact_at.map(atom),
        canonical_digest: host.view_digest.clone(),
        authed: host.view_digest.is_some(),
        auth_outdated: current > 0 && host.view_generation != current,
        host: HostBlock::from(host),
    };
    Ok(http::ok(HostList { hosts: hosts.iter().map(listed).collect() }))
}
