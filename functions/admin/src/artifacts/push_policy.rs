use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::policy::{self, Policy};
use shared::extract::{Json, Operator, Path, Viewer};
use shared::{App, AppResult, fleet, http};

use crate::hosts::answer::ChangedHost;

/// What becomes of what hosts push.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PushPolicy {
    push: Policy,
}

/// The same for one host; null: as the fleet.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct HostPushPolicy {
    push: Option<Policy>,
}

/// Show what becomes of what hosts push.
#[utoipa::path(get, path = "/admin/push-policy", responses((status = 200, body = http::Envelope<PushPolicy>)))]
pub async fn get_push_policy(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let fleet = fleet::get(&mut *app.db.acquire().await?).await?;
    Ok(http::ok(PushPolicy { push: Policy::of(None, &fleet.push_policy) }))
}

/// Choose what becomes of what hosts push: it is taken at once, an operator reviews it, or it is refused.
#[utoipa::path(post, path = "/admin/push-policy", request_body = PushPolicy, responses((status = 200, body = http::Envelope<PushPolicy>)))]
pub async fn set_push_policy(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<PushPolicy>,
) -> AppResult<impl IntoResponse> {
    policy::set_fleet(&app, &who.by, body.push).await?;
    Ok(http::ok(body))
}

/// Choose it for one host.
#[utoipa::path(post, path = "/admin/hosts/{id}/push-policy", params(("id" = u64, Path)), request_body = Option<HostPushPolicy>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_push_policy(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<HostPushPolicy>,
) -> AppResult<impl IntoResponse> {
    let host = policy::set_host(&app, &who.by, id, body.push).await?;
    Ok(http::ok(ChangedHost::from(host)))
}
