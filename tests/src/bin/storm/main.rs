//! Fifty real Codex processes in twenty homes with an expired login: with copies of a file, and through the server. Run by
//! `local-dev/storm`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use e2e::storm::{Outcome, Plan, through_the_server, with_copies};
use serde_json::json;

/// The refresh storm, with copies of one auth.json and through the server
#[derive(Parser)]
#[command(name = "storm", version)]
struct Cli {
    /// The Codex to run; its npm package must be in the cache
    #[arg(long, default_value = "0.169.0")]
    codex: String,
    /// Codex processes that start together
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    processes: u32,
    /// Homes they run in
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    homes: u32,
    /// Seconds one process may take
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let plan = Plan {
        codex: cli.codex,
        processes: usize::try_from(cli.processes).expect("a usize holds 32 bits here"),
        homes: usize::try_from(cli.homes).expect("a usize holds 32 bits here"),
        limit: Duration::from_secs(cli.limit.into()),
    };
    let (copies, server) = (with_copies(&plan), through_the_server(&plan));
    let calm = server.is_calm();
    if cli.json {
        let figures =
            json!({ "codex": plan.codex, "homes": plan.homes, "copies": copies.to_json(), "server": server.to_json(), "passed": calm });
        println!("{figures:#}");
    } else {
        print(&plan, &copies, &server);
    }
    if calm { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(plan: &Plan, copies: &Outcome, server: &Outcome) {
    println!("codex {}: {} processes in {} homes, one expired generation of the login\n", plan.codex, plan.processes, plan.homes);
    row("", "copies", "server");
    let both = |name: &str, figure: fn(&Outcome) -> String| row(name, &figure(copies), &figure(server));
    both("turns finished", |o| format!("{}/{}", o.turns, o.processes));
    both("upstream exchanges", |o| o.exchanges.to_string());
    both("upstream exchanges per generation", |o| o.exchanges.to_string());
    both("one refresh token presented at most", |o| o.presented.to_string());
    both("refresh_token_reused", |o| o.reuse_errors.to_string());
    both("refused refreshes", |o| o.refused.to_string());
    both("revokes", |o| o.revokes.to_string());
    both("homes with a real refresh token", |o| o.homes_with_refresh_token.to_string());
    both("wall time, s", |o| format!("{:.1}", o.wall.as_secs_f64()));
    explain("copies", copies);
    explain("server", server);
    println!("\nthe server's half {}", if server.is_calm() { "holds what is promised" } else { "MISSES what is promised" });
}

fn row(name: &str, copies: &str, server: &str) {
    println!("{name:<36} {copies:>9} {server:>9}");
}

/// Lost turns, each reason once.
fn explain(name: &str, outcome: &Outcome) {
    let mut reasons = outcome.complaints.clone();
    reasons.sort();
    for group in reasons.chunk_by(|a, b| a == b) {
        println!("{name}: {} lost: {}", group.len(), group[0]);
    }
}
