//! `local-dev up`: the whole product from nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use clap::builder::ArgPredicate;
use shared::App;
use shared::config::{AdminAccess, ConfigError, variable};
use shared::forwarder::Forwarder;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};

use crate::backup::beside::{self, BackupOptions};
use crate::backup::{BackupError, Place};
use crate::ca::CaError;
use crate::database::{Database, DatabaseError};
use crate::demo::{self, DemoError, Folder};
use crate::greet;
use crate::metrics::Metrics;
use crate::prepare::{self, PrepareError};
use crate::runner;
use crate::server::{self, Listeners};
use crate::settings::{self, Urls};
use crate::state_dir::StateDir;
use crate::tls::{TlsError, TlsOptions};

/// Callers who wait for the next free moment of the server: at nine all begin at once. The usual 128 are soon full, and whoever comes then tries
/// again a second later. The kernel takes at most `net.core.somaxconn` (4096).
const QUEUE: u32 = 4096;

/// Options of `up`.
#[derive(Args, Debug)]
pub struct UpArgs {
    /// Port to serve
    #[arg(long, default_value_t = 8488)]
    pub port: u16,
    /// Address to listen on; anything but a loopback address should have TLS, here or in a proxy
    #[arg(long, env = "LISTEN_ADDRESS", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Folder for the database, the keys and the first owner token
    #[arg(long, default_value = "local-dev/.state", default_value_if("demo", ArgPredicate::IsPresent, "local-dev/.demo"))]
    pub state_dir: PathBuf,
    /// A demo to look around in: hosts and 90 days of history that are made up, nothing outside this machine
    #[arg(long)]
    pub demo: bool,
    /// Another port for administrators: hosts' port does not administer then, and only this one asks for client certificates
    #[arg(long, env = "ADMIN_PORT")]
    pub admin_port: Option<u16>,
    /// Connections at once; whoever comes beyond them waits. Default: what the limit of open files leaves, at most 4096
    #[arg(long, env = "MAX_CONNECTIONS", value_parser = clap::value_parser!(u16).range(32..))]
    pub max_connections: Option<u16>,
    #[command(flatten)]
    pub tls: TlsOptions,
    /// Address and port for Prometheus: /metrics, without a password, so not one that others reach
    #[arg(long, env = "METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub backups: BackupOptions,
    /// Do not open a browser
    #[arg(long)]
    pub no_open: bool,
}

/// Why `up` ends; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// Somebody else listens there.
    #[error("port {0} is in use: stop what listens there, or choose another with --port, --admin-port or --metrics-listen")]
    PortInUse(u16),
    /// The listener failed.
    #[error("{0} cannot be opened: {1}")]
    Listen(SocketAddr, io::Error),
    /// The folder cannot be used.
    #[error("{0} cannot be written ({1}): choose a folder of yours with --state-dir")]
    StateDir(String, io::Error),
    /// Settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody could administer.
    #[error(
        "ADMIN_ACCESS_MODE=mtls needs client certificates: give --tls-generated, or --client-ca with TLS, or ADMIN_CERT_HEADER and TRUSTED_PROXIES"
    )]
    NoCertificates,
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The installation's own authority.
    #[error(transparent)]
    Authority(#[from] CaError),
    /// Metrics.
    #[error("metrics cannot be counted: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The private database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What is in the database.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// A demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// A demo in somebody's database.
    #[error("a demo has a database of its own: unset DATABASE_URL, or start without --demo")]
    DemoDatabase,
    /// A demo in somebody's installation.
    #[error("{0} holds an installation that is no demo: choose another folder with --state-dir")]
    NotADemo(String),
    /// An installation in a demo.
    #[error("{0} holds a demo: start it with --demo, or choose another folder with --state-dir")]
    IsADemo(String),
    /// Copies cannot be made.
    #[error(transparent)]
    Backup(Box<BackupError>),
    /// Serving ended.
    #[error("the server ended: {0}")]
    Serve(io::Error),
}

impl UpArgs {
    /// What is reached by the port, unless a variable says it.
    fn url(&self, port: u16) -> String {
        let scheme = if self.tls.is_on() { "https" } else { "http" };
        let address = if self.listen.is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { self.listen };
        format!("{scheme}://{}", SocketAddr::new(address, port))
    }

    fn urls(&self) -> Urls {
        Urls { public: self.url(self.port), admin: self.admin_port.map(|port| self.url(port)) }
    }
}

/// Runs until Ctrl-C or SIGTERM, then stops the server and its database.
pub async fn run(args: UpArgs) -> Result<(), UpError> {
    let open = Open::all(&args)?;
    let shown = args.state_dir.display().to_string();
    let dir = StateDir::open(&args.state_dir).map_err(|error| UpError::StateDir(shown.clone(), error))?;
    check_folder(&args, &dir, shown)?;
    let database = settings::database(&dir).await?;
    let served = serve(&args, &dir, database.as_ref(), open).await;
    if let Some(database) = database {
        database.stop().await;
    }
    served
}

