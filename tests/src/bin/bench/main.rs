//! What the server answers beside a single read, and what `cdx` adds to a launch. Run by `local-dev/bench`.

mod cold;
mod endpoints;
mod launches;
mod memories;
mod server;
mod sync;
mod usage;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use e2e::process::TempDir;
use local_dev::database;
use local_dev::state_dir::StateDir;
use tokio::signal::unix::{SignalKind, signal};

use server::Server;

type Done<T> = Result<T, Box<dyn Error>>;

/// Measures the hot path and a launch of `cdx` on this machine
#[derive(Parser)]
#[command(name = "bench", version)]
struct Cli {
    /// Measurements of each endpoint at each number of connections
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds of each measurement, after a second of warm-up
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Launches of `cdx` under each shell
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    launches: u32,
    /// A real `codex` to launch as well
    #[arg(long, env = "CODEX_BENCH")]
    codex: Option<PathBuf>,
    /// Measure only this; may be given several times
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Rows of usage that lie in the database when pages are read
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
    /// Folder of the functions' programs; without it no cold starts are measured
    #[arg(long)]
    functions: Option<PathBuf>,
    /// Leave the server running over those rows, and print an owner's token, until Ctrl-C
    #[arg(long)]
    keep: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// `POST /auth` beside one indexed read
    Auth,
    /// What `cdx` adds to a launch
    Launches,
    /// `POST /sync` with nothing to change
    Sync,
    /// A list of tools, and searches of 100,000 memories
    Mcp,
    /// Usage that comes in, and pages over many rows of it
    Usage,
    /// A cold start of each function of `--functions`
    Cold,
}

impl Cli {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match with_database(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A signal ends the measurement, never leaves the database behind.
async fn with_database(cli: &Cli) -> Done<()> {
    let dir = TempDir::new();
    let state = StateDir::open(&dir.path().join("state"))?;
    let database = database::start(&state).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let ended = tokio::select! {
        ended = measure(cli, dir.path(), &database.url) => ended,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    };
    database.stop().await;
    ended
}

async fn measure(cli: &Cli, dir: &Path, database_url: &str) -> Done<()> {
    let server = Server::start(database_url).await?;
    if cli.wants(Part::Auth) {
        endpoints::measure(cli, dir, &server).await?;
    }
    if cli.wants(Part::Launches) {
        launches::measure(cli, &dir.join("empty fleet"), &server).await?;
    }
    if cli.wants(Part::Launches) || cli.wants(Part::Sync) {
        server.fill(200, 100).await?;
    }
    if cli.wants(Part::Launches) {
        println!("\nthe same with 200 skills and 100 slash commands:");
        launches::measure(cli, &dir.join("full fleet"), &server).await?;
    }
    if cli.wants(Part::Sync) {
        sync::measure(cli, dir, &server).await?;
    }
    if cli.wants(Part::Mcp) {
        endpoints::measure_mcp(cli, dir, &server).await?;
        memories::measure(&server.app).await?;
    }
    if cli.wants(Part::Usage) {
        usage::measure(&server, cli.rows.into()).await?;
    }
    if let Some(functions) = cli.functions.as_deref().filter(|_| cli.wants(Part::Cold)) {
        cold::measure(functions, dir).await?;
    }
    if cli.keep {
        server.stay().await?;
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}
