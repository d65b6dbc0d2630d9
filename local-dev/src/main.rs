//! Runs the product on one machine.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use local_dev::commands::{self, AddCertificate, Audit};
use local_dev::database;
use local_dev::health::{self, HealthArgs};
use local_dev::state_dir::StateDir;
use local_dev::up::{self, UpArgs};
use tracing_subscriber::EnvFilter;

/// Codex Auth Central on one machine
#[derive(Parser)]
#[command(name = "local-dev", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server with everything it needs
    Up(UpArgs),
    /// Check the audit
    #[command(subcommand)]
    Audit(Audit),
    /// Let a client certificate administer
    Certificate(AddCertificate),
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
    let command = Cli::parse().command;
    // What goes wrong in a demo belongs to it: the list of prices that does not answer, the roll-out that stops.
    let is_demo = matches!(&command, Command::Up(args) if args.demo);
    let usual = if is_demo { "error,shared::versions::rollout=off" } else { "warn" };
    let filter = EnvFilter::try_from_env("RUST_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).init();
    let ended = match command {
        Command::Up(args) => up::run(args).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::Audit(args) => commands::audit(args).await.map(intact).map_err(|error| error.to_string()),
        Command::Certificate(args) => commands::add_certificate(args).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::Health(args) => health::ask(&args).await.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string()),
        Command::WithDatabase { state_dir, command } => with_database(state_dir, &command).await,
    };
    ended.unwrap_or_else(|message| {
        eprintln!("local-dev: {message}");
        ExitCode::FAILURE
    })
}

fn intact(yes: bool) -> ExitCode {
    if yes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn with_database(state_dir: PathBuf, command: &[String]) -> Result<ExitCode, String> {
    let dir = StateDir::open(&state_dir).map_err(|error| format!("{} cannot be written: {error}", state_dir.display()))?;
    let database = database::start(&dir).await.map_err(|error| error.to_string())?;
    let status = tokio::process::Command::new(&command[0]).args(&command[1..]).env("DATABASE_URL", &database.url).status().await;
    database.stop().await;
    let status = status.map_err(|error| format!("{} did not start: {error}", command[0]))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)) })
}
