//! The nightly form of `tests/authority.rs`: many seeds, and what came of them.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use e2e::simulation::{Guards, run};

/// Runs the refresh authority in a simulated world, once for each seed
#[derive(Parser)]
struct Options {
    /// How many seeds
    #[arg(long, default_value_t = 100_000)]
    seeds: u64,
    /// The first one
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> ExitCode {
    let Options { seeds, from } = Options::parse();
    let (started, mut generations, mut stopped) = (Instant::now(), 0, 0_u64);
    for seed in from..from + seeds {
        match run(seed, Guards::ALL) {
            Ok(end) => {
                generations += end.generations;
                stopped += u64::from(end.needs_login);
            }
            Err(wrong) => {
                eprintln!("seed {seed}: {wrong}");
                return ExitCode::FAILURE;
            }
        }
        if (seed + 1 - from) % 10_000 == 0 {
            eprintln!("{} of {seeds} seeds", seed + 1 - from);
        }
    }
    println!(
        "{seeds} seeds in {:.0} s: {generations} logins, {stopped} runs ended with needs_login, none with a token spent twice or lost in silence",
        started.elapsed().as_secs_f64()
    );
    ExitCode::SUCCESS
}
