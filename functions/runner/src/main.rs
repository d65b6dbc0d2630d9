//! The runner as a program of its own, made for a container; with the feature `lambda` also for a container function.

use std::io;
use std::process::ExitCode;

use runner::Settings;
#[cfg(feature = "lambda")]
use shared::config::ConfigError;
use shared::config::variable;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("runner: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    #[cfg(feature = "lambda")]
    if variable("AWS_LAMBDA_RUNTIME_API").is_some() {
        return on_lambda().await.map_err(|error| error.to_string());
    }
    let settings = Settings::from_env().map_err(|error| error.to_string())?;
    let address = variable("RUNNER_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("RUNNER_LISTEN cannot be used: {address}: {error}"))?;
    tracing::info!("listening on {address}");
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    runner::serve(listener, settings, stop).await.map_err(|error| error.to_string())
}

/// Its address is a public one there, so nothing starts without a secret.
#[cfg(feature = "lambda")]
async fn on_lambda() -> Result<(), lambda_http::Error> {
    let vault = shared::secrets::Vault::from_lookup(variable)?.ok_or(ConfigError::Missing("AUTH_RUNNER_SECRET_ARN"))?;
    let secrets = vault.variables().await?;
    let settings = Settings::from_lookup(|name| variable(name).or_else(|| secrets.get(name).cloned()))?;
    if settings.secret.is_none() {
        return Err(ConfigError::Missing("AUTH_RUNNER_SECRET_ARN").into());
    }
    lambda_http::run(runner::router(settings)).await
}
