//! Attributes of a host that are on or off.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Flag, Json, Operator, Path};
use shared::hosts::edit::edit;
use shared::hosts::window;
use shared::{App, AppResult, http};

use super::answer::ChangedHost;

/// May the host?
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Allow {
    allow: Flag,
}

/// Is the host secure?
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Secure {
    secure: Flag,
}

/// Is the host never stopped by quota?
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Vip {
    vip: Flag,
}

/// Does the host use IPv4 only?
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Force {
    force: Flag,
}

/// Let a host change its address, or bind it to the one it has.
#[utoipa::path(post, path = "/admin/hosts/{id}/roaming", params(("id" = u64, Path)), request_body = Allow,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_roaming(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Allow>,
) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.roaming", |host| {
        host.allow_roaming_ips = body.allow.0;
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Make a host secure or insecure. An insecure one starts with a closed window.
#[utoipa::path(post, path = "/admin/hosts/{id}/secure", params(("id" = u64, Path)), request_body = Secure,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_secure(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Secure>,
) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.secure", |host| {
        if host.secure != body.secure.0 {
            window::close(host);
        }
        host.secure = body.secure.0;
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Keep a host running whatever the quota says, or not.
#[utoipa::path(post, path = "/admin/hosts/{id}/vip", params(("id" = u64, Path)), request_body = Vip,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_vip(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Vip>,
) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.vip", |host| {
        host.vip = body.vip.0;
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Keep a host on IPv4. Changing it forgets the addresses the host is bound to.
#[utoipa::path(post, path = "/admin/hosts/{id}/ipv4", params(("id" = u64, Path)), request_body = Force,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_ipv4(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Force>,
) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.force_ipv4", |host| {
        host.force_ipv4 = body.force.0;
        (host.bound_ipv4, host.bound_ipv6) = (None, None);
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}

/// Let a host skip checking the server's certificate; it is warned at each run, and so is whoever lists the hosts. It
/// takes effect with the host's next installer.
#[utoipa::path(post, path = "/admin/hosts/{id}/curl-insecure", params(("id" = u64, Path)), request_body = Allow,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_curl_insecure(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<Allow>,
) -> AppResult<impl IntoResponse> {
    let host = edit(&app, &who.by, id, "admin.host.curl_insecure", |host| {
        host.curl_insecure = body.allow.0;
        Ok(())
    });
    Ok(http::ok(ChangedHost::from(host.await?)))
}
