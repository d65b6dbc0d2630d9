use axum::extract::State;
use axum::response::IntoResponse;
use shared::extract::Operator;
use shared::versions::rollout::{End, end};
use shared::{App, AppResult, http};

use super::answer::{RolloutState, state};

/// Stop the roll-out: its hosts go back to what the others run.
#[utoipa::path(post, path = "/admin/rollout/stop", responses((status = 200, body = http::Envelope<RolloutState>), (status = 409)))]
pub async fn stop_rollout(Operator(who): Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    end(&app, &who.by, End::Stop).await?;
    Ok(http::ok(state(&app).await?))
}

/// Finish the roll-out: its version becomes the fleet's pin.
#[utoipa::path(post, path = "/admin/rollout/finish", responses((status = 200, body = http::Envelope<RolloutState>), (status = 409)))]
pub async fn finish_rollout(Operator(who): Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    end(&app, &who.by, End::Finish).await?;
    Ok(http::ok(state(&app).await?))
}
