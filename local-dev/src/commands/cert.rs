//! Client certificates of administrators: issued by the installation's own authority, or registered from another one.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use shared::access::{Certificate, Role};
use shared::audit::Actor;
use shared::client::Fingerprint;
use shared::clock::Clock;

use super::{Installation, with_app};
use crate::ca::{Authority, Bundle, CaError, Issued};
use crate::state_dir::StateDir;
use crate::tls::certificates;
use crate::up::UpError;

/// Commands about certificates.
#[derive(Debug, Subcommand)]
pub enum Cert {
    /// Issue a client certificate to a person or a program, as PEM and as PKCS#12, and let it administer
    Issue {
        #[command(flatten)]
        installation: Installation,
        #[command(flatten)]
        may: May,
        /// For how many days
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// Folder for the files; default: `ca/clients` of the installation
        #[arg(long)]
        to: Option<PathBuf>,
        /// Who or what it is for; the audit names it
        name: String,
    },
    /// Let a certificate of another CA administer
    Register {
        #[command(flatten)]
        installation: Installation,
        #[command(flatten)]
        may: May,
        /// Who or what it is for; the audit names it
        #[arg(long)]
        name: String,
        /// The certificate (PEM)
        file: PathBuf,
    },
    /// List the certificates that were issued
    List {
        #[command(flatten)]
        installation: Installation,
    },
    /// Revoke the certificates that were issued to a name: the server refuses them within seconds
    Revoke {
        #[command(flatten)]
        installation: Installation,
        /// Whose
        name: String,
    },
}

/// What a certificate may do.
#[derive(Args, Debug)]
pub struct May {
    /// viewer, operator or owner
    #[arg(long, default_value = "owner", value_parser = ["viewer", "operator", "owner"])]
    role: String,
}

/// Does one of them.
pub async fn run(command: Cert) -> Result<(), UpError> {
    match command {
        Cert::Issue { installation, may, days, to, name } => issue(&installation, &may, days, to, &name).await,
        Cert::Register { installation, may, name, file } => register(&installation, &may, &name, &file).await,
        Cert::List { installation } => list(&authority(&installation)?),
        Cert::Revoke { installation, name } => revoke(&installation, &name).await,
    }
}

fn authority(installation: &Installation) -> Result<Authority, UpError> {
    Ok(Authority::open(&installation.open()?, Clock::System)?)
}

async fn issue(installation: &Installation, may: &May, days: u16, to: Option<PathBuf>, name: &str) -> Result<(), UpError> {
    let (bundle, folder) = {
        let own = authority(installation)?;
        let folder = to.unwrap_or_else(|| own.path("clients"));
        (own.issue(name, days)?, folder)
    };
    let files = keep(&folder, name, &bundle).map_err(|error| CaError::Folder(folder, error))?;
    admit(installation, name, may, bundle.fingerprint, Some(bundle.expires_at)).await?;
    println!("{name} may administer as {} until {}", may.role, bundle.expires_at.format("%Y-%m-%d"));
    for (what, file) in ["certificate", "key", "both (PKCS#12)", "its password"].iter().zip(files) {
        println!("  {what:<15}{}", file.display());
    }
    println!("Hand them over by a way that nobody else reads, then remove them here.");
    Ok(())
}

/// Writes what a person gets, for the owner of the folder alone.
fn keep(folder: &Path, name: &str, bundle: &Bundle) -> io::Result<[PathBuf; 4]> {
    let dir = StateDir::open(folder)?;
    let files = ["crt", "key", "p12", "p12.password"].map(|end| format!("{name}.{end}"));
    dir.write(&files[0], bundle.certificate.trim_end())?;
    dir.write(&files[1], bundle.key.trim_end())?;
    dir.write_bytes(&files[2], &bundle.pkcs12)?;
    dir.write(&files[3], &bundle.password)?;
    Ok(files.map(|file| dir.path(&file)))
}

async fn register(installation: &Installation, may: &May, name: &str, file: &Path) -> Result<(), UpError> {
    let all = certificates(file)?;
    admit(installation, name, may, Fingerprint::of(&all[0]), None).await?;
    println!("{name} may administer as {}", may.role);
    Ok(())
}

async fn admit(
    installation: &Installation,
    name: &str,
    may: &May,
    fingerprint: Fingerprint,
    ends: Option<DateTime<Utc>>,
) -> Result<(), UpError> {
    let (by, role) = (by(), Role::parse(&may.role));
    with_app(installation, async |app| Certificate::register(app, &by, name, role, fingerprint, ends).await).await?;
    Ok(())
}

fn by() -> Actor {
    Actor::system("local-dev cert")
}

fn list(own: &Authority) -> Result<(), UpError> {
    let now = Clock::System.now();
    for Issued { name, fingerprint, expires_at, revoked_at, .. } in own.issued()? {
        let state = match revoked_at {
            Some(at) => format!("revoked {}", at.format("%Y-%m-%d")),
            None if now >= expires_at => format!("ended {}", expires_at.format("%Y-%m-%d")),
            None => format!("until {}", expires_at.format("%Y-%m-%d")),
        };
        println!("{name}\t{state}\t{fingerprint}");
    }
    Ok(())
}

/// The registration goes first: the last owner keeps a way in, and an open connection loses its rights at once.
async fn revoke(installation: &Installation, name: &str) -> Result<(), UpError> {
    let counting = authority(installation)?.counting(name)?;
    let by = by();
    with_app(installation, async |app| {
        for fingerprint in counting.iter().filter_map(|one| Fingerprint::parse(&one.fingerprint)) {
            Certificate::forget(app, &by, fingerprint).await?;
        }
        Ok(())
    })
    .await?;
    let revoked = authority(installation)?.revoke(name)?;
    println!("{revoked} certificate{} of {name} revoked", if revoked == 1 { "" } else { "s" });
    Ok(())
}
