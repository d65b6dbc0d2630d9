//! The log, and traces for a collector where the standard variables name one.

use std::io::IsTerminal;

use clap::ValueEnum;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use shared::config::variable;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt};

/// How lines of the log look.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is exported; spans on their way are sent when it is closed.
#[derive(Debug, Default)]
pub struct Telemetry(Option<SdkTracerProvider>);

/// Starts the log on stderr. `usual` filters it unless `RUST_LOG` says otherwise.
pub fn start(usual: &str, format: LogFormat) -> Result<Telemetry, ExporterBuildError> {
    let traces = exports_traces().then(provider).transpose()?;
    let exported = traces.as_ref().map(|provider| {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("codex-auth-central"));
        layer.with_filter(EnvFilter::new("info,hyper=off,h2=off,reqwest=off,opentelemetry=off"))
    });
    tracing_subscriber::registry().with(log(usual, format)).with(exported).init();
    Ok(Telemetry(traces))
}

fn log(usual: &str, format: LogFormat) -> impl tracing_subscriber::Layer<Registry> + use<> {
    let filter = EnvFilter::try_from_env("RUST_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    }
    .with_filter(filter)
}

/// The variables of OpenTelemetry's specification; the exporter reads the rest of them itself.
fn exports_traces() -> bool {
    let disabled = variable("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let none = variable("OTEL_TRACES_EXPORTER").is_some_and(|text| text == "none");
    let endpoint = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT"));
    endpoint.is_some() && !disabled && !none
}

fn provider() -> Result<SdkTracerProvider, ExporterBuildError> {
    // Its client has no cryptography of its own.
    rustls::crypto::ring::default_provider().install_default().ok();
    let exporter = SpanExporter::builder().with_http().build()?;
    let name = variable("OTEL_SERVICE_NAME").unwrap_or_else(|| "codex-auth-central".to_owned());
    let resource = Resource::builder().with_service_name(name).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

impl Telemetry {
    /// Sends what is on its way.
    pub fn close(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            eprintln!("local-dev: the last traces were not delivered: {error}");
        }
    }
}
