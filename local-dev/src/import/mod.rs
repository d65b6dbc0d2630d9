//! Moves a fleet here from the PHP server whose contract this one keeps. Its database is read, never written.

mod address;
mod args;
mod config;
mod content;
mod dotenv;
mod fleet;
mod hosts;
mod installation;
mod login;
mod memories;
mod prices;
mod quota;
mod report;
mod row;
mod secret;
mod source;
mod step;
mod usage;

use std::fs;
use std::io;
use std::path::Path;

use shared::AppError;
use shared::config::variable;
use shared::crypto::Keyring;

pub use args::ImportArgs;

use crate::demo::Folder;
use crate::prepare;
use crate::settings::Urls;
use crate::state_dir::StateDir;
use crate::up::UpError;
use crate::{database, settings};
use dotenv::DotEnv;
use report::Report;
use source::Old;
use step::Step;

/// Why an import ends; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Something that was said cannot be used.
    #[error("{0}")]
    Said(String),
    /// A file cannot be used.
    #[error("{0} cannot be used: {1}")]
    Folder(String, io::Error),
    /// The old database.
    #[error("the old database refused: {0}. Nothing there was changed; what came until now is here, and running this again goes on")]
    Old(sqlx::Error),
    /// The old database cannot be reached.
    #[error("the old database at {0} cannot be opened: {1}")]
    Unreachable(String, sqlx::Error),
    /// It is something else.
    #[error("the database at {0} is not one of the PHP server: it has no hosts with an api_key_hash and no flags in versions")]
    NotAFleet(String),
    /// The key is wrong.
    #[error("the old AUTH_ENCRYPTION_KEY opens none of the {0} secrets in the old database: it is another server's key")]
    WrongKey(usize),
    /// This installation.
    #[error(transparent)]
    Here(#[from] UpError),
    /// This installation's database.
    #[error("this installation refused: {}. What came until now is here, and running this again goes on", step::why(.0))]
    Ours(#[from] AppError),
}

/// Runs an import; `false`: something is not kept.
pub async fn run(args: ImportArgs) -> Result<bool, ImportError> {
    let shown = args.state_dir.display().to_string();
    let dir = StateDir::open(&args.state_dir).map_err(|error| UpError::StateDir(shown.clone(), error))?;
    if matches!(Folder::of(&dir), Folder::Demo(_) | Folder::Half) {
        return Err(ImportError::Said(format!("{shown} holds a demo: an installation has a folder of its own, say it with --state-dir")));
    }
    let database = settings::database(&dir).await.map_err(UpError::from)?;
    let done = import(&args, &dir, database.as_ref()).await;
    if let Some(database) = database {
        database.stop_if_ours().await;
    }
    done
}

async fn import(args: &ImportArgs, dir: &StateDir, database: Option<&database::Database>) -> Result<bool, ImportError> {
    let env = args.env_file.as_deref().map(read).transpose()?.map(|text| DotEnv::parse(&text)).unwrap_or_default();
    let (keys, source) = (keys(args, &env)?, installation_id(args, &env)?);
    let (old, place) = open(args, &env).await?;
    let app = settings::app(dir, database, None, &Urls::default())?;
    prepare::database(&app).await.map_err(UpError::from)?;
    eprintln!("reading {place}, which stays as it is");
    let (apply, now) = (args.apply, app.clock.now());
    let mut step =
        Step { app: &app, old, keys, env, source, apply, now, report: Report::default(), hosts: std::collections::BTreeMap::new() };
    check_keys(&mut step).await?;
    everything(&mut step, dir, args.without_login).await?;
    print!("{}", step.report.text(apply));
    let lost = step.report.lost();
    println!("\n{}", closing(apply, lost));
    Ok(lost == 0)
}

async fn everything(step: &mut Step<'_>, dir: &StateDir, without_login: bool) -> Result<(), ImportError> {
    let flags = fleet::flags(&mut step.old).await.map_err(ImportError::Old)?;
    hosts::bring(step).await?;
    if without_login {
        step.report.note("the login stays where it is (--without-login)");
    } else {
        login::bring(step, flags.get("canonical_payload_id").and_then(|id| id.parse().ok())).await?;
    }
    content::bring(step).await?;
    config::bring(step).await?;
    memories::bring(step).await?;
    usage::bring(step).await?;
    quota::bring(step).await?;
    fleet::bring(step, &flags).await?;
    installation::bring(step, dir).await?;
    what_stays(step).await.map_err(ImportError::Old)
}

/// What has no place here, and what an operator carries over by hand.
async fn what_stays(step: &mut Step<'_>) -> sqlx::Result<()> {
    for (table, what) in [
        ("logs", "log entries: this server's audit begins anew"),
        ("mcp_access_logs", "calls of MCP in the log"),
        ("install_tokens", "installers, used or not: mint new ones"),
        ("auth_seed_tokens", "seed links, used or not: mint new ones"),
    ] {
        let count = step.old.count(table).await?;
        step.report.leave(count, what);
    }
    let shared = step.env.shared();
    if !shared.is_empty() {
        step.report.note(format!("set in the old .env and read by this server from its own environment: {}", shared.join(", ")));
    }
    Ok(())
}

fn closing(apply: bool, lost: u64) -> String {
    let done = if apply { "Done, and in the audit." } else { "Nothing was written. With --apply this is brought." };
    match lost {
        0 => done.to_owned(),
        _ => format!("{done} {lost} things are not kept, see above."),
    }
}

fn read(path: &Path) -> Result<String, ImportError> {
    fs::read_to_string(path).map_err(|error| ImportError::Folder(path.display().to_string(), error))
}

fn keys(args: &ImportArgs, env: &DotEnv) -> Result<Keyring, ImportError> {
    let text = match &args.key_file {
        Some(path) => read(path)?,
        None => env.get("AUTH_ENCRYPTION_KEY").unwrap_or_default().to_owned(),
    };
    if text.trim().is_empty() {
        let message = "the old AUTH_ENCRYPTION_KEY is needed, which opens keys and login: name the old .env with --env-file, or a file with --key-file";
        return Err(ImportError::Said(message.to_owned()));
    }
    Keyring::parse(text.trim()).map_err(|why| ImportError::Said(format!("the old AUTH_ENCRYPTION_KEY cannot be used: {why}")))
}

/// It also tells this old server from another, so that what came once does not come twice.
fn installation_id(args: &ImportArgs, env: &DotEnv) -> Result<String, ImportError> {
    let id = args.installation_id.as_deref().or_else(|| env.get("INSTALLATION_ID")).map(str::trim).unwrap_or_default();
    if id.is_empty() {
        let message = "the old INSTALLATION_ID is needed, by which hosts know their server: name the old .env with --env-file, or say it with --installation-id";
        return Err(ImportError::Said(message.to_owned()));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if id.len() > 64 || !id.bytes().all(plain) {
        return Err(ImportError::Said("the old INSTALLATION_ID is not like 11111111-2222-4333-8444-555555555555".to_owned()));
    }
    Ok(id.to_owned())
}

async fn open(args: &ImportArgs, env: &DotEnv) -> Result<(Old, String), ImportError> {
    if let Some(url) = &args.from {
        address::for_command_line(url).map_err(ImportError::Said)?;
    }
    let file = args.from_file.as_deref().map(read).transpose()?;
    let url = args.from.clone().or(file).or_else(|| variable("IMPORT_FROM"));
    let (options, place) = address::options(url.as_deref(), env).map_err(ImportError::Said)?;
    let old = Old::open(&options).await.map_err(|error| ImportError::Unreachable(place.clone(), error))?;
    if old.is_fleet() { Ok((old, place)) } else { Err(ImportError::NotAFleet(place)) }
}

/// A key that opens nothing is a mistake, and would cost every host its key.
async fn check_keys(step: &mut Step<'_>) -> Result<(), ImportError> {
    let hosts = step.old.all(hosts::HOSTS, "id").await.map_err(ImportError::Old)?;
    let payloads = step.old.all(login::PAYLOADS, "id").await.map_err(ImportError::Old)?;
    let sealed = hosts.iter().map(|row| row.raw("api_key_enc")).chain(payloads.iter().map(|row| row.raw("body")));
    match secret::tally(&step.keys, sealed) {
        (0, closed @ 1..) => Err(ImportError::WrongKey(closed)),
        _ => Ok(()),
    }
}
