//! Faults under load, and what is true afterwards. Run by `local-dev/faults`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use e2e::faults::report::{Report, lines};
use e2e::faults::{ALL, Ground, Outcome, Scenario, Stage};

/// Breaks what the server stands on, while it is used, and looks at what is left
#[derive(Parser)]
#[command(name = "faults", version)]
struct Cli {
    /// Only these faults; all without a name
    names: Vec<String>,
    /// Say which there are
    #[arg(long)]
    list: bool,
    /// Seconds each acts; without this each has its own, 600 for servers-killed
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// The chance in it: which server, how long, who does what
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write a page about it to this file
    #[arg(long)]
    report: Option<PathBuf>,
    /// Keep what all processes logged in this folder
    #[arg(long)]
    logs: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.list {
        for scenario in ALL {
            println!("{:<20} {}", scenario.name, scenario.what);
        }
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = cli.names.iter().find(|name| !ALL.iter().any(|scenario| scenario.name == **name)) {
        eprintln!("faults: there is no fault {unknown}: --list says which there are");
        return ExitCode::from(2);
    }
    let report = run(&cli);
    if let Some(path) = &cli.report
        && let Err(error) = std::fs::write(path, report.page(&command(&cli)))
    {
        eprintln!("faults: {} cannot be written: {error}", path.display());
        return ExitCode::FAILURE;
    }
    let hold = report.outcomes.iter().all(|(_, outcome)| outcome.as_ref().map_or(true, Outcome::holds));
    println!("{}", if hold { "everything that must be true is" } else { "something that must be true is NOT" });
    if hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What does the same again, without where things were put.
fn command(cli: &Cli) -> String {
    let seconds = cli.seconds.map(|seconds| format!(" --seconds {seconds}")).unwrap_or_default();
    let names = cli.names.iter().fold(String::new(), |names, name| names + " " + name);
    format!("local-dev/faults{seconds} --seed {}{names}", cli.seed)
}

fn keep_log(cli: &Cli, outcome: &Outcome) {
    let Some(folder) = &cli.logs else { return };
    let file = folder.join(format!("{}.log", outcome.name));
    if let Err(error) = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, &outcome.logs)) {
        eprintln!("faults: {} cannot be written: {error}", file.display());
    }
}

fn run(cli: &Cli) -> Report {
    eprintln!("faults: installing");
    let ground = Ground::lay();
    let wanted = |scenario: &&Scenario| cli.names.is_empty() || cli.names.iter().any(|name| name == scenario.name);
    let one = |scenario: &'static Scenario| {
        let seconds = cli.seconds.unwrap_or(scenario.seconds);
        eprintln!("faults: {} for {seconds} s: {}", scenario.name, scenario.what);
        let outcome = Stage::run(scenario, &ground, seconds, cli.seed);
        match &outcome {
            Ok(outcome) => {
                print!("{}", lines(outcome));
                keep_log(cli, outcome);
            }
            Err(why) => println!("{}: not run: {why}", scenario.name),
        }
        (scenario, outcome)
    };
    Report { outcomes: ALL.iter().filter(wanted).map(one).collect() }
}
