//! The access window of an insecure host.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Json, Operator, Path};
use shared::hosts::edit::edit;
use shared::hosts::window;
use shared::{App, AppError, AppResult, http};

use super::answer::ChangedHost;

/// For how long.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct OpenWindow {
    /// Minutes, more than 480 is 480; absent: as long as last time, or 10. Calls by a person start them anew; 0 never does.
    duration_minutes: Option<u32>,
}

/// Open the window of an insecure host: from now, and never shorter than it is open already.
#[utoipa::path(post, path = "/admin/hosts/{id}/insecure/enable", params(("id" = u64, Path)), request_body = Option<OpenWindow>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn open_host_window(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<OpenWindow>,
) -> AppResult<impl IntoResponse> {
    let minutes = body.duration_minutes.map(|minutes| u16::try_from(minutes).unwrap_or(u16::MAX));
    let host = edit(&app, &who.by, id, "admin.host.insecure_enable", |host| {
        if host.secure {
            return Err(AppError::invalid("host", "this host is secure: it has no window"));
        }
        window::open(host, minutes, app.clock.now());
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Close the window of an insecure host at once.
#[utoipa::path(post, path = "/admin/hosts/{id}/insecure/disable", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn close_host_window(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.insecure_disable", |host| {
        window::close(host);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
