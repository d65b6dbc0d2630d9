use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::extract::{Json, Operator, Path};
use shared::hosts::edit::edit;
use shared::hosts::register::make_temporary;
use shared::{App, AppError, AppResult, http};

use super::answer::ChangedHost;

/// Longest idle time, in minutes: 30 days.
const MAX_IDLE_MINUTES: u16 = 43_200;

/// One of the two, or neither: then the host stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Expiry {
    /// The host goes then, whatever happens.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
    /// The host goes after so many minutes without a call by a person.
    #[schema(minimum = 1, maximum = 43_200)]
    idle_minutes: Option<u16>,
}

/// Say when a host goes: at a time, after idling, or never.
#[utoipa::path(post, path = "/admin/hosts/{id}/expiry", params(("id" = u64, Path)), request_body = Option<Expiry>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_expiry(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Expiry>,
) -> AppResult<impl IntoResponse> {
    let now = app.clock.now();
    if body.expires_at.is_some_and(|at| at <= now || at.timestamp() > MAX_EXPIRY) {
        return Err(AppError::invalid("expires_at", "expires_at must be a time to come, before the year 2100"));
    }
    if body.idle_minutes.is_some_and(|minutes| !(1..=MAX_IDLE_MINUTES).contains(&minutes)) {
        return Err(AppError::invalid("idle_minutes", format!("idle_minutes must be from 1 to {MAX_IDLE_MINUTES}")));
    }
    let host = edit(&app, &who.by, id, "admin.host.expiry", |host| {
        match (body.expires_at, body.idle_minutes) {
            (Some(_), Some(_)) => return Err(AppError::invalid("idle_minutes", "give expires_at or idle_minutes, not both")),
            (None, Some(minutes)) => make_temporary(host, minutes, now),
            (at, None) => (host.expires_at, host.expires_idle_minutes) = (at, None),
        }
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// 2100-01-01T00:00:00Z: later ones are slips of the pen, and databases end somewhere.
const MAX_EXPIRY: i64 = 4_102_444_800;
