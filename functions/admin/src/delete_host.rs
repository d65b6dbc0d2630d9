use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;
use shared::extract::{Operator, Path};
use shared::hosts::sql;
use shared::{App, AppError, AppResult, audit, http};

/// The host that is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeletedHost {
    deleted: u64,
}

/// Remove a host: its keys stop working at once.
#[utoipa::path(delete, path = "/admin/hosts/{id}", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<DeletedHost>), (status = 401), (status = 403), (status = 404)))]
pub async fn delete_host(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let mut tx = app.db.begin().await?;
    let host = sql::find(&mut tx, id).await?.ok_or(AppError::NotFound("host"))?;
    sql::delete(&mut tx, id).await?;
    audit::record(&mut tx, app.clock.now(), &who.name, "admin.host.delete", &host.fqdn, json!({ "id": id })).await?;
    tx.commit().await?;
    Ok(http::ok(DeletedHost { deleted: id }))
}
