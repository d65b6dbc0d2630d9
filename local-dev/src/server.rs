//! Serving the merged routers.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use shared::versions::github::{Which, refresh};
use shared::{App, http};
use tokio::net::TcpListener;

/// How often the list of Codex releases is asked for.
const RELEASE_CHECK: Duration = Duration::from_hours(3);

/// Serves until `stop` resolves, then finishes the requests in flight.
pub async fn serve(app: App, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    let service = http::service(crate::router().into(), app.clone());
    let releases = tokio::spawn(watch_releases(app));
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stop).await;
    releases.abort();
    served
}

/// Keeps the newest Codex release known; never in a request.
async fn watch_releases(app: App) {
    loop {
        if let Err(error) = refresh(&app, Which::Latest).await {
            tracing::warn!(%error, "the Codex release list was not read");
        }
        tokio::time::sleep(RELEASE_CHECK).await;
    }
}
