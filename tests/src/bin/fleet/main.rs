//! A week of ten thousand virtual hosts against the real server, or one steady load for long. Run by `local-dev/fleet`.

mod report;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use e2e::fleet::check::{self, Check};
use e2e::fleet::day::Habits;
use e2e::fleet::measure;
use e2e::fleet::run::{Plan, join};
use e2e::fleet::steady::{GROWTH, Steady};
use e2e::fleet::week::Pace;
use e2e::process::program;
use shared::clock::Clock;
use tokio::signal::unix::{SignalKind, signal};

/// A week of a fleet of virtual hosts, and whether what it was promised was held
#[derive(Debug, Parser)]
#[command(name = "fleet", version)]
struct Cli {
    /// Virtual hosts
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(8..=60_000))]
    hosts: u32,
    /// Days, beginning with a Monday
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=28))]
    days: u32,
    /// Processes of the server, over one database; several values are several runs
    #[arg(long, default_values_t = [1, 4], value_parser = clap::value_parser!(u32).range(1..=16))]
    processes: Vec<u32>,
    /// Of sixteen calls of each timer so many are made (one host in five has a timer)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=16))]
    cron: u64,
    /// At most so many calls a second; without it as fast as they are answered, with --steady 120
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    calls_per_second: Option<u32>,
    /// Calls that are open at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    connections: u32,
    /// Where chance begins: the same seed makes the same calls
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No week: a steady load on one process for so many minutes, and whether its memory grows
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..))]
    steady: Option<u32>,
    /// Write the result to this file too, as Markdown
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The server's program; without it the one beside this program
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

impl Cli {
    fn server(&self) -> PathBuf {
        self.server.clone().unwrap_or_else(|| program("local-dev"))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut terminate = signal(SignalKind::terminate()).expect("a signal handler can be installed");
    // A signal drops the world, which stops what it has started.
    tokio::select! {
        ended = run(&cli) => ended,
        _ = tokio::signal::ctrl_c() => ExitCode::from(130),
        _ = terminate.recv() => ExitCode::from(143),
    }
}

async fn run(cli: &Cli) -> ExitCode {
    let (text, holds) = match cli.steady {
        Some(minutes) => steady(cli, minutes).await,
        None => weeks(cli).await,
    };
    println!("{text}");
    if let Some(path) = &cli.report
        && let Err(error) = std::fs::write(path, text + "\n")
    {
        eprintln!("fleet: {} cannot be written: {error}", path.display());
        return ExitCode::FAILURE;
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One run for each number of processes.
async fn weeks(cli: &Cli) -> (String, bool) {
    let habits = Habits { hosts: cli.hosts as usize, cron_in_sixteen: cli.cron };
    let pace = Pace { connections: cli.connections as usize, per_second: cli.calls_per_second };
    let mut runs = Vec::new();
    for processes in &cli.processes {
        let plan = Plan { processes: *processes as usize, habits, days: cli.days, seed: cli.seed, pace };
        let mut run = plan.run(&cli.server()).await;
        run.checks.extend(measure::bars(&run.full, &run.size));
        runs.push(run);
    }
    let holds = runs.iter().all(|run| run.checks.iter().all(|check| check.holds));
    (report::week(cli, &runs), holds)
}

async fn steady(cli: &Cli, minutes: u32) -> (String, bool) {
    let fleet = join(&cli.server(), 1, cli.hosts as usize).await;
    let steady =
        Steady { lasting: Duration::from_secs(60 * u64::from(minutes)), per_second: cli.calls_per_second.unwrap_or(120), seed: cli.seed };
    eprintln!("fleet: {} calls/s for {minutes} minutes", steady.per_second);
    let samples = steady.run(&fleet, Clock::System.now()).await;
    fleet.settle().await;
    let growth = samples.growth();
    let mut checks = vec![Check {
        name: "the memory of the last tenth is at most 5 % over that of the first",
        holds: growth <= GROWTH,
        found: format!("{:+.1} %", growth * 100.0),
        timed: false,
    }];
    checks.extend(check::all(&fleet).await);
    let text = report::steady(cli, steady, &samples, &checks, &fleet.ledger());
    fleet.world.stop().await;
    (text, checks.iter().all(|check| check.holds))
}
