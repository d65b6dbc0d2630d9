//! What Prometheus reads, on a listener of its own: nothing in it is secret, and none of it is for hosts.

mod fleet;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder};
use shared::App;
use tokio::net::TcpListener;

/// From half a millisecond to eight seconds.
const BUCKETS: [f64; 15] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0];

/// What this process counts.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
}

impl Metrics {
    /// Starts at zero.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let total = Opts::new("codex_auth_http_requests_total", "Requests answered, by method, route and status.");
        let requests = IntCounterVec::new(total, &["method", "route", "status"])?;
        let took = HistogramOpts::new("codex_auth_http_request_duration_seconds", "How long answers took.").buckets(BUCKETS.to_vec());
        let durations = HistogramVec::new(took, &["method", "route"])?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(ProcessCollector::for_self()))?;
        Ok(Self { registry, requests, durations })
    }

    /// Serves `/metrics` for as long as the server runs.
    pub async fn serve(self, listener: TcpListener, app: App) -> io::Result<()> {
        let router = Router::new().route("/metrics", get(metrics)).with_state((Arc::new(self), app));
        axum::serve(listener, router).await
    }
}

/// Counts a request. A route is its pattern and a method one that exists: callers cannot make new series.
pub async fn observe(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let began = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    metrics.requests.with_label_values(&[method, route, response.status().as_str()]).inc();
    metrics.durations.with_label_values(&[method, route]).observe(began.elapsed().as_secs_f64());
    response
}

fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

async fn metrics(State((metrics, app)): State<(Arc<Metrics>, App)>) -> Response {
    let mut all: Vec<MetricFamily> = metrics.registry.gather();
    match fleet::gather(&app).await {
        Ok(fleet) => all.extend(fleet),
        Err(error) => {
            tracing::error!(%error, "the metrics of the fleet could not be made");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    // One without a series is an error to the encoder.
    all.retain(|family| !family.get_metric().is_empty());
    match TextEncoder::new().encode_to_string(&all) {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
