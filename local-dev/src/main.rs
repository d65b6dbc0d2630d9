//! Runs the product on one machine.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use local_dev::backup::{self, BackupArgs, RestoreArgs};
use local_dev::commands::cert::{self, Cert};
use local_dev::commands::{self, Audit};
use local_dev::database;
use local_dev::health::{self, HealthArgs};
use local_dev::import::{self, ImportArgs};
use local_dev::reseal::{self, ResealArgs};
use local_dev::setup::{self, args::SetupArgs};
use local_dev::signing_key::{self, SigningKeyArgs};
use local_dev::state_dir::StateDir;
use local_dev::telemetry::{self, LogFormat};
use local_dev::up::{self, UpArgs};

/// Codex Auth Central on one machine
#[derive(Parser)]
#[command(name = "local-dev", version)]
struct Cli {
    /// How lines of the log look
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t, global = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server with everything it needs
    Up(UpArgs),
    /// Ask how this installation shall be, and prepare it
    Setup(Box<SetupArgs>),
    /// Check the audit
    #[command(subcommand)]
    Audit(Audit),
    /// Client certificates of administrators
    #[command(subcommand)]
    Cert(Cert),
    /// Make an encrypted copy of the installation, or check one
    Backup(BackupArgs),
    /// Bring an installation back from a copy, into an empty database
    Restore(RestoreArgs),
    /// After a new encryption key: seal everything with it, beside servers that run
    Reseal(ResealArgs),
    /// Show the key that signs `cdx`, or make a new one
    SigningKey(SigningKeyArgs),
    /// Move a fleet here from the PHP server: hosts and their keys, the login, content, memories, usage
    Import(ImportArgs),
    /// Ask a server whether it is well; exit status 1 when it is not
    Health(HealthArgs),
    /// Start a private database and run a command with `DATABASE_URL` set to it
    WithDatabase {
        /// Folder of the database
        #[arg(long)]
        state_dir: PathBuf,
        /// The command and its arguments
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { command, log_format } = Cli::parse();
    // What goes wrong in a demo belongs to it: the list of prices that does not answer, the roll-out that stops.
    let is_demo = matches!(&command, Command::Up(args) if args.demo);
    let usual = if is_demo { "error,shared::versions::rollout=off" } else { "warn" };
    let telemetry = match telemetry::start(usual, log_format) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            eprintln!("local-dev: traces cannot be exported as OTEL_EXPORTER_OTLP_* say: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = match command {
        Command::Up(args) => up::run(args).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::Setup(args) => Ok(setup::run(&args)),
        Command::Audit(args) => commands::audit(args).await.map(intact).map_err(|error| error.to_string()),
        Command::Cert(command) => cert::run(command).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::Backup(args) => backup::run(args).await.map(intact).map_err(|error| error.to_string()),
        Command::Restore(args) => backup::restore(args).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::Reseal(args) => reseal::run(args).await.map(intact).map_err(|error| error.to_string()),
        Command::SigningKey(args) => signing_key::run(args).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::Import(args) => import::run(args).await.map(kept).map_err(|error| error.to_string()),
        Command::Health(args) => health::ask(&args).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::WithDatabase { state_dir, command } => with_database(state_dir, &command).await,
    };
    telemetry.close();
    ended.unwrap_or_else(|message| {
        eprintln!("local-dev: {message}");
        ExitCode::FAILURE
    })
}

fn intact(yes: bool) -> ExitCode {
    if yes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Not everything is a failure of its own kind: a script can tell it from an import that did not take place.
fn kept(everything: bool) -> ExitCode {
    if everything { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

async fn with_database(state_dir: PathBuf, command: &[String]) -> Result<ExitCode, String> {
    let dir = StateDir::open(&state_dir).map_err(|error| format!("{} cannot be written: {error}", state_dir.display()))?;
    let database = database::start(&dir).await.map_err(|error| error.to_string())?;
    let status = tokio::process::Command::new(&command[0]).args(&command[1..]).env("DATABASE_URL", &database.url).status().await;
    database.stop().await;
    let status = status.map_err(|error| format!("{} did not start: {error}", command[0]))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)) })
}
