use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Json, Operator};
use shared::hosts::labels;
use shared::versions::check;
use shared::versions::rollout::{Reach, start};
use shared::{App, AppError, AppResult, http, versions};

use super::answer::{RolloutState, state};

/// What goes to whom: `percent` or `tag`, one of the two.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct StartRollout {
    /// Like 0.170.0.
    #[schema(max_length = 64)]
    version: String,
    /// So many hosts of a hundred. A higher one of the same version adds hosts and takes none away.
    #[schema(minimum = 1, maximum = 100)]
    percent: Option<u8>,
    /// The hosts with this tag.
    #[schema(max_length = 32)]
    tag: Option<String>,
}

/// Start a roll-out, or change whom the running one of this version reaches. One of another version is replaced. Hosts that are pinned
/// themselves are never in it. It stops by itself when the version fails clearly more often than the one before.
#[utoipa::path(post, path = "/admin/rollout", request_body = StartRollout,
    responses((status = 200, body = http::Envelope<RolloutState>), (status = 409), (status = 502)))]
pub async fn start_rollout(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<StartRollout>,
) -> AppResult<impl IntoResponse> {
    let version = versions::normalise(&body.version)
        .filter(|version| versions::is_release(version))
        .ok_or_else(|| AppError::invalid("version", "version must be like 0.170.0"))?;
    let reach = reach(body.percent, body.tag.as_deref())?;
    check::ensure(&app, "version", &version).await?;
    start(&app, &who.by, &version, &reach).await?;
    Ok(http::ok(state(&app).await?))
}

fn reach(percent: Option<u8>, tag: Option<&str>) -> AppResult<Reach> {
    match (percent, tag) {
        (Some(percent @ 1..=100), None) => Ok(Reach::Percent(percent)),
        (Some(_), None) => Err(AppError::invalid("percent", "percent must be from 1 to 100")),
        (None, Some(tag)) => {
            let tag = labels::store([tag]).map_err(|why| AppError::invalid("tag", why))?;
            if tag.is_empty() { Err(AppError::invalid("tag", "tag must not be blank")) } else { Ok(Reach::Tag(tag)) }
        }
        _ => Err(AppError::invalid("percent", "give percent or tag, one of the two")),
    }
}
