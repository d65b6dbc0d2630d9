//! `local-dev up`: the whole product from nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::ArgPredicate;
use rustls::ServerConfig;
use shared::App;
use shared::config::{AdminAccess, ConfigError, variable};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::backup::schedule::{self, Plan};
use crate::backup::{self, BackupError, Copies, Passphrase, Place};
use crate::database::{self, Database, DatabaseError};
use crate::demo::{self, DemoError, Folder};
use crate::prepare::{self, PrepareError};
use crate::runner;
use crate::server;
use crate::settings;
use crate::state_dir::StateDir;
use crate::tls::{self, TlsError, TlsFiles};

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
    /// Serve https with this certificate chain (PEM)
    #[arg(long, env = "TLS_CERT_FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, env = "TLS_KEY_FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Verify the client certificates of this CA (PEM); those that are registered administer
    #[arg(long, env = "ADMIN_CLIENT_CA_FILE", requires = "tls_cert")]
    pub client_ca: Option<PathBuf>,
    /// Make a copy every day, beside the server, into this folder (`local-dev backup --help`)
    #[arg(long, requires = "backup_passphrase_file", conflicts_with = "demo")]
    pub backup_to: Option<PathBuf>,
    /// File with the passphrase that seals copies
    #[arg(long, requires = "backup_to")]
    pub backup_passphrase_file: Option<PathBuf>,
    /// Remove the oldest copies beyond so many
    #[arg(long, requires = "backup_to", value_parser = clap::value_parser!(u16).range(1..))]
    pub backup_keep: Option<u16>,
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
    #[error("{0} cannot be opened: {1}")]
    Listen(SocketAddr, io::Error),
    /// The folder cannot be used.
    #[error("{0} cannot be written ({1}): choose a folder of yours with --state-dir")]
    StateDir(String, io::Error),
    /// Settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody could administer.
    #[error("ADMIN_ACCESS_MODE=mtls needs client certificates: give --client-ca with TLS, or ADMIN_CERT_HEADER and TRUSTED_PROXIES")]
    NoCertificates,
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
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
    fn tls(&self) -> Result<Option<Arc<ServerConfig>>, TlsError> {
        let files = self.tls_cert.clone().zip(self.tls_key.clone());
        let files = files.map(|(certificate, key)| TlsFiles { certificate, key, client_ca: self.client_ca.clone() });
        files.as_ref().map(tls::config).transpose()
    }

    /// What to copy daily, and with which passphrase; what cannot work is said before the server starts.
    fn copies(&self) -> Result<Option<Plan>, UpError> {
        let Some(to) = &self.backup_to else { return Ok(None) };
        let folder = Copies::open(to).map_err(Box::new).map_err(UpError::Backup)?;
        let passphrase = Passphrase::get(self.backup_passphrase_file.as_deref(), true).map_err(Box::new).map_err(UpError::Backup)?;
        Ok(Some(Plan { folder, passphrase, keep: self.backup_keep.map(usize::from), verify: true }))
    }

    /// What hosts reach this server by, unless `PUBLIC_BASE_URL` says it.
    fn base_url(&self) -> String {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        let address = if self.listen.is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { self.listen };
        format!("{scheme}://{}", SocketAddr::new(address, self.port))
    }
}

/// Runs until Ctrl-C or SIGTERM, then stops the server and its database.
pub async fn run(args: UpArgs) -> Result<(), UpError> {
    let tls = args.tls()?;
    let listener = listen(&args).await?;
    let shown = args.state_dir.display().to_string();
    let dir = StateDir::open(&args.state_dir).map_err(|error| UpError::StateDir(shown.clone(), error))?;
    check_folder(&args, &dir, shown)?;
    let database = match variable("DATABASE_URL") {
        Some(_) => None,
        None => Some(database::start(&dir).await?),
    };
    let served = serve(&args, &dir, database.as_ref(), listener, tls).await;
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

async fn listen(args: &UpArgs) -> Result<TcpListener, UpError> {
    let address = SocketAddr::new(args.listen, args.port);
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => UpError::PortInUse(args.port),
        _ => UpError::Listen(address, error),
    })
}

