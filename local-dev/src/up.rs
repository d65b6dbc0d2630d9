//! `local-dev up`: the whole product from nothing.

use std::io;
use std::path::PathBuf;

use clap::Args;
use shared::config::{Config, ConfigError, variable};
use shared::crypto::Keyring;
use shared::{App, random};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::database::{self, Database, DatabaseError};
use crate::prepare::{self, PrepareError};
use crate::server;
use crate::state_dir::StateDir;

/// Options of `up`.
#[derive(Args, Debug)]
pub struct UpArgs {
    /// Port on 127.0.0.1 to serve
    #[arg(long, default_value_t = 8488)]
    pub port: u16,
    /// Folder for the database, the keys and the first owner token
    #[arg(long, default_value = "local-dev/.state")]
    pub state_dir: PathBuf,
    /// Do not open a browser
    #[arg(long)]
    pub no_open: bool,
}

/// Why `up` ends; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// Somebody else listens there.
    #[error("port {0} is in use: stop what listens there, or choose another with --port")]
    PortInUse(u16),
    /// The listener failed.
    #[error("port {0} cannot be opened: {1}")]
    Port(u16, io::Error),
    /// The folder cannot be used.
    #[error("{0} cannot be written ({1}): choose a folder of yours with --state-dir")]
    StateDir(String, io::Error),
    /// Settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The private database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What is in the database.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Serving ended.
    #[error("the server ended: {0}")]
    Serve(io::Error),
}

/// Runs until Ctrl-C or SIGTERM, then stops the server and its database.
pub async fn run(args: UpArgs) -> Result<(), UpError> {
    let listener = listen(args.port).await?;
    let shown = args.state_dir.display().to_string();
    let dir = StateDir::open(&args.state_dir).map_err(|error| UpError::StateDir(shown.clone(), error))?;
    let database = match variable("DATABASE_URL") {
        Some(_) => None,
        None => Some(database::start(&dir).await?),
    };
    let served = serve(&args, &dir, database.as_ref(), listener).await;
    if let Some(database) = database {
        database.stop().await;
    }
    served
}

async fn listen(port: u16) -> Result<TcpListener, UpError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => UpError::PortInUse(port),
        _ => UpError::Port(port, error),
    })
}

async fn serve(args: &UpArgs, dir: &StateDir, database: Option<&Database>, listener: TcpListener) -> Result<(), UpError> {
    let app = app(args.port, dir, database)?;
    prepare::database(&app).await?;
    let link = prepare::owner(&app, dir).await?;
    greet(&app, dir, &link);
    if !args.no_open && variable("DISPLAY").is_some() {
        tokio::process::Command::new("xdg-open").arg(&link).spawn().ok();
    }
    server::serve(app, listener, stopped()).await.map_err(UpError::Serve)
}

/// Settings: the environment first, then what the state folder keeps.
fn app(port: u16, dir: &StateDir, database: Option<&Database>) -> Result<App, UpError> {
    let keep = |name: &str, make: fn() -> String| {
        dir.read_or(name, make).map_err(|error| UpError::StateDir(dir.path("").display().to_string(), error))
    };
    let (key, installation) = (keep("encryption-key", Keyring::generate)?, keep("installation-id", random::uuid)?);
    let config = Config::from_lookup(|name| {
        variable(name).or_else(|| match name {
            "DATABASE_URL" => database.map(|d| d.url.clone()),
            "AUTH_ENCRYPTION_KEY" => Some(key.clone()),
            "INSTALLATION_ID" => Some(installation.clone()),
            "PUBLIC_BASE_URL" => Some(format!("http://127.0.0.1:{port}")),
            _ => None,
        })
    })?;
    Ok(App::new(config).map_err(PrepareError::Unreachable)?)
}

fn greet(app: &App, dir: &StateDir, link: &str) {
    let base = &app.config.public_base_url;
    let token = dir.path("owner-token");
    println!("\nCodex Auth Central is running at {base}");
    println!("  admin page     {base}/admin/");
    println!("  sign in once   {link}");
    println!("  owner token    {}", token.display());
    println!("\nNext: give the server a login. On a machine where `codex login` was done, run what this prints:");
    println!("  curl -sS -X POST -H \"Authorization: Bearer $(cat '{}')\" {base}/admin/auth/seed-command", token.display());
    println!("\nCtrl-C stops the server and its database.");
}

async fn stopped() {
    let mut terminate = signal(SignalKind::terminate()).expect("a signal handler can be installed");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
