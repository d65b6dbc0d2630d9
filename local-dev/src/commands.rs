//! What an administrator does on the machine itself: check the audit, register the first client certificate.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use shared::access::{Certificate, Role};
use shared::audit::Actor;
use shared::audit::verify::{Verdict, verify};
use shared::client::Fingerprint;
use shared::config::variable;
use shared::{App, AppError};

use crate::state_dir::StateDir;
use crate::tls::certificates;
use crate::up::UpError;
use crate::{database, prepare, settings};

/// Where the installation is.
#[derive(Args, Debug)]
pub struct Installation {
    /// Folder of the installation, as given to `up`
    #[arg(long, default_value = "local-dev/.state")]
    pub(crate) state_dir: PathBuf,
}

/// Commands about the audit.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check that no entry was changed, removed, added or moved; exit status 1 names the first that was
    Verify {
        #[command(flatten)]
        installation: Installation,
    },
}

/// A client certificate that may administer.
#[derive(Args, Debug)]
pub struct AddCertificate {
    #[command(flatten)]
    installation: Installation,
    /// Who or what it is for; the audit names it
    #[arg(long)]
    name: String,
    /// viewer, operator or owner
    #[arg(long, default_value = "owner", value_parser = ["viewer", "operator", "owner"])]
    role: String,
    /// The certificate (PEM)
    file: PathBuf,
}

/// Checks the audit and prints what it found. `false`: something is wrong.
pub async fn audit(Audit::Verify { installation }: Audit) -> Result<bool, UpError> {
    let verdict = with_app(&installation.state_dir, async |app| verify(app).await).await?;
    println!("{}", sentence(&verdict));
    Ok(verdict.intact)
}

fn sentence(verdict: &Verdict) -> String {
    match &verdict.broken {
        None => format!("the audit is intact: {} entries", verdict.entries),
        Some(broken) => {
            let row = broken.id.map_or_else(String::new, |id| format!(" (row {id})"));
            format!("the audit is broken at entry {}{row}: {}; the {} before it are intact", broken.seq, broken.reason, verdict.entries)
        }
    }
}

/// Registers a client certificate.
pub async fn add_certificate(args: AddCertificate) -> Result<(), UpError> {
    let all = certificates(&args.file)?;
    let fingerprint = Fingerprint::of(&all[0]);
    let role = Role::parse(&args.role);
    let by = Actor::system("local-dev certificate");
    with_app(&args.installation.state_dir, async |app| Certificate::register(app, &by, &args.name, role, fingerprint, None).await).await?;
    println!("{} may administer as {}", args.name, role.name());
    Ok(())
}

/// Does something with an installation, whether its server runs or not.
pub(crate) async fn with_app<T>(state_dir: &Path, act: impl AsyncFnOnce(&App) -> Result<T, AppError>) -> Result<T, UpError> {
    let dir = StateDir::open(state_dir).map_err(|error| UpError::StateDir(state_dir.display().to_string(), error))?;
    let database = match variable("DATABASE_URL") {
        Some(_) => None,
        None => Some(database::start(&dir).await?),
    };
    let done = async {
        let app = settings::app(&dir, database.as_ref(), None, "http://127.0.0.1")?;
        prepare::database(&app).await?;
        Ok::<_, UpError>(act(&app).await.map_err(prepare::PrepareError::from)?)
    };
    let done = done.await;
    if let Some(database) = database {
        database.stop_if_ours().await;
    }
    done
}
