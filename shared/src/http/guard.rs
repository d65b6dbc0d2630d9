//! What every request passes before its handler: who is there, the table of routes, limits, and the rules of its door.

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

use super::RequestId;
use crate::access::matrix::{Access, Declared, declared};
use crate::access::{Principal, recognise};
use crate::client::{Client, Peer};
use crate::hosts::gate;
use crate::{App, AppError, AppResult, limits};

/// Lets a request in, or answers it with the refusal.
pub async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Err(error) = enter(&app, &mut request).await {
        return error.into_response();
    }
    let needs_login = request.extensions().get::<Principal>().and_then(|who| who.needs_login.clone());
    let mut response = next.run(request).await;
    let banner = needs_login.and_then(|code| HeaderValue::from_str(&code).ok());
    response.headers_mut().extend(banner.map(|code| (NEEDS_LOGIN, code)));
    response
}

/// On every answer to an administrator while the fleet's login cannot be renewed; its value says why.
const NEEDS_LOGIN: HeaderName = HeaderName::from_static("x-needs-login");

/// Leaves what handlers ask for in the request: [`Client`], and the [`gate::Admitted`] host or the principal.
async fn enter(app: &App, request: &mut Request) -> AppResult<()> {
    let client = client(app, request)?;
    let path = request.uri().path();
    let is_ours = path == "/admin" || path.starts_with("/admin/") || path == "/healthz" || path == "/readyz";
    if !is_ours {
        limits::request(app, client.address).await?;
    }
    if let Some(access) = access(request)? {
        match access {
            Access::Public | Access::Page | Access::Link | Access::Handle => {}
            Access::Host(door) => {
                let admitted = gate::enter(app, &client, door, request.headers(), request.uri().query()).await?;
                request.extensions_mut().insert(admitted);
            }
            Access::Admin(role) => {
                let principal = recognise(app, &client, request.method(), request.headers()).await?;
                if principal.role < role {
                    return Err(AppError::refused("role_required", format!("this needs the role {}", role.name())));
                }
                only_json(request)?;
                request.extensions_mut().insert(principal);
            }
        }
    }
    request.extensions_mut().insert(client);
    Ok(())
}

/// `None`: no route has this path, and the fallback says so.
fn access(request: &Request) -> AppResult<Option<Access>> {
    let Some(path) = request.extensions().get::<MatchedPath>() else { return Ok(None) };
    match declared(request.method(), path.as_str()) {
        Declared::Access(access) => Ok(Some(access)),
        Declared::OtherMethods(allow) => Err(AppError::MethodNotAllowed { allow }),
        Declared::Nothing => Err(AppError::refused("route_closed", "this route is not open to anybody")),
    }
}

/// A form of another site can be posted without asking us first; JSON cannot.
fn only_json(request: &Request) -> AppResult<()> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if request.method().is_safe() || kind.is_none_or(crate::extract::is_json) {
        return Ok(());
    }
    Err(AppError::UnsupportedMediaType("application/json"))
}

fn client(app: &App, request: &Request) -> AppResult<Client> {
    let peer = peer(request).ok_or_else(|| AppError::internal("the listener does not say who is connected"))?;
    let id = request.extensions().get::<RequestId>().map_or_else(String::new, |RequestId(id)| id.clone());
    let config = &app.config;
    Ok(Client::of(peer, request.headers(), &config.trusted_proxies, config.admin_cert_header.as_ref(), id))
}

/// A listener that verifies client certificates leaves a [`Peer`]; a plain one its [`ConnectInfo`]; API Gateway its context.
fn peer(request: &Request) -> Option<Peer> {
    let all = request.extensions();
    if let Some(peer) = all.get::<Peer>() {
        return Some(*peer);
    }
    #[cfg(feature = "lambda")]
    if let Some(context) = all.get::<lambda_http::request::RequestContext>() {
        return crate::lambda::peer(context);
    }
    all.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(at)| Peer { address: at.ip(), certificate: None })
}
