use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::audit::Change;
use shared::extract::{Flag, Json, Operator, Viewer};
use shared::{App, AppResult, fleet, http};

/// The kill switch.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ApiState {
    disabled: bool,
}

/// The switch as it should be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetApiState {
    disabled: Flag,
}

/// Whether the host API is switched off.
#[utoipa::path(get, path = "/admin/api/state", responses((status = 200, body = http::Envelope<ApiState>)))]
pub async fn get_api_state(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    Ok(http::ok(ApiState { disabled: fleet::get(&mut conn).await?.api_disabled }))
}

/// Switch the host API off or on.
#[utoipa::path(post, path = "/admin/api/state", request_body = SetApiState,
    responses((status = 200, body = http::Envelope<ApiState>)))]
pub async fn set_api_state(Operator(who): Operator, State(app): State<App>, Json(body): Json<SetApiState>) -> AppResult<impl IntoResponse> {
    let wanted = ApiState { disabled: body.disabled.0 };
    let mut change = Change::begin(&app, &who.by).await?;
    let before = fleet::get(&mut change).await?.api_disabled;
    fleet::set_api_disabled(&mut change, wanted.disabled).await?;
    change.record("admin.api.state", "fleet", ApiState { disabled: before }, &wanted);
    change.commit().await?;
    Ok(http::ok(wanted))
}
