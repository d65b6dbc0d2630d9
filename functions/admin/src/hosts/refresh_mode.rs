use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::auth::mode::RefreshMode;
use shared::extract::{Json, Owner, Path};
use shared::hosts::edit::edit;
use shared::hosts::register::forget_login;
use shared::{App, AppResult, http};

use super::answer::ChangedHost;

/// What this host gets instead of the refresh token; null or absent: as the fleet.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct HostRefreshMode {
    mode: Option<RefreshMode>,
}

/// Give one host the refresh token itself (direct), a handle (broker), or what the fleet has. A direct host that spends
/// the token, or logs out, ends the login of all others.
#[utoipa::path(post, path = "/admin/hosts/{id}/refresh-mode", params(("id" = u64, Path)), request_body = Option<HostRefreshMode>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_refresh_mode(
    Owner(who): Owner,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<HostRefreshMode>,
) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.refresh_mode", |host| {
        host.refresh_mode_override = body.mode.map(|mode| mode.name().to_owned());
        forget_login(host);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
