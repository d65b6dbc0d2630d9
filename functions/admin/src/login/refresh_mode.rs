use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::auth::mode::{self, RefreshMode};
use shared::extract::{Json, Owner};
use shared::{App, AppResult, http};

/// What hosts get instead of the refresh token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetRefreshMode {
    mode: RefreshMode,
}

/// The mode, and what it risks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefreshModeSet {
    mode: RefreshMode,
    warning: Option<&'static str>,
}

/// Choose who spends the refresh token: this server (broker), or each host (direct). After going back to broker, rotate
/// the login: hosts that had the token still have it.
#[utoipa::path(post, path = "/admin/auth/refresh-mode", request_body = SetRefreshMode,
    responses((status = 200, body = http::Envelope<RefreshModeSet>)))]
pub async fn set_refresh_mode(Owner(who): Owner, State(app): State<App>, Json(body): Json<SetRefreshMode>) -> AppResult<impl IntoResponse> {
    mode::set(&app, &who.by, body.mode).await?;
    let warning = match body.mode {
        RefreshMode::Broker => None,
        RefreshMode::Direct => {
            Some("every host gets the refresh token itself: two that spend it, or a logout on one, end the login of all")
        }
    };
    Ok(http::ok(RefreshModeSet { mode: body.mode, warning }))
}
