use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::audit::Change;
use shared::extract::Caller;
use shared::hosts::archive::{Reason, archive};
use shared::hosts::edit::lock;
use shared::{App, AppResult, http};

/// The host that is gone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Deleted {
    deleted: String,
}

/// A host removes itself: its keys stop working at once. `?force=1` works from an address it is not bound to.
#[utoipa::path(delete, path = "/auth", responses((status = 200, body = http::Envelope<Deleted>)))]
pub async fn delete_auth(Caller(caller): Caller, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut change = Change::begin(&app, &caller.by).await?;
    let mut host = lock(&mut change, caller.who.host.id).await?;
    change.record("host.delete", &host.fqdn, host.facts(), ());
    archive(&mut change, &mut host, app.clock.now(), Reason::Left).await?;
    change.commit().await?;
    Ok(http::ok(Deleted { deleted: host.fqdn }))
}
