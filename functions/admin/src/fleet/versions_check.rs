use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::Operator;
use shared::hosts::view::atom;
use shared::versions::block::{VersionsBlock, block};
use shared::versions::check;
use shared::{App, AppResult, fleet, http};

/// What upstream offers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AvailableClient {
    version: String,
    updated_at: String,
    /// `github`, or `cache_stale`: upstream does not answer.
    source: &'static str,
}

/// That, and what hosts are told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionsChecked {
    available_client: AvailableClient,
    versions: VersionsBlock,
}

/// Ask upstream for the newest Codex release now. While it does not answer, the answer is what it said before (`cache_stale`).
#[utoipa::path(post, path = "/admin/versions/check", responses((status = 200, body = http::Envelope<VersionsChecked>), (status = 502)))]
pub async fn check_versions(_who: Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let newest = check::newest(&app).await?;
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let versions = block(&app, &fleet, None, Some(&app.config.installation_id)).checked(newest.source);
    let available_client = AvailableClient { version: newest.version, updated_at: atom(newest.at), source: newest.source };
    Ok(http::ok(VersionsChecked { available_client, versions }))
}
