use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::Viewer;
use shared::hosts::view::atom;
use shared::hosts::{Host, sql, window};
use shared::{App, AppResult, http};

/// An insecure host and its window.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InsecureHost {
    id: u64,
    fqdn: String,
    /// Its window is open.
    active: bool,
    insecure_enabled_until: Option<String>,
    insecure_window_minutes: Option<u16>,
    secure: bool,
}

/// The insecure hosts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InsecureHosts {
    count: usize,
    active: usize,
    hosts: Vec<InsecureHost>,
}

/// List the insecure hosts, those with an open window first.
#[utoipa::path(get, path = "/admin/hosts/insecure", responses((status = 200, body = http::Envelope<InsecureHosts>)))]
pub async fn list_insecure_hosts(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let now = app.clock.now();
    let shown = |host: Host| InsecureHost {
        id: host.id,
        active: window::is_open(&host, now),
        fqdn: host.fqdn,
        insecure_enabled_until: host.insecure_enabled_until.map(atom),
        insecure_window_minutes: host.insecure_window_minutes,
        secure: host.secure,
    };
    let mut hosts = sql::of_live(&mut conn, |host| (!host.secure).then(|| shown(host))).await?;
    // They come by name, and this keeps that order within both groups.
    hosts.sort_by_key(|host| !host.active);
    Ok(http::ok(InsecureHosts { count: hosts.len(), active: hosts.iter().filter(|host| host.active).count(), hosts }))
}
