use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::Viewer;
use shared::launch::files::{Holding, holdings};
use shared::{App, AppResult, fleet, http};

/// What the fleet has, and who is behind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Drift {
    /// Of config.toml; 0: there is none.
    config_version: u64,
    /// Of AGENTS.md, slash commands and skills together; rises with each change.
    content_revision: u64,
    /// Hosts that have all of it.
    current: usize,
    /// Hosts that do not, those that were never brought up to date first.
    behind: Vec<Holding>,
}

/// Which hosts have not got the newest configuration and content, and what they have instead.
#[utoipa::path(get, path = "/admin/content/drift", responses((status = 200, body = http::Envelope<Drift>)))]
pub async fn get_drift(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let (config_version, content_revision) = (fleet.config_version, fleet.artifacts_revision);
    let all = holdings(&mut conn).await?;
    let (current, behind): (Vec<_>, Vec<_>) = all.into_iter().partition(|holding| holding.is(config_version, content_revision));
    Ok(http::ok(Drift { config_version, content_revision, current: current.len(), behind }))
}
