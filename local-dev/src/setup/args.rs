//! What can be said on the command line. What is not said is asked, or stays as it is.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of `setup`.
#[derive(Args, Debug, Default)]
#[command(
    after_help = "A second run keeps every value and secret and changes what it is told. Secrets go into files (0600) and are never shown.\n\
    docs/SETUP.md has whole examples."
)]
pub struct SetupArgs {
    /// Where it runs
    #[arg(long, value_enum)]
    pub home: Option<Home>,
    /// Folder of the database, keys, certificates and backups
    #[arg(long, value_name = "FOLDER")]
    pub data_folder: Option<String>,
    /// Address that hosts use; it is written into every installer
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Address that administrators use
    #[arg(long, value_name = "URL")]
    pub admin_url: Option<String>,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<IpAddr>,
    /// Port to listen on
    #[arg(long)]
    pub port: Option<u16>,
    /// Networks of proxies in front, comma-separated
    #[arg(long, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
    #[command(flatten)]
    pub certificates: CertificateArgs,
    /// Where the data is kept
    #[arg(long, value_enum)]
    pub database: Option<DatabaseKind>,
    /// File whose first line is the address of a database of yours, `mysql://user:password@host:3306/name`
    #[arg(long, value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,
    /// Do not try the database now
    #[arg(long)]
    pub skip_database_check: bool,
    #[command(flatten)]
    pub keeping: KeepingArgs,
    /// Prove logins with a real Codex before hosts get them
    #[arg(long, value_enum)]
    pub runner: Option<YesNo>,
    /// Take over what has a place here from the .env of the installation this one replaces
    #[arg(long, value_name = "FILE")]
    pub from_env: Option<PathBuf>,
    /// The file that is written. Default: .env for a process, local-dev/.env for compose
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// Ask nothing: what is not given stays as it is, or gets its default
    #[arg(long)]
    pub non_interactive: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Certificates: the server's and administrators'.
#[derive(Args, Debug, Default)]
pub struct CertificateArgs {
    /// Who encrypts the connections
    #[arg(long, value_enum)]
    pub tls: Option<TlsMode>,
    /// Whom Let's Encrypt writes to when a certificate is about to expire
    #[arg(long, value_name = "ADDRESS")]
    pub acme_email: Option<String>,
    /// Your certificate chain (PEM); it is checked and copied
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key (PEM); it is copied, readable by its owner only
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Whether administrators need a client certificate
    #[arg(long, value_enum)]
    pub admin_certificates: Option<Demand>,
    /// CA that signs administrators' certificates (PEM). Default: a CA made here
    #[arg(long, value_name = "FILE")]
    pub admin_ca: Option<PathBuf>,
    /// Person that the first client certificate is for
    #[arg(long, value_name = "NAME")]
    pub admin_name: Option<String>,
}

/// What is kept, and for how long.
#[derive(Args, Debug, Default)]
pub struct KeepingArgs {
    /// Days for which rows of usage are kept; sums by day stay for ever
    #[arg(long, value_name = "DAYS")]
    pub usage_days: Option<String>,
    /// Days for which deliveries of usage are kept
    #[arg(long, value_name = "DAYS")]
    pub delivery_days: Option<String>,
    /// Days without use after which a host is archived, at most 60; 0: never
    #[arg(long, value_name = "DAYS")]
    pub inactivity_days: Option<String>,
    /// Whether backups are made
    #[arg(long, value_enum)]
    pub backups: Option<YesNo>,
    /// Folder of the backups
    #[arg(long, value_name = "FOLDER")]
    pub backup_folder: Option<String>,
    /// Time between two backups, like 24h or 90m
    #[arg(long, value_name = "TIME")]
    pub backup_every: Option<String>,
    /// How many backups are kept
    #[arg(long, value_name = "COUNT")]
    pub backup_keep: Option<String>,
}

/// Where it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Home {
    /// One process, started by local-dev/up
    #[default]
    Process,
    /// Containers, started by docker compose
    Compose,
}

/// Who encrypts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TlsMode {
    /// Nobody here: this machine only, or a proxy of yours in front
    #[default]
    None,
    /// Caddy, with certificates of Let's Encrypt that renew themselves; compose only
    Acme,
    /// A certificate and key that you have
    Files,
    /// A certificate of a CA made here, for names that only you know; hosts are given its CA
    Generated,
}

/// Whether something is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Demand {
    /// Tokens only
    #[default]
    Off,
    /// A registered certificate or a token
    Optional,
    /// A registered certificate, and nothing else
    Required,
}

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DatabaseKind {
    /// A MariaDB of its own in the data folder; process only
    Private,
    /// MySQL 8 of the stack; compose only
    Mysql,
    /// MariaDB of the stack; compose only
    Mariadb,
    /// One that you have
    Own,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    /// Yes
    Yes,
    /// No
    No,
}

impl From<bool> for YesNo {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}
