//! What setup knows when every question is answered.

use std::net::IpAddr;
use std::path::PathBuf;

use super::args::{DatabaseKind, Demand};
use super::layout::Layout;

/// All answers, each one checked.
#[derive(Debug)]
pub struct Answers {
    /// The data folder as the file names it.
    pub data: String,
    /// What lies where in it.
    pub layout: Layout,
    /// Address that hosts use.
    pub public_url: String,
    /// Address that administrators use.
    pub admin_url: String,
    /// Where to listen.
    pub listen: IpAddr,
    /// The port there.
    pub port: u16,
    /// Proxies that are believed.
    pub trusted_proxies: Option<String>,
    /// Who encrypts.
    pub tls: Tls,
    /// How administrators are known.
    pub admins: Administrators,
    /// Where data is kept.
    pub database: Database,
    /// Days of usage.
    pub usage_days: String,
    /// Days of deliveries.
    pub delivery_days: String,
    /// Days until a host is archived.
    pub inactivity_days: String,
    /// Whether logins are proven.
    pub runner: bool,
    /// Backups, if any.
    pub backups: Option<Backups>,
}

/// Who encrypts.
#[derive(Debug, PartialEq, Eq)]
pub enum Tls {
    /// Nobody here.
    None,
    /// Caddy, with Let's Encrypt.
    Acme {
        /// Whom Let's Encrypt writes to.
        email: String,
    },
    /// Files to copy; `None`: those that were copied before stay.
    Files(Option<Pem>),
    /// A certificate of the CA made here.
    Generated,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pem {
    /// The certificate, and those between it and its CA.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// How administrators are known.
#[derive(Debug)]
pub struct Administrators {
    /// Whether they need certificates.
    pub demand: Demand,
    /// Who signs these.
    pub authority: Authority,
    /// Who gets a certificate now.
    pub name: Option<String>,
}

/// The CA of administrators' certificates.
#[derive(Debug, PartialEq, Eq)]
pub enum Authority {
    /// There is none.
    None,
    /// The one that is there.
    Kept,
    /// A file to copy.
    Own(PathBuf),
    /// The one made here.
    Made,
}

/// Where data is kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Database {
    /// Which kind.
    pub kind: DatabaseKind,
    /// The address of one's own, where it is new.
    pub url: Option<String>,
}

/// Backups.
#[derive(Debug, PartialEq, Eq)]
pub struct Backups {
    /// Their folder.
    pub folder: String,
    /// The time between two.
    pub every: String,
    /// How many are kept.
    pub keep: String,
}
