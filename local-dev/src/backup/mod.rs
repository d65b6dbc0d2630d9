//! Copies of an installation: made, verified, brought back. docs/adr/0020-backups.md says why they look as they do.

mod archive;
pub mod beside;
mod client;
mod copies;
mod error;
mod keys;
mod make;
mod manifest;
mod measure;
mod passphrase;
mod place;
mod restore;
mod rows;
pub mod schedule;
mod scratch;
mod status;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use shared::clock::Clock;
use shared::config::variable;

pub use copies::Copies;
pub use error::BackupError;
pub use passphrase::Passphrase;
pub use place::Place;
use schedule::Plan;

use crate::up::stopped;

/// How often a copy is made unless somebody says otherwise.
pub const DAILY: Duration = Duration::from_hours(24);

/// Makes one encrypted file with the database, the encryption key and the installation's id, as they were at one moment. The server may run
/// meanwhile. Without --every once: exit status 1 when there is no good copy.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct BackupArgs {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    make: Make,
}

#[derive(Args, Debug)]
struct Make {
    /// Folder for copies; keep it on another disk than the database
    #[arg(long, required = true)]
    to: Option<PathBuf>,
    /// File with the passphrase that seals copies, at least 12 characters; without it you are asked. Keep it elsewhere: without it no copy opens
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// Remove the oldest copies beyond so many
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
    /// Go on for ever and make one so often: 24h, 90m, 3600s
    #[arg(long, value_parser = span)]
    every: Option<Duration>,
    /// Do not try the copy in an empty database
    #[arg(long)]
    no_verify: bool,
    /// Folder of the installation, as given to `up`
    #[arg(long, default_value = "local-dev/.state")]
    state_dir: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Restore copies into an empty database, open everything sealed in them, count rows, check the audit; nothing is left of it
    Verify {
        /// File with the passphrase; without it you are asked
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
        /// The copies
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Say how the last run went: exit status 1 when it failed, or when none came for too long
    Health {
        /// Folder of copies
        #[arg(long)]
        to: PathBuf,
    },
}

/// Brings back database, encryption key and installation id. The whole file is checked first; the database has to be empty.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The copy
    file: PathBuf,
    /// File with the passphrase; without it you are asked
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// Folder of the installation, as given to `up`; with `DATABASE_URL` set only for key and installation id
    #[arg(long, default_value = "local-dev/.state")]
    state_dir: PathBuf,
    /// Take the key and id of the copy although the folder has others; those stay beside them
    #[arg(long)]
    replace_keys: bool,
}

/// `local-dev backup`. `false`: something is wrong with what was looked at.
pub async fn run(args: BackupArgs) -> Result<bool, BackupError> {
    match args.command {
        Some(Command::Verify { passphrase_file, files }) => {
            let passphrase = Passphrase::get(passphrase_file.as_deref(), false)?;
            verify_all(&files, &passphrase).await
        }
        Some(Command::Health { to }) => {
            let (healthy, said) = status::health(&to, Clock::System.now())?;
            println!("{said}");
            Ok(healthy)
        }
        None => make_copies(args.make).await.map(|()| true),
    }
}

async fn make_copies(args: Make) -> Result<(), BackupError> {
    let passphrase = Passphrase::get(args.passphrase_file.as_deref(), true)?;
    let folder = Copies::open(&args.to.unwrap_or_default())?;
    let plan = Plan { folder, passphrase, keep: args.keep.map(usize::from), verify: !args.no_verify };
    if args.every.is_some() && variable("DATABASE_URL").is_none() {
        return Err(BackupError::PrivateDatabase);
    }
    place::with_place(&args.state_dir, async |place| match args.every {
        None => schedule::once(place, &plan, DAILY).await.map(|said| println!("{said}")),
        Some(every) => {
            tokio::select! {
                () = schedule::forever(place, &plan, every) => {}
                () = stopped() => {}
            }
            Ok(())
        }
    })
    .await
}

async fn verify_all(files: &[PathBuf], passphrase: &Passphrase) -> Result<bool, BackupError> {
    let (server, mut all_good) = (variable("DATABASE_URL"), true);
    for path in files {
        match verify::verify(path, passphrase, server.as_deref()).await {
            Ok(found) => println!(
                "{}: good; {} rows of {} tables, {} secrets open, {} entries of the audit are intact",
                path.display(),
                found.contents.totals.rows(),
                found.contents.totals.tables.len(),
                found.secrets,
                found.entries
            ),
            Err(error) => {
                eprintln!("local-dev: {error}");
                all_good = false;
            }
        }
    }
    Ok(all_good)
}

/// `local-dev restore`.
pub async fn restore(args: RestoreArgs) -> Result<(), BackupError> {
    restore::run(args).await
}

/// Reads `24h`, `90m` or `3600s`; a minute at least.
fn span(text: &str) -> Result<Duration, String> {
    let units = [('h', 3600), ('m', 60), ('s', 1)];
    let seconds = units.iter().find_map(|(unit, seconds)| text.strip_suffix(*unit)?.parse::<u64>().ok()?.checked_mul(*seconds));
    match seconds {
        Some(seconds @ 60..=31_536_000) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("\"{text}\" is not like 24h, 90m or 3600s, from a minute to a year")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        assert_eq!(span("24h"), Ok(DAILY));
        assert_eq!(span("90m"), Ok(Duration::from_mins(90)));
        for bad in ["", "h", "24", "24d", "30s", "-1h", "9999999999999999h", "é"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
