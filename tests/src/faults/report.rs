//! What is told of a run: lines for people, and a page.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Outcome, Scenario};
use crate::machine;

/// A run of several scenarios.
#[derive(Debug)]
pub struct Report {
    /// What came out of each, or why it could not run.
    pub outcomes: Vec<(&'static Scenario, Result<Outcome, String>)>,
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or("never".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
}

fn list(refusals: &std::collections::BTreeMap<u16, u64>) -> String {
    let one = |(status, many): (&u16, &u64)| if *status == 0 { format!("none × {many}") } else { format!("{status} × {many}") };
    let all: Vec<_> = refusals.iter().map(one).collect();
    if all.is_empty() { "–".to_owned() } else { all.join(", ") }
}

/// What is told of a scenario: seconds, requests, acknowledged writes, refusals, restarts, how often it was well again, and the longest way there.
fn figures(outcome: &Outcome) -> [String; 7] {
    [
        outcome.seconds.to_string(),
        outcome.book.requests.to_string(),
        outcome.book.acknowledged().to_string(),
        list(&outcome.book.refusals),
        outcome.restarts.to_string(),
        outcome.recoveries.len().to_string(),
        seconds(outcome.longest()),
    ]
}

/// One scenario in a few lines.
pub fn lines(outcome: &Outcome) -> String {
    let [seconds, requests, acknowledged, refused, restarts, healed, longest] = figures(outcome);
    let mut text = format!(
        "{}: {seconds} s, {requests} requests, {acknowledged} acknowledged, refused {refused}, {restarts} restarts, {healed} healed, longest {longest}\n",
        outcome.name
    );
    for verdict in outcome.verdicts.iter().filter(|verdict| !verdict.complaints.is_empty()) {
        for complaint in verdict.complaints.iter().take(5) {
            let _ = writeln!(text, "  BROKEN: {}: {complaint}", verdict.invariant);
        }
    }
    for late in outcome.late() {
        let _ = writeln!(text, "  MISSED: all is well within 5 s of the cause's end: {late}");
    }
    text
}

impl Report {
    /// The page.
    pub fn page(&self, command: &str) -> String {
        let mut page = format!("# Faults\n\nWritten by `{command}` on {}\n\n", machine::described());
        page.push_str(INTRODUCTION);
        self.table(&mut page);
        self.invariants(&mut page);
        self.scenarios(&mut page);
        page
    }

    fn ran(&self) -> impl Iterator<Item = (&'static Scenario, &Outcome)> {
        self.outcomes.iter().filter_map(|(scenario, outcome)| Some((*scenario, outcome.as_ref().ok()?)))
    }

    fn table(&self, page: &mut String) {
        page.push_str("| fault | seconds | requests | acknowledged writes | refused, by status | restarts | healed | longest recovery |\n|---|---|---|---|---|---|---|---|\n");
        for (scenario, outcome) in self.ran() {
            let _ = writeln!(page, "| {} | {} |", scenario.name, figures(outcome).join(" | "));
        }
        for (scenario, why) in self.outcomes.iter().filter_map(|(scenario, outcome)| Some((scenario, outcome.as_ref().err()?))) {
            let _ = writeln!(page, "| {} | not run: {why} | | | | | | |", scenario.name);
        }
    }

    fn invariants(&self, page: &mut String) {
        let Some((_, first)) = self.ran().next() else { return };
        page.push_str("\n## What must be true\n\n| what | held in |\n|---|---|\n");
        for (number, verdict) in first.verdicts.iter().enumerate() {
            let held = self.ran().filter(|(_, outcome)| outcome.verdicts[number].complaints.is_empty()).count();
            let _ = writeln!(page, "| {} | {held} of {} |", verdict.invariant, self.ran().count());
        }
        let late: Vec<_> = self.ran().map(|(scenario, outcome)| (scenario, outcome.late())).collect();
        let held = late.iter().filter(|(_, late)| late.is_empty()).count();
        let _ = writeln!(page, "| all is well within 5 s of the cause's end | {held} of {} |", late.len());
        for (scenario, late) in late.iter().filter(|(_, late)| !late.is_empty()) {
            let _ = writeln!(page, "\n**Missed** by {}: all is well within 5 s of the cause's end: {}", scenario.name, late.join("; "));
        }
        for (scenario, outcome) in self.ran() {
            for verdict in outcome.verdicts.iter().filter(|verdict| !verdict.complaints.is_empty()) {
                let many = verdict.complaints.len();
                let _ =
                    writeln!(page, "\n**Missed** by {}: {} ({many}), such as: {}", scenario.name, verdict.invariant, verdict.complaints[0]);
            }
        }
    }

    fn scenarios(&self, page: &mut String) {
        page.push_str(
            "\n## What happened\n\n| fault | what | tokens exchanged | tried again after a lost answer | |\n|---|---|---|---|---|\n",
        );
        for (scenario, outcome) in self.ran() {
            let (exchanges, again) = outcome.exchanges;
            let _ = writeln!(page, "| {} | {} | {exchanges} | {again} | {} |", scenario.name, scenario.what, outcome.notes.join("; "));
        }
    }
}

const INTRODUCTION: &str = "Two server processes (debug builds) over one MariaDB, each by a proxy of its own; 6 hosts, a Codex and an owner call all the time: \
launches, usage of both kinds, logins, exchanges of a handle, slash commands, registrations and installations, refreshes at once. \
A recovery is the time from the end of the cause to the first of five good looks in a row (`/readyz` and a launch) on both servers; \
after a kill it counts from the kill, the start of the process included. \"none\" among the statuses: no answer came.\n\n";
