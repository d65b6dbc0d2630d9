//! Every job there is, as operators see it. What runs is in the scheduler; a test proves that both name the same.

use std::time::Duration;

/// What a job may call out to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// OpenAI: its token endpoint, quotas.
    OpenAi,
    /// The list of Codex releases.
    GitHub,
    /// The runner, which runs Codex.
    Runner,
    /// Addresses that operators gave.
    Webhooks,
    /// The price list.
    Prices,
}

impl Calls {
    /// Its name in answers and in the documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::GitHub => "github",
            Self::Runner => "runner",
            Self::Webhooks => "webhooks",
            Self::Prices => "prices",
        }
    }
}

/// One job.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in the database, the log and the API; at most 32 characters.
    pub name: &'static str,
    /// How long after one run the next is due.
    pub every: Duration,
    /// A run that takes longer than this is ended, and has failed.
    pub limit: Duration,
    /// Where its requests go; empty: it makes none.
    pub calls: &'static [Calls],
    /// One sentence.
    pub does: &'static str,
}

use Calls::{GitHub, OpenAi, Prices, Runner, Webhooks};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn m(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

const fn h(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

/// All jobs, in the order in which they run when several are due. `docs/scheduler.md` has the same table.
#[rustfmt::skip]
pub const JOBS: &[Job] = &[
    Job { name: "refresh-login",  every: s(30), limit: m(10), calls: &[OpenAi],         does: "Refreshes the login ahead of its end, and settles refreshes that were cut off." },
    Job { name: "prove-login",    every: s(10), limit: h(1),  calls: &[Runner, OpenAi], does: "Lets the runner try logins that hosts pushed and configurations that wait." },
    Job { name: "preflight",      every: s(10), limit: h(1),  calls: &[Runner, OpenAi], does: "Proves the fleet's login when the last proof is older than AUTH_RUNNER_PREFLIGHT_SECONDS." },
    Job { name: "judge-rollout",  every: m(1),  limit: m(5),  calls: &[],               does: "Stops a roll-out whose version fails more often than the one before." },
    Job { name: "chatgpt-quota",  every: m(1),  limit: m(5),  calls: &[OpenAi],           does: "Learns how much of the ChatGPT plan's windows is used, hourly unless configured otherwise." },
    Job { name: "budgets",        every: m(1),  limit: m(5),  calls: &[],                 does: "Notes which budgets of this month are nearly or wholly used." },
    Job { name: "alerts",         every: s(30), limit: m(10), calls: &[Webhooks],         does: "Finds what operators should know now, and tells their webhooks." },
    Job { name: "prune-hosts",    every: m(5),  limit: m(10), calls: &[],               does: "Archives hosts that have expired or that nobody uses." },
    Job { name: "sweep",          every: m(10), limit: m(10), calls: &[],               does: "Removes rate limits, sessions, single-use tokens and counts of runs that have ended; finds the highest Codex in use." },
    Job { name: "old-versions",   every: h(24), limit: m(30), calls: &[],               does: "Removes old versions of documents that nobody has any more." },
    Job { name: "old-records",    every: h(24), limit: m(30), calls: &[],                 does: "Removes rows of usage, snapshots, alerts, deleted memories and calls of MCP that are kept for a time only." },
    Job { name: "usage-sums",     every: h(24), limit: m(30), calls: &[],                 does: "Compares the sums of usage of the last two full days with their rows." },
    Job { name: "prices",         every: h(24), limit: m(30), calls: &[Prices],           does: "Reads the price list, and costs usage whose model had no price." },
    Job { name: "codex-releases", every: h(3),  limit: m(10), calls: &[GitHub],         does: "Learns the newest Codex release, and the files of pinned ones." },
];

/// The job of this name.
pub fn job(name: &str) -> Option<&'static Job> {
    JOBS.iter().find(|job| job.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn jobs_have_names_that_fit_and_say_what_they_do() {
        for job in JOBS {
            assert!((1..=32).contains(&job.name.len()) && job.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", job.name);
            assert!(job.does.ends_with('.') && job.does.len() > 20, "{}", job.name);
            assert!(!job.every.is_zero() && !job.limit.is_zero(), "{}", job.name);
        }
        assert_eq!(JOBS.iter().map(|job| job.name).collect::<HashSet<_>>().len(), JOBS.len(), "each name once");
    }

    #[test]
    fn the_document_has_the_same_table() {
        let document = include_str!("../../../docs/scheduler.md");
        let rows: Vec<_> = document.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<_> = JOBS
            .iter()
            .map(|job| {
                let calls = job.calls.iter().map(|calls| calls.name()).collect::<Vec<_>>().join(", ");
                let calls = if calls.is_empty() { "nothing".to_owned() } else { calls };
                format!("| `{}` | {} | {} | {calls} | {} |", job.name, span(job.every), span(job.limit), job.does)
            })
            .collect();
        assert_eq!(rows, expected);
    }

    fn span(duration: Duration) -> String {
        match duration.as_secs() {
            seconds if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
            seconds if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
            seconds => format!("{seconds} s"),
        }
    }
}
