//! Serving the merged routers.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::{Router, middleware};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use shared::{App, http};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceBuilder;

use crate::metrics::{self, Metrics};
use crate::tls::{self, Tls};

/// How long requests in flight may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Where the server listens, and how.
#[derive(Debug)]
pub struct Listeners {
    /// For hosts, and for administrators where they have no listener of their own.
    pub main: TcpListener,
    /// For administrators, who are not served on `main` then.
    pub admin: Option<TcpListener>,
    /// Of both.
    pub tls: Option<Tls>,
    /// For Prometheus.
    pub metrics: Option<(TcpListener, Metrics)>,
}

/// Serves until `stop` resolves, then finishes the requests in flight. Jobs run beside it.
pub async fn serve(app: App, mut listeners: Listeners, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let (refreshing, log, stopping) = (app.refreshing.clone(), app.clone(), app.stopping.clone());
    let mut beside = JoinSet::new();
    beside.spawn(scheduler::run(app.clone()));
    beside.spawn(async move {
        stop.await;
        stopping.send_replace(true);
    });
    if let Some(tls) = listeners.tls.clone() {
        beside.spawn(tls.watch());
    }
    let counted = listeners.metrics.take().map(|(listener, metrics)| {
        beside.spawn(log_end(metrics.clone().serve(listener, app.clone())));
        metrics
    });
    let served = futures_util::future::try_join_all(listeners.doors(&app, counted.as_ref())).await;
    beside.abort_all();
    // A token that is on its way comes home first.
    refreshing.idle().await;
    shared::mcp::log::flush(&log).await;
    served.map(|_| ())
}

impl Listeners {
    /// With a listener of administrators' own only that one asks for certificates: a browser of anybody else never has to.
    fn doors(self, app: &App, counted: Option<&Metrics>) -> Vec<impl Future<Output = io::Result<()>> + use<>> {
        let (asking, public) = self.tls.map_or((None, None), |tls| (Some(tls.asking), Some(tls.public)));
        let all = crate::api().0;
        let doors = match self.admin {
            None => vec![(self.main, all, asking)],
            Some(admin) => vec![(self.main, crate::without_admin(), public), (admin, all, asking)],
        };
        let open = |(listener, routes, tls)| {
            let service = http::service(routes, app.clone());
            let service = match counted {
                Some(metrics) => service.layer(middleware::from_fn_with_state(metrics.clone(), metrics::observe)),
                None => service,
            };
            door(service, listener, tls, app.stopping.subscribe())
        };
        doors.into_iter().map(open).collect()
    }
}

async fn log_end(served: impl Future<Output = io::Result<()>>) {
    if let Err(error) = served.await {
        tracing::error!(%error, "the listener of the metrics has ended");
    }
}

async fn door(service: Router, listener: TcpListener, tls: Option<RustlsConfig>, mut stopping: watch::Receiver<bool>) -> io::Result<()> {
    let stopped = async move {
        stopping.wait_for(|stopping| *stopping).await.ok();
    };
    match tls {
        None => plain(service, listener, stopped).await,
        Some(config) => encrypted(service, listener, config, stopped).await,
    }
}

async fn plain(service: Router, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

async fn encrypted(
    service: Router,
    listener: TcpListener,
    config: RustlsConfig,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = Router::new().fallback_service(ServiceBuilder::new().map_request(tls::with_peer).service(service));
    let handle = Handle::new();
    let stopping = handle.clone();
    tokio::spawn(async move {
        stop.await;
        stopping.graceful_shutdown(Some(GRACE));
    });
    let server = axum_server::from_tcp_rustls(listener.into_std()?, config)?.handle(handle);
    server.serve(service.into_make_service_with_connect_info::<SocketAddr>()).await
}
