//! The result as Markdown that a terminal shows well too.

use std::fmt::Write;

use e2e::fleet::check::Check;
use e2e::fleet::float;
use e2e::fleet::ledger::{Calls, Ledger};
use e2e::fleet::measure::Size;
use e2e::fleet::run::Outcome;
use e2e::fleet::steady::{Samples, Steady};
use e2e::machine;

use crate::Cli;

/// A week, in each set-up.
pub fn week(cli: &Cli, runs: &[Outcome]) -> String {
    let mut text = String::from("# A week of a fleet\n\n");
    let command = format!("local-dev/fleet --hosts {} --days {} --cron {} --seed {}", cli.hosts, cli.days, cli.cron, cli.seed);
    line(
        &mut text,
        &format!(
            "`{command}`: {} virtual hosts live {} days, beginning with a Monday, over the real server program and one MariaDB. Every call is a \
             connection of its own from the host's own address, as those of `cdx` are; an eighth of them of an old client or without a person. Of the calls of \
             timers {} in 16 are made: they are alike. The login is good for 330 s, so that a week of minutes has many generations. Time is \
             what usage carries; the servers' clock is the machine's.",
            cli.hosts, cli.days, cli.cron
        ),
    );
    text.push('\n');
    head(&mut text);
    for run in runs {
        one(&mut text, run);
    }
    text.trim_end().to_owned()
}

fn head(text: &mut String) {
    line(text, &format!("codex-auth-central {} on {}", env!("CARGO_PKG_VERSION"), machine::described()));
    text.push('\n');
}

fn one(text: &mut String, run: &Outcome) {
    let count: usize = run.calls.values().map(Calls::count).sum();
    let seconds = run.wall.as_secs_f64();
    let processes = if run.processes == 1 { "One process".to_owned() } else { format!("{} processes", run.processes) };
    line(
        text,
        &format!(
            "## {processes}\n\n{count} calls in {seconds:.0} s, {:.0} a second, load generator and database on the same cores.\n",
            float(count as u64) / seconds
        ),
    );
    promises(text, &run.checks);
    complaints(text, &run.complaints);
    line(text, "\n| calls under load | count | p50 ms | p99 ms |\n|---|--:|--:|--:|");
    for (kind, calls) in &run.calls {
        line(text, &format!("| {kind} | {} | {:.1} | {:.1} |", calls.count(), calls.percentile(50), calls.percentile(99)));
    }
    line(text, "\n| alone, one at a time | p50 ms before the days | p50 ms after | ratio | p99 ms after |\n|---|--:|--:|--:|--:|");
    for (before, after) in run.empty.iter().zip(&run.full) {
        line(
            text,
            &format!("| {} | {:.1} | {:.1} | {:.1} | {:.1} |", after.name, before.p50, after.p50, after.p50 / before.p50, after.p99),
        );
    }
    let Size { all, rows, host, row, tables, deadlocks } = &run.size;
    let tables: Vec<_> = tables.iter().map(|(name, bytes)| format!("{name} {:.0}", float(*bytes) / 1e6)).collect();
    let megabytes = float(*all) / 1e6;
    line(
        text,
        &format!(
            "\nThe database holds {megabytes:.0} MB and {rows} rows of usage: {host} bytes a host, {row} bytes a row of usage with its delivery and sums. The biggest tables, in MB: {}. It broke {deadlocks} deadlocks; each was tried again.\n",
            tables.join(", ")
        ),
    );
}

/// The steady load.
pub fn steady(cli: &Cli, steady: Steady, samples: &Samples, checks: &[Check], ledger: &Ledger) -> String {
    let mut text = String::from("# Memory under a steady load\n\n");
    let minutes = steady.lasting.as_secs() / 60;
    let command =
        format!("local-dev/fleet --steady {minutes} --hosts {} --calls-per-second {} --seed {}", cli.hosts, steady.per_second, cli.seed);
    line(
        &mut text,
        &format!(
            "`{command}`: launches, timers, pushes, usage, token exchanges, new logins, changes of content and the dashboard's pages, mixed evenly, of \
             {} hosts on one process of the real server. Resident memory (VmRSS) every 5 s; warm-up: {}.\n",
            cli.hosts,
            samples.warm_at.map_or_else(|| "which never ended".to_owned(), |second| format!("{second} s"))
        ),
    );
    head(&mut text);
    let (first, last) = samples.ends();
    line(&mut text, "| resident memory | MiB |\n|---|--:|");
    line(&mut text, &format!("| mean of the first tenth after the warm-up | {:.1} |", first / 1024.0));
    line(&mut text, &format!("| mean of the last tenth | {:.1} |", last / 1024.0));
    let most = samples.all.iter().map(|(_, kib)| *kib).max().unwrap_or(0);
    line(&mut text, &format!("| the most | {:.1} |\n\n| minute | MiB |\n|--:|--:|", float(most) / 1024.0));
    let step = (samples.all.len() / 20).max(1);
    for (second, kib) in samples.all.iter().step_by(step) {
        line(&mut text, &format!("| {:.1} | {:.1} |", float(*second) / 60.0, float(*kib) / 1024.0));
    }
    line(&mut text, &format!("\n{} calls.\n", ledger.count()));
    promises(&mut text, checks);
    complaints(&mut text, &ledger.complaints);
    text.trim_end().to_owned()
}

fn promises(text: &mut String, checks: &[Check]) {
    line(text, "| promise | held | counted |\n|---|---|---|");
    for check in checks {
        line(text, &format!("| {} | {} | {} |", check.name, if check.holds { "yes" } else { "**NO**" }, check.found));
    }
}

fn complaints(text: &mut String, complaints: &[String]) {
    if !complaints.is_empty() {
        line(text, "\nWhat was answered otherwise, the first of it:\n");
    }
    for complaint in complaints {
        line(text, &format!("- {}", complaint.chars().take(300).collect::<String>()));
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a text takes every line");
}
