//! `local-dev setup`: from questions to an installation that can be started.

mod answers;
pub mod args;
mod ask;
mod authority;
mod certificates;
mod compose_override;
mod doors;
pub(crate) mod env_file;
mod interview;
mod known;
mod layout;
mod next;
mod plan;
mod questions;
mod reference;
mod rules;
mod secrets;
mod show;
mod stage;
mod try_database;
mod write;

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use self::args::{Home, SetupArgs};
use self::ask::{Asker, Stop};
use self::env_file::EnvFile;
use self::interview::Interview;
use self::known::Known;
use self::reference::Taken;
use self::write::Work;

/// Asks, shows, writes. An answer that cannot be used ends with status 2, a person who stops it with 130; neither has changed anything.
pub fn run(args: &SetupArgs) -> ExitCode {
    match setup(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("local-dev setup: {stop}");
            ExitCode::from(match stop {
                Stop::Invalid(_) => 2,
                Stop::Failed(_) => 1,
                Stop::Aborted => 130,
            })
        }
    }
}

fn setup(args: &SetupArgs) -> Result<(), Stop> {
    let asker = if args.non_interactive { Asker::Nobody } else { Asker::Person };
    if !args.non_interactive && !io::stdin().is_terminal() {
        return Err(Stop::Invalid("there is no terminal to ask on: give the answers as options, with --non-interactive".to_owned()));
    }
    let known = known(asker, args)?;
    let answers = Interview { asker, args, known: &known }.run()?;
    let work = Work {
        env: plan::plan(&answers, &known).map_err(Stop::Invalid)?,
        secrets: secrets::missing(&answers, &known).map_err(Stop::Invalid)?,
        beside: compose_override::plan(&answers, &known),
        owner: known.owner().map_err(Stop::Invalid)?,
        answers: &answers,
        known: &known,
    };
    apply(asker, args.dry_run, &work)?;
    if !args.dry_run {
        next::print(&work);
    }
    Ok(())
}

fn apply(asker: Asker, dry_run: bool, work: &Work<'_>) -> Result<(), Stop> {
    let shown = work.shown();
    if shown.is_empty() {
        println!("Nothing changes.\n");
        return Ok(());
    }
    println!("{}:\n", if dry_run { "This would change" } else { "This changes" });
    for line in &shown {
        println!("{line}");
    }
    println!();
    if dry_run {
        return Ok(());
    }
    asker.confirm("Write it?")?;
    // From here on Ctrl-C waits: what is being written is written whole.
    let _held = signal(SignalKind::interrupt());
    work.write().map_err(|error| Stop::Failed(format!("it could not be written, and nothing was changed: {error}")))
}

/// What is there already, and what another installation says.
fn known(asker: Asker, args: &SetupArgs) -> Result<Known, Stop> {
    let home = asker.choose(&questions::HOME, args.home, home(args.env_file.as_deref()), |_| Ok(()))?;
    let env_path = args.env_file.clone().unwrap_or_else(|| usual(home));
    let env_path = std::path::absolute(&env_path).unwrap_or(env_path);
    let env = read(&env_path)?.unwrap_or_default();
    let taken = match &args.from_env {
        None => Taken::default(),
        Some(path) if fs::canonicalize(path).ok().is_some_and(|path| fs::canonicalize(&env_path).ok() == Some(path)) => {
            let why = "--from-env: that file is the one to write; move it away first, or name another with --env-file";
            return Err(Stop::Invalid(why.to_owned()));
        }
        Some(path) => {
            let old = read(path)?.ok_or_else(|| Stop::Invalid(format!("--from-env: {} is not there", path.display())))?;
            reference::read(&old)
        }
    };
    tell(args.from_env.as_deref(), &taken);
    Ok(Known { home, env_path, env, taken })
}

/// Where the settings of a home are.
fn usual(home: Home) -> PathBuf {
    PathBuf::from(match home {
        Home::Process => ".env",
        Home::Compose => "local-dev/.env",
    })
}

/// The home that was set up before.
fn home(env_file: Option<&Path>) -> Home {
    let is_compose = |path: &Path| read(path).ok().flatten().is_some_and(|env| env.has("COMPOSE_PROFILES"));
    let found = match env_file {
        Some(path) => is_compose(path),
        None => !usual(Home::Process).exists() && is_compose(&usual(Home::Compose)),
    };
    if found { Home::Compose } else { Home::Process }
}

fn read(path: &Path) -> Result<Option<EnvFile>, Stop> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(EnvFile::parse(&text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Stop::Failed(format!("{} cannot be read: {error}", path.display()))),
    }
}

fn tell(from: Option<&Path>, taken: &Taken) {
    let Some(from) = from else { return };
    println!("From {}:\n", show::path(from));
    for (name, value) in &taken.settings {
        println!("  {}", show::pair(name, value));
    }
    for (name, secret) in [("AUTH_ENCRYPTION_KEY", &taken.encryption_key), ("INSTALLATION_ID", &taken.installation_id)] {
        if secret.is_some() {
            println!("  {name} (where this installation has none yet)");
        }
    }
    for (name, why) in &taken.left {
        println!("  {name} is not taken over: {why}");
    }
    println!();
}
