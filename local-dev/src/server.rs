//! Serving the merged routers.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use shared::{App, http};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

use crate::tls;

/// How long requests in flight may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` resolves, then finishes the requests in flight. Jobs run beside it.
pub async fn serve(
    app: App,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (router, _) = crate::api();
    let service = http::service(router, app.clone());
    let (refreshing, log) = (app.refreshing.clone(), app.clone());
    let stopping = app.stopping.clone();
    let stop = async move {
        stop.await;
        stopping.send_replace(true);
    };
    let jobs = tokio::spawn(scheduler::run(app));
    let served = match tls {
        None => plain(service, listener, stop).await,
        Some(config) => encrypted(service, listener, config, stop).await,
    };
    jobs.abort();
    // A token that is on its way comes home first.
    refreshing.idle().await;
    shared::mcp::log::flush(&log).await;
    served
}

async fn plain(service: Router, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

async fn encrypted(
    service: Router,
    listener: TcpListener,
    config: Arc<ServerConfig>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = Router::new().fallback_service(ServiceBuilder::new().map_request(tls::with_peer).service(service));
    let handle = Handle::new();
    let stopping = handle.clone();
    tokio::spawn(async move {
        stop.await;
        stopping.graceful_shutdown(Some(GRACE));
    });
    let server = axum_server::from_tcp_rustls(listener.into_std()?, RustlsConfig::from_config(config))?.handle(handle);
    server.serve(service.into_make_service_with_connect_info::<SocketAddr>()).await
}
