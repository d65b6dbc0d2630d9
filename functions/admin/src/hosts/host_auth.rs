use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Path, Query, Viewer};
use shared::hosts::sql;
use shared::hosts::view::HostBlock;
use shared::{App, AppError, AppResult, fleet, http};

/// Old clients may ask for the login itself here.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuthQuery {
    /// Refused when it is on: use `POST /admin/auth/reveal`.
    include_body: Option<String>,
}

/// What a host holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HostAuth {
    host: HostBlock,
    canonical_last_refresh: Option<String>,
    /// Of this host's view of the login.
    canonical_digest: Option<String>,
    auth_outdated: bool,
    api_calls: u64,
}

/// Show which login a host holds, never the login itself.
#[utoipa::path(get, path = "/admin/hosts/{id}/auth", params(("id" = u64, Path), AuthQuery), responses((status = 200, body = http::Envelope<HostAuth>)))]
pub async fn get_host_auth(
    _who: Viewer,
    State(app): State<App>,
    Path(id): Path<u64>,
    Query(query): Query<AuthQuery>,
) -> AppResult<impl IntoResponse> {
    if query.include_body.is_some_and(|text| !matches!(text.to_lowercase().as_str(), "" | "0" | "false" | "no" | "off")) {
        return Err(AppError::refused("reveal_required", "the login is shown only by POST /admin/auth/reveal, to an owner who says why"));
    }
    let mut conn = app.db.acquire().await?;
    let current = fleet::get(&mut conn).await?.auth_generation;
    let host = sql::find(&mut conn, id).await?.ok_or(AppError::NotFound("host"))?;
    Ok(http::ok(HostAuth {
        canonical_last_refresh: host.last_refresh.clone(),
        canonical_digest: host.view_digest.clone(),
        auth_outdated: current > 0 && host.view_generation != current,
        api_calls: host.api_calls,
        host: HostBlock::from(&host),
    }))
}