/// A demo and an installation never share a folder or a database.
fn check_folder(args: &UpArgs, dir: &StateDir, shown: String) -> Result<(), UpError> {
    match (args.demo, Folder::of(dir)) {
        (true, _) if variable("DATABASE_URL").is_some() => Err(UpError::DemoDatabase),
        (true, Folder::Real) => Err(UpError::NotADemo(shown)),
        (false, Folder::Demo(_) | Folder::Half) => Err(UpError::IsADemo(shown)),
        _ => Ok(()),
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, UpError> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let open = socket.and_then(|socket| {
        // As the standard library has it: a port that was closed a moment ago is free.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(QUEUE)
    });
    open.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => UpError::PortInUse(address.port()),
        _ => UpError::Listen(address, error),
    })
}

/// What is listened on, before anything is served.
struct Open {
    main: TcpListener,
    admin: Option<TcpListener>,
    metrics: Option<TcpListener>,
}

impl Open {
    fn all(args: &UpArgs) -> Result<Self, UpError> {
        let main = listen(SocketAddr::new(args.listen, args.port))?;
        let admin = args.admin_port.map(|port| listen(SocketAddr::new(args.listen, port))).transpose()?;
        Ok(Self { main, admin, metrics: args.metrics_listen.map(listen).transpose()? })
    }
}

async fn serve(args: &UpArgs, dir: &StateDir, database: Option<&Database>, open: Open) -> Result<(), UpError> {
    if let Some(database) = database.filter(|_| args.demo) {
        return serve_demo(args, dir, database, open).await;
    }
    let copies = args.backups.open().map_err(Box::new).map_err(UpError::Backup)?;
    let beside = runner::start().await.map_err(UpError::Serve)?;
    let app = settings::app(dir, database, beside.as_ref(), &args.urls())?;
    app.config.check_listener(args.listen)?;
    watch_over(&app, database);
    let through_proxy = app.config.admin_cert_header.is_some() && !app.config.trusted_proxies.is_empty();
    if app.config.admin_access == AdminAccess::Mtls && !args.tls.verifies_clients() && !through_proxy {
        return Err(UpError::NoCertificates);
    }
    let listeners = listeners(args, dir, &app, open)?;
    prepare::database(&app).await?;
    let link = prepare::owner(&app, dir).await?;
    greet::installation(&app, dir, &args.tls, link.as_deref());
    greet::open(link.filter(|_| !args.no_open));
    let place = Place::of(dir, app.clone());
    tokio::select! {
        served = server::serve(app, listeners, stopped()) => served.map_err(UpError::Serve),
        () = beside::forever(&place, copies) => Ok(()),
    }
}

/// What is on another machine can be gone without a word. Systems without abstract sockets do without.
fn watch_over(app: &App, database: Option<&Database>) {
    if database.is_none()
        && let Err(error) = Forwarder::of(&app.db)
    {
        tracing::info!(%error, "a database that falls silent is waited for as long as the system does");
    }
}

async fn serve_demo(args: &UpArgs, dir: &StateDir, database: &Database, open: Open) -> Result<(), UpError> {
    demo::claim(dir, &database.url).await?;
    let outside = demo::start(dir).await.map_err(DemoError::from)?;
    let app = demo::settings::app(dir, database, &outside, &args.urls())?;
    let listeners = listeners(args, dir, &app, open)?;
    prepare::database(&app).await?;
    let is_new = demo::prepare(&app, &outside, dir).await?;
    let link = prepare::owner(&app, dir).await?;
    greet::demo(&app, dir, link.as_deref(), is_new);
    greet::open(link.filter(|_| !args.no_open));
    tokio::select! {
        served = server::serve(app.clone(), listeners, stopped()) => served.map_err(UpError::Serve),
        () = demo::go_on(app, &outside, dir) => Ok(()),
    }
}

fn listeners(args: &UpArgs, dir: &StateDir, app: &App, open: Open) -> Result<Listeners, UpError> {
    let urls = [app.config.public_base_url.as_str(), app.config.admin_base_url.as_str()];
    let Open { main, admin, metrics } = open;
    let metrics = metrics.map(|listener| Ok::<_, prometheus::Error>((listener, Metrics::new()?))).transpose()?;
    let connections = args.max_connections.map(usize::from);
    Ok(Listeners { main, admin, tls: args.tls.open(dir, &urls)?, connections, metrics })
}

pub(crate) async fn stopped() {
    let mut terminate = signal(SignalKind::terminate()).expect("a signal handler can be installed");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
