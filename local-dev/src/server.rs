//! Serving the merged routers.

mod body;
mod door;
mod gate;
mod limits;
mod pulse;
mod slots;
mod watched;

use std::future::Future;
use std::io;

use axum::middleware;
use shared::{App, http};
use slots::Slots;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::metrics::{self, Metrics};
use crate::tls::Tls;

/// Where the server listens, and how.
#[derive(Debug)]
pub struct Listeners {
    /// For hosts, and for administrators where they have no listener of their own.
    pub main: TcpListener,
    /// For administrators, who are not served on `main` then.
    pub admin: Option<TcpListener>,
    /// Of both.
    pub tls: Option<Tls>,
    /// How many connections both may have; `None`: as many as files may be open.
    pub connections: Option<usize>,
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
        let connections = slots::of_this_process(self.connections);
        let doors = match self.admin {
            None => vec![(self.main, all, asking, connections)],
            // However many hosts call, administrators get in.
            Some(admin) => {
                let few = connections / 8;
                vec![(self.main, crate::without_admin(), public, connections - few), (admin, all, asking, few)]
            }
        };
        let open = |(listener, routes, tls, connections)| {
            let service = http::service(routes, app.clone());
            let service = match counted {
                Some(metrics) => service.layer(middleware::from_fn_with_state(metrics.clone(), metrics::observe)),
                None => service,
            };
            let mut stopping = app.stopping.subscribe();
            let stopped = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
            door::serve(service, listener, Slots::new(connections, app.config.trusted_proxies.clone()), tls, stopped)
        };
        doors.into_iter().map(open).collect()
    }
}

async fn log_end(served: impl Future<Output = io::Result<()>>) {
    if let Err(error) = served.await {
        tracing::error!(%error, "the listener of the metrics has ended");
    }
}
