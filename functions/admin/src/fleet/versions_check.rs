use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::Operator;
use shared::hosts::view::atom;
use shared::versions::block::{VersionsBlock, block};
use shared::versions::github::{Which, refresh};
use shared::{App, AppResult, fleet, http};

/// What upstream offers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AvailableClient {
    version: String,
    updated_at: String,
    source: &'static str,
}

/// That, and what hosts are told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionsChecked {
    available_client: AvailableClient,
    versions: VersionsBlock,
}

/// Ask upstream for the newest Codex release now.
#[utoipa::path(post, path = "/admin/versions/check", responses((status = 200, body = http::Envelope<VersionsChecked>), (status = 502)))]
pub async fn check_versions(_who: Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let version = refresh(&app, Which::Latest).await?;
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let available_client = AvailableClient { version, updated_at: atom(now), source: "github" };
    Ok(http::ok(VersionsChecked { available_client, versions: block(&app, &fleet, None, Some(&app.config.installation_id)) }))
}
