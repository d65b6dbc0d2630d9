//! Copies beside the server, as long as it runs.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

use super::schedule::{self, Plan};
use super::{BackupError, Copies, Passphrase, Place, span};

/// Options of `up`; the variables are those that `local-dev/setup` writes. A demo is not copied.
#[derive(Args, Debug)]
pub struct BackupOptions {
    /// Make a copy every day, beside the server, into this folder (`local-dev backup --help`)
    #[arg(id = "backup_to", long = "backup-to", env = "BACKUP_FOLDER", value_parser = path())]
    to: Option<PathBuf>,
    /// File with the passphrase that seals copies
    #[arg(id = "backup_passphrase_file", long = "backup-passphrase-file", env = "BACKUP_PASSPHRASE_FILE", value_parser = path())]
    passphrase_file: Option<PathBuf>,
    /// Remove the oldest copies beyond so many
    #[arg(id = "backup_keep", long = "backup-keep", env = "BACKUP_KEEP", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
    /// Make one so often: 24h, 90m, 3600s
    #[arg(id = "backup_every", long = "backup-every", env = "BACKUP_EVERY", default_value = "24h", value_parser = span)]
    every: Duration,
}

/// An empty variable is one that is not set.
fn path() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// What to copy, and how often.
#[derive(Debug)]
pub struct Beside {
    plan: Plan,
    every: Duration,
}

impl BackupOptions {
    /// What cannot work is said before the server starts. `None`: no copies.
    pub fn open(&self) -> Result<Option<Beside>, BackupError> {
        let given = |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
        let Some(to) = given(&self.to) else { return Ok(None) };
        let file = given(&self.passphrase_file).ok_or(BackupError::NoPassphrase)?;
        let (folder, passphrase) = (Copies::open(&to)?, Passphrase::get(Some(&file), true)?);
        let plan = Plan { folder, passphrase, keep: self.keep.map(usize::from), verify: true };
        Ok(Some(Beside { plan, every: self.every }))
    }
}

/// Makes them until it is dropped.
pub async fn forever(place: &Place, beside: Option<Beside>) {
    match beside {
        Some(Beside { plan, every }) => schedule::forever(place, &plan, every).await,
        None => std::future::pending().await,
    }
}
