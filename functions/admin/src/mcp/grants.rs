use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::extract::{Json, Operator, Path, Viewer};
use shared::memories::grants::{Grantee, grant, revoke};
use shared::memories::sql::{Grant, grants};
use shared::memories::{Need, Scope};
use shared::{App, AppError, AppResult, http};

/// Who may use what is shared.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Grants {
    /// By scope.
    grants: Vec<Grant>,
}

/// List who may use memories that are not a host's own. `fleet` also lets a host read what others put below `shared/`.
#[utoipa::path(get, path = "/admin/mcp/grants", responses((status = 200, body = http::Envelope<Grants>)))]
pub async fn list_grants(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(Grants { grants: grants(&mut *app.db.acquire().await?).await? }))
}

/// A grant.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetGrant {
    /// `fleet` or `tag:<tag>`.
    scope: String,
    /// To this host …
    host_id: Option<u64>,
    /// … or to every host with this tag.
    tag: Option<String>,
    /// `read`, or `write` (`read-write`), which includes it.
    access: String,
}

/// Grant a shared scope to a host or to all hosts with a tag, or change what was granted.
#[utoipa::path(post, path = "/admin/mcp/grants", request_body = SetGrant,
    responses((status = 200, body = http::Envelope<Grant>), (status = 404)))]
pub async fn set_grant(Operator(who): Operator, State(app): State<App>, Json(body): Json<SetGrant>) -> AppResult<impl IntoResponse> {
    let scope = Scope::parse(body.scope.trim()).ok_or_else(|| AppError::invalid("scope", "scope must be fleet or tag:<tag>"))?;
    let access = Need::parse(body.access.trim()).ok_or_else(|| AppError::invalid("access", "access must be read or write"))?;
    let to = Grantee::read(body.host_id, body.tag.as_deref())?;
    Ok(http::ok(grant(&app, &who.by, &scope, &to, access).await?))
}

/// What was taken back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Revoked {
    revoked: u64,
}

/// Take a grant back. It counts from the next call.
#[utoipa::path(delete, path = "/admin/mcp/grants/{id}", params(("id" = u64, Path)), responses((status = 200, body = http::Envelope<Revoked>)))]
pub async fn delete_grant(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    if !revoke(&app, &who.by, id).await? {
        return Err(AppError::NotFound("grant"));
    }
    Ok(http::ok(Revoked { revoked: id }))
}
