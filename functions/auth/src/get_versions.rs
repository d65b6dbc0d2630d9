use axum::extract::State;
use axum::response::IntoResponse;
use shared::versions::block::{VersionsBlock, block};
use shared::{App, AppError, AppResult, fleet, http};

/// The versions a host should run. Public, so it names neither the installation nor anything about hosts.
#[utoipa::path(get, path = "/versions", responses((status = 200, body = http::Envelope<VersionsBlock>)))]
pub async fn get_versions(State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    if fleet.api_disabled {
        return Err(AppError::Disabled);
    }
    Ok(http::ok(block(&app, &fleet, None, None)))
}
