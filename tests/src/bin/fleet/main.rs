//! A week of ten thousand virtual hosts against the real server, or one steady load for long. Run by `local-dev/fleet`.

mod report;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use e2e::fleet::check::{self, Check};
use e2e::fleet::day::Habits;
use e2e::fleet::fleet::Fleet;
use e2e::fleet::measure;
use e2e::fleet::steady::{GROWTH, Steady};
use e2e::fleet::week::Pace;
use e2e::fleet::world::World;
use e2e::process::program;
use report::Run;
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
    #[arg(long, default_values_t = [1, 4])]
    processes: Vec<usize>,
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
    let text = match cli.steady {
        Some(minutes) => steady(cli, minutes).await,
        None => weeks(cli).await,
    };
    let (text, holds) = text;
    println!("{text}");
    if let Some(path) = &cli.report
        && let Err(error) = std::fs::write(path, text + "\n")
    {
        eprintln!("fleet: {} cannot be written: {error}", path.display());
        return ExitCode::FAILURE;
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One week for each number of processes.
async fn weeks(cli: &Cli) -> (String, bool) {
    let mut runs = Vec::new();
    for processes in &cli.processes {
        runs.push(week(cli, (*processes).max(1)).await);
    }
    let holds = runs.iter().all(|run| run.checks.iter().all(|check| check.holds));
    (report::week(cli, &runs), holds)
}

async fn week(cli: &Cli, processes: usize) -> Run {
    let fleet = join(cli, processes).await;
    let empty = measure::times(&fleet).await;
    let habits = Habits { hosts: fleet.hosts.len(), cron_in_sixteen: cli.cron };
    let pace = Pace { connections: cli.connections as usize, per_second: cli.calls_per_second };
    let (first, started) = (first_day(cli.days), Instant::now());
    for day in 0..cli.days {
        let (before, since) = (fleet.ledger().count(), Instant::now());
        fleet.live(habits, day, first, cli.seed, pace).await;
        let calls = fleet.ledger().count() - before;
        let seconds = since.elapsed().as_secs_f64();
        eprintln!("fleet: day {}: {calls} calls in {seconds:.0} s, {:.0}/s", day + 1, calls as f64 / seconds);
    }
    fleet.settle().await;
    let wall = started.elapsed();
    let full = measure::times(&fleet).await;
    let size = measure::size(&fleet).await;
    let mut checks = check::all(&fleet).await;
    checks.extend(measure::bars(&full, &size));
    let calls = fleet.ledger().calls.clone();
    let complaints = fleet.ledger().complaints.clone();
    fleet.world.stop().await;
    Run { processes, wall, empty, full, size, checks, calls, complaints }
}

async fn steady(cli: &Cli, minutes: u32) -> (String, bool) {
    let fleet = join(cli, 1).await;
    let steady =
        Steady { lasting: Duration::from_secs(60 * u64::from(minutes)), per_second: cli.calls_per_second.unwrap_or(120), seed: cli.seed };
    let warm = steady.warm_up(fleet.hosts.len());
    eprintln!("fleet: {} calls/s for {minutes} minutes, after {} s of warm-up", steady.per_second, warm.as_secs());
    let samples = steady.run(&fleet, Clock::System.now()).await;
    fleet.settle().await;
    let growth = samples.growth();
    let mut checks = vec![Check {
        name: "the memory of the last tenth is at most 5 % over that of the first",
        holds: growth <= GROWTH,
        found: format!("{:+.1} %", growth * 100.0),
    }];
    checks.extend(check::all(&fleet).await);
    let text = report::steady(cli, steady, &samples, &checks, &fleet.ledger());
    fleet.world.stop().await;
    (text, checks.iter().all(|check| check.holds))
}

/// A world, and its hosts registered.
async fn join(cli: &Cli, processes: usize) -> Fleet {
    let program = cli.server.clone().unwrap_or_else(|| program("local-dev"));
    let started = Instant::now();
    let world = World::start(&program, processes).await;
    let fleet = Fleet::join(world, cli.hosts as usize).await;
    eprintln!("fleet: {processes} processes, {} hosts registered in {:.0} s", cli.hosts, started.elapsed().as_secs_f64());
    fleet
}

/// The simulated week ends today, so that nothing of it is in the future.
fn first_day(days: u32) -> DateTime<Utc> {
    let midnight = Clock::System.now().date_naive().and_hms_opt(0, 0, 0).expect("every day has a midnight").and_utc();
    midnight - TimeDelta::days(days.into())
}
