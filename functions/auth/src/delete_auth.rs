use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;
use shared::extract::Caller;
use shared::hosts::sql;
use shared::{App, AppResult, audit, http};

/// The host that is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Deleted {
    deleted: String,
}

/// A host removes itself: its keys stop working at once.
#[utoipa::path(delete, path = "/auth", responses((status = 200, body = http::Envelope<Deleted>), (status = 401), (status = 403), (status = 503)))]
pub async fn delete_auth(Caller(who): Caller, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut tx = app.db.begin().await?;
    sql::delete(&mut tx, who.host.id).await?;
    audit::record(&mut tx, app.clock.now(), &who.host.fqdn, "host.delete", &who.host.fqdn, json!({ "initiator": "host_api" })).await?;
    tx.commit().await?;
    Ok(http::ok(Deleted { deleted: who.host.fqdn }))
}
