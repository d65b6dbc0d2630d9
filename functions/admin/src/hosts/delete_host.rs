use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::audit::Change;
use shared::extract::{Operator, Path};
use shared::hosts::archive::{Reason, archive};
use shared::hosts::edit::lock;
use shared::{App, AppResult, http};

/// The host that is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeletedHost {
    deleted: u64,
}

/// Remove a host: its keys stop working at once. Its history is kept; registering its name brings it back.
#[utoipa::path(delete, path = "/admin/hosts/{id}", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<DeletedHost>)))]
pub async fn delete_host(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let mut change = Change::begin(&app, &who.by).await?;
    let mut host = lock(&mut change, id).await?;
    change.record("admin.host.delete", &host.fqdn, host.facts(), ());
    archive(&mut change, &mut host, app.clock.now(), Reason::Deleted).await?;
    change.commit().await?;
    Ok(http::ok(DeletedHost { deleted: id }))
}
