//! Real Codex sessions, counted by the model's side and by the server. Run by `local-dev/ledger`.

use std::process::ExitCode;

use clap::Parser;
use e2e::ledger::{Line, Plan, run};

/// The ledger against the model's own count
#[derive(Parser)]
#[command(name = "ledger", version)]
struct Cli {
    /// Runs of Codex, two of them killed
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(8..))]
    sessions: u32,
    /// Hosts send Codex' telemetry as well
    #[arg(long)]
    telemetry: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let sessions = usize::try_from(cli.sessions).expect("a usize holds 32 bits here");
    let outcome = run(Plan { sessions, telemetry: cli.telemetry });
    println!("{:<12} {:<16} {:>8} {:>10} {:>10} {:>8} {:>10}", "host", "model", "answers", "input", "cached", "output", "reasoning");
    for ((host, model), expected) in &outcome.expected {
        row(host, model, expected);
        let counted = outcome.counted.get(&(host.clone(), model.clone()));
        if counted != Some(expected) {
            println!("  the server has {counted:?}");
        }
    }
    let exact = outcome.counted == outcome.expected && outcome.replayed == outcome.expected && outcome.leaks.is_empty();
    println!("told by both sources: {}; columns with a prompt or an address: {:?}", outcome.told_twice, outcome.leaks);
    println!("the ledger {}", if exact { "is exact, and still is after everything was handed over again" } else { "DIFFERS" });
    if exact { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn row(host: &str, model: &str, (answers, [input, cached, output, reasoning]): &Line) {
    println!("{host:<12} {model:<16} {answers:>8} {input:>10} {cached:>10} {output:>8} {reasoning:>10}");
}
