//! Serving one listener, in plain or by TLS, within the same limits.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use tokio::net::TcpListener;

use super::body::{Answer, PACE, Paced};
use super::gate::{Caller, Gate};
use super::limits::{self, FIRST};
use super::slots::Slots;
use crate::tls;

/// How long requests in flight may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` resolves, then finishes the requests in flight.
pub async fn serve(
    service: Router,
    listener: TcpListener,
    slots: Slots,
    tls: Option<RustlsConfig>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = service.layer(middleware::from_fn(one)).into_make_service_with_connect_info::<Caller>();
    let handle = Handle::new();
    let stopping = handle.clone();
    tokio::spawn(async move {
        stop.await;
        stopping.graceful_shutdown(Some(GRACE));
    });
    let mut server = Server::<Caller>::from_listener(Gate::new(listener, slots)).handle(handle).first_request_timeout(FIRST);
    limits::set(&mut server);
    match tls {
        // Nobody who has no TLS needs HTTP/2.
        None => server.http1_only().serve(service).await,
        Some(config) => server.acceptor(RustlsAcceptor::new(config).handshake_timeout(FIRST)).serve(service).await,
    }
}

/// One request, from its head to the last byte of its answer.
async fn one(ConnectInfo(caller): ConnectInfo<Caller>, request: Request, next: Next) -> Response {
    let work = caller.pulse.work();
    let late = Arc::new(AtomicBool::new(false));
    let mut request = request.map(|body| paced(body, &late));
    request.extensions_mut().insert(ConnectInfo(caller.address));
    let response = next.run(tls::with_peer(request)).await;
    let response = if late.load(Ordering::Relaxed) { too_slow() } else { response };
    drop(work);
    response.map(|body| Body::new(Answer::new(body, caller.pulse)))
}

fn paced(body: Body, late: &Arc<AtomicBool>) -> Body {
    if body.is_end_stream() { body } else { Body::new(Paced::new(body, PACE, Arc::clone(late))) }
}

/// Whatever the handler made of half a body.
fn too_slow() -> Response {
    let body = r#"{"status":"error","code":"request_timeout","message":"the body came too slowly: send it again"}"#;
    (StatusCode::REQUEST_TIMEOUT, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
