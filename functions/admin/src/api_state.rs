use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::extract::{Json, Operator, Viewer};
use shared::{App, AppResult, audit, fleet, http};

/// The kill switch.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
pub struct ApiState {
    disabled: bool,
}

/// Whether the host API is switched off.
#[utoipa::path(get, path = "/admin/api/state", responses((status = 200, body = http::Envelope<ApiState>), (status = 401), (status = 403)))]
pub async fn get_api_state(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    Ok(http::ok(ApiState { disabled: fleet::get(&mut conn).await?.api_disabled }))
}

/// Switch the host API off or on.
#[utoipa::path(post, path = "/admin/api/state", request_body = ApiState,
    responses((status = 200, body = http::Envelope<ApiState>), (status = 400), (status = 401), (status = 403), (status = 415), (status = 422)))]
pub async fn set_api_state(Operator(who): Operator, State(app): State<App>, Json(wanted): Json<ApiState>) -> AppResult<impl IntoResponse> {
    let mut tx = app.db.begin().await?;
    fleet::set_api_disabled(&mut tx, wanted.disabled).await?;
    audit::record(&mut tx, app.clock.now(), &who.name, "admin.api.state", "fleet", json!({ "disabled": wanted.disabled })).await?;
    tx.commit().await?;
    Ok(http::ok(wanted))
}
