use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::audit::Change;
use shared::extract::{Flag, Json, Operator, Viewer};
use shared::{App, AppResult, fleet, http};

/// Whether `cdx` prints errors only.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CdxSilent {
    silent: bool,
}

/// The switch as it should be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetCdxSilent {
    silent: Flag,
}

/// Whether `cdx` prints errors only, on every host.
#[utoipa::path(get, path = "/admin/cdx-silent", responses((status = 200, body = http::Envelope<CdxSilent>)))]
pub async fn get_cdx_silent(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    Ok(http::ok(CdxSilent { silent: fleet::get(&mut conn).await?.cdx_silent }))
}

/// Let `cdx` print errors only, or everything.
#[utoipa::path(post, path = "/admin/cdx-silent", request_body = SetCdxSilent,
    responses((status = 200, body = http::Envelope<CdxSilent>)))]
pub async fn set_cdx_silent(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<SetCdxSilent>,
) -> AppResult<impl IntoResponse> {
    let wanted = CdxSilent { silent: body.silent.0 };
    let mut change = Change::begin(&app, &who.by).await?;
    let before = fleet::get(&mut change).await?.cdx_silent;
    fleet::set_cdx_silent(&mut change, wanted.silent).await?;
    change.record("admin.cdx_silent", "fleet", CdxSilent { silent: before }, &wanted);
    change.commit().await?;
    Ok(http::ok(wanted))
}
