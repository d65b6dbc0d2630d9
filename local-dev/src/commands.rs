//! What an administrator does on the machine itself.

pub mod cert;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use shared::audit::verify::{Verdict, verify};
use shared::{App, AppError};

use crate::settings::Urls;
use crate::state_dir::StateDir;
use crate::up::UpError;
use crate::{prepare, settings};

/// Where the installation is.
#[derive(Args, Debug)]
pub struct Installation {
    /// Folder of the installation, as given to `up`
    #[arg(long, default_value = "local-dev/.state")]
    state_dir: PathBuf,
}

impl Installation {
    /// Its folder.
    pub fn open(&self) -> Result<StateDir, UpError> {
        StateDir::open(&self.state_dir).map_err(|error| UpError::StateDir(self.state_dir.display().to_string(), error))
    }
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

/// Checks the audit and prints what it found. `false`: something is wrong.
pub async fn audit(Audit::Verify { installation }: Audit) -> Result<bool, UpError> {
    let verdict = with_app(&installation, async |app| verify(app).await).await?;
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

/// Does something with an installation, whether its server runs or not.
pub(crate) async fn with_app<T>(installation: &Installation, act: impl AsyncFnOnce(&App) -> Result<T, AppError>) -> Result<T, UpError> {
    let dir = installation.open()?;
    let database = settings::database(&dir).await?;
    let done = async {
        let app = settings::app(&dir, database.as_ref(), None, &Urls::default())?;
        prepare::database(&app).await?;
        Ok::<_, UpError>(act(&app).await.map_err(prepare::PrepareError::from)?)
    };
    let done = done.await;
    if let Some(database) = database {
        database.stop_if_ours().await;
    }
    done
}
