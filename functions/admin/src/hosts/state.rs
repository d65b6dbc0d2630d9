//! Changes to a host that need no more than its id.

use axum::extract::State;
use axum::response::IntoResponse;
use shared::extract::{Operator, Path};
use shared::hosts::edit::edit;
use shared::hosts::register::forget_login;
use shared::{App, AppResult, http};

use super::answer::ChangedHost;

/// Suspend a host: its key is refused, and `cdx` removes its login, until it is resumed.
#[utoipa::path(post, path = "/admin/hosts/{id}/suspend", params(("id" = u64, Path)), responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn suspend_host(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.suspend", |host| {
        "suspended".clone_into(&mut host.status);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Let a suspended host in again.
#[utoipa::path(post, path = "/admin/hosts/{id}/resume", params(("id" = u64, Path)), responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn resume_host(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.resume", |host| {
        "active".clone_into(&mut host.status);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Forget which login a host holds: its next run gets it anew. Its key and address stay.
#[utoipa::path(post, path = "/admin/hosts/{id}/clear", params(("id" = u64, Path)), responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn clear_host(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.clear", |host| {
        forget_login(host);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Forget which addresses a host calls from: its next call binds it again.
#[utoipa::path(post, path = "/admin/hosts/{id}/address/forget", params(("id" = u64, Path)),
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn forget_host_address(Operator(who): Operator, State(app): State<App>, Path(id): Path<u64>) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.forget_address", |host| {
        (host.bound_ipv4, host.bound_ipv6) = (None, None);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