async fn serve(
    args: &UpArgs,
    dir: &StateDir,
    database: Option<&Database>,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
) -> Result<(), UpError> {
    if let Some(database) = database.filter(|_| args.demo) {
        return serve_demo(args, dir, database, listener, tls).await;
    }
    let copies = args.copies()?;
    let beside = runner::start().await.map_err(UpError::Serve)?;
    let app = settings::app(dir, database, beside.as_ref(), &args.base_url())?;
    app.config.check_listener(args.listen)?;
    let through_proxy = app.config.admin_cert_header.is_some() && !app.config.trusted_proxies.is_empty();
    if app.config.admin_access == AdminAccess::Mtls && args.client_ca.is_none() && !through_proxy {
        return Err(UpError::NoCertificates);
    }
    prepare::database(&app).await?;
    let link = prepare::owner(&app, dir).await?;
    greet(&app, dir, link.as_deref());
    open(args, link);
    let place = Place::of(dir, app.clone());
    tokio::select! {
        served = server::serve(app, listener, tls, stopped()) => served.map_err(UpError::Serve),
        () = copy(&place, copies) => Ok(()),
    }
}

/// Makes copies as long as the server runs.
async fn copy(place: &Place, plan: Option<Plan>) {
    match plan {
        Some(plan) => schedule::forever(place, &plan, backup::DAILY).await,
        None => std::future::pending().await,
    }
}

async fn serve_demo(
    args: &UpArgs,
    dir: &StateDir,
    database: &Database,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
) -> Result<(), UpError> {
    demo::claim(dir, &database.url).await?;
    let outside = demo::start(dir).await.map_err(DemoError::from)?;
    let app = demo::settings::app(dir, database, &outside, &args.base_url())?;
    prepare::database(&app).await?;
    let is_new = demo::prepare(&app, &outside, dir).await?;
    let link = prepare::owner(&app, dir).await?;
    greet_demo(&app, dir, link.as_deref(), is_new);
    open(args, link);
    tokio::select! {
        served = server::serve(app.clone(), listener, tls, stopped()) => served.map_err(UpError::Serve),
        () = demo::go_on(app, &outside, dir) => Ok(()),
    }
}

fn greet_demo(app: &App, dir: &StateDir, link: Option<&str>, is_new: bool) {
    let base = &app.config.public_base_url;
    println!("\nThis is a demo of Codex Auth Central, running at {base}");
    match link {
        Some(link) => println!("  look around    {link}"),
        None => println!("  sign in        with another admin token: the one in {} was revoked", dir.path("owner-token").display()),
    }
    println!("  API documents  {base}/docs/");
    println!("\nHosts, people, usage and texts are made up; OpenAI, Codex and the receivers of alerts are stand-ins in this process.");
    if is_new {
        println!("What you change stays: the next start with --demo goes on with it. Remove {} for a new one.", dir.path("").display());
    } else {
        println!("It goes on with what was there. Remove {} for a new one.", dir.path("").display());
    }
    println!("Never give it a real login.\n\nCtrl-C stops the server and its database.");
}

fn open(args: &UpArgs, link: Option<String>) {
    if let Some(link) = link.filter(|_| !args.no_open && variable("DISPLAY").is_some()) {
        tokio::process::Command::new("xdg-open").arg(&link).spawn().ok();
    }
}

fn greet(app: &App, dir: &StateDir, link: Option<&str>) {
    let base = &app.config.public_base_url;
    let token = dir.path("owner-token");
    println!("\nCodex Auth Central is running at {base}");
    println!("  admin page     {base}/admin/");
    match (app.config.admin_access, link) {
        (AdminAccess::Token, Some(link)) => {
            println!("  sign in once   {link}");
            println!("  owner token    {}", token.display());
        }
        (AdminAccess::Token, None) => println!("  sign in        with another admin token: the one in {} was revoked", token.display()),
        (AdminAccess::Mtls, _) => println!("  sign in        with a registered client certificate: local-dev certificate --help"),
        (AdminAccess::Open, _) => println!("  sign in        not needed: whoever is on this machine is an owner (ADMIN_ACCESS_MODE=none)"),
    }
    println!("  API documents  {base}/docs/");
    match &app.config.runner {
        Some(runner) => println!("  runner         {}", runner.url),
        None => println!("  runner         none: logins are not proven before they are used (install codex, or set AUTH_RUNNER_URL)"),
    }
    if app.config.admin_access == AdminAccess::Token && link.is_some() {
        println!("\nNext: give the server a login. On a machine where `codex login` was done, run what this prints:");
        println!("  curl -sS -X POST -H \"Authorization: Bearer $(cat '{}')\" {base}/admin/auth/seed-command", token.display());
    }
    println!("\nCtrl-C stops the server and its database.");
}

pub(crate) async fn stopped() {
    let mut terminate = signal(SignalKind::terminate()).expect("a signal handler can be installed");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
