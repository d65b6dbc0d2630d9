use axum::extract::State;
use axum::response::IntoResponse;
use shared::extract::Viewer;
use shared::hosts::order::{HostCounts, count};
use shared::{App, AppResult, http};

/// Count the hosts of each kind.
#[utoipa::path(get, path = "/admin/hosts/counts", responses((status = 200, body = http::Envelope<HostCounts>)))]
pub async fn count_hosts(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(count(&mut *app.db.acquire().await?).await?))
}
