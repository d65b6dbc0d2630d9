//! What the server answers beside a single read, and what `cdx` adds to a launch. Run by `local-dev/bench`.

mod baseline;
mod cold;
mod costs;
mod endpoints;
mod growth;
mod launches;
mod load;
mod memories;
mod report;
mod server;
mod sync;
mod table;
mod usage;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use e2e::process::TempDir;
use local_dev::database::{self, Database};
use local_dev::state_dir::StateDir;
use tokio::signal::unix::{SignalKind, signal};

use baseline::Figures;
use report::Report;
use server::Server;

type Done<T> = Result<T, Box<dyn Error>>;

/// Measures on this machine what requests, launches of `cdx`, pages and cold starts cost. Without --only everything, which takes half an hour;
/// `--only table --seconds 1 --rounds 1` is a look.
#[derive(Parser)]
#[command(name = "bench", version)]
struct Cli {
    /// Measurements of each endpoint at each number of connections
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds of each measurement, after a second of warm-up
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many connections are open at once
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,128")]
    connections: Vec<u32>,
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
    /// Write a page of it
    #[arg(long)]
    report: Option<PathBuf>,
    /// Compare counts and ratios with those in this file: exit status 1 when something costs more
    #[arg(long)]
    check: Option<PathBuf>,
    /// Make counts and ratios those of this file
    #[arg(long, conflicts_with = "check")]
    baseline: Option<PathBuf>,
    /// Leave the server running over those rows, and print an owner's token, until Ctrl-C
    #[arg(long)]
    keep: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Each hot endpoint: requests a second, times, round trips to the database, processor time
    Table,
    /// What `cdx` adds to a launch
    Launches,
    /// Fleets of 10 to 10,000 hosts
    Growth,
    /// Searches of 100,000 memories
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
        ended = measure(cli, dir.path(), &database) => ended,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    };
    database.stop().await;
    ended
}

async fn measure(cli: &Cli, dir: &Path, database: &Database) -> Done<()> {
    let mut server = Server::start(&database.url, database.pid().ok_or("the database has ended")?).await?;
    let (mut report, mut figures) = (Report::default(), Figures::default());
    if cli.wants(Part::Launches) {
        launches::measure(cli, &dir.join("empty fleet"), &server, "An empty fleet", &mut report, &mut figures).await?;
    }
    server.fill(200, 100).await?;
    if cli.wants(Part::Launches) {
        launches::measure(cli, &dir.join("full fleet"), &server, "200 skills and 100 slash commands", &mut report, &mut figures).await?;
    }
    if cli.wants(Part::Table) {
        table::measure(cli, dir, &server, &mut report, &mut figures).await?;
    }
    if cli.wants(Part::Mcp) {
        memories::measure(&server.app, &mut report).await?;
    }
    if cli.wants(Part::Growth) {
        growth::measure(cli, dir, &mut server, &mut report).await?;
    }
    if cli.wants(Part::Usage) {
        usage::measure(&server, cli.rows.into(), &mut report).await?;
    }
    if let Some(functions) = cli.functions.as_deref().filter(|_| cli.wants(Part::Cold)) {
        cold::measure(functions, dir, &mut report).await?;
    }
    conclude(cli, &report, &figures)?;
    if cli.keep {
        server.stay().await?;
    }
    Ok(())
}

/// What was typed, without the paths of this machine.
fn command(words: impl Iterator<Item = String>) -> String {
    let (mut said, mut words) = ("local-dev/bench".to_owned(), words);
    while let Some(word) = words.next() {
        if word == "--functions" || word == "--report" {
            words.next();
        } else {
            said = said + " " + &word;
        }
    }
    said
}

/// Writes what was asked for; an error where something costs more than it did.
fn conclude(cli: &Cli, report: &Report, figures: &Figures) -> Done<()> {
    if let Some(path) = &cli.report {
        report.write(path, &command(std::env::args().skip(1)))?;
    }
    if let Some(path) = &cli.baseline {
        figures.keep(path)?;
    }
    let Some(path) = &cli.check else { return Ok(()) };
    let worse = figures.worse_than(path)?;
    if !worse.is_empty() {
        return Err(format!("more than in {}, which --baseline replaces:\n  {}", path.display(), worse.join("\n  ")).into());
    }
    println!("\nnothing costs more than in {}", path.display());
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}
