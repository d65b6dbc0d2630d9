//! The roll-out as every endpoint of it answers.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::versions::judge::Verdict;
use shared::versions::rollout::{self, Status};
use shared::versions::{Record, Seen};
use shared::{App, AppResult};

/// What the numbers say.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Judgement {
    /// `continue` or `stop`: then the scheduler ends it within a minute.
    decision: &'static str,
    reason: String,
}

impl From<Verdict> for Judgement {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Continue(reason) => Self { decision: "continue", reason },
            Verdict::Stop(reason) => Self { decision: "stop", reason },
        }
    }
}

/// How one version does.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct VersionStatus {
    version: String,
    /// Hosts that have it now.
    hosts: i64,
    /// Hosts that told of a run of it; `launches`, `failures` and `since` are theirs.
    hosts_that_ran: i64,
    launches: u64,
    /// Runs that ended within 10 seconds with an error.
    failures: u64,
    /// From 0 to 1; null: nothing has run.
    failure_rate: Option<f64>,
    /// The first day counted, UTC.
    since: Option<String>,
}

impl VersionStatus {
    fn seen(&mut self, seen: &Seen) {
        (self.hosts_that_ran, self.launches, self.failures) = (seen.hosts, seen.launches, seen.failures);
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
        let rate = |part: u64, whole: u64| part as f64 / whole as f64;
        self.failure_rate = (seen.launches > 0).then(|| rate(seen.failures, seen.launches));
        self.since = Some(seen.since.to_string());
    }
}

/// The running roll-out, and how versions do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RolloutState {
    /// Null: none is running.
    rollout: Option<Record>,
    /// Of the running one.
    verdict: Option<Judgement>,
    /// Hosts that are told to run it; a host's own pin keeps it out.
    hosts_in_ring: usize,
    hosts: usize,
    /// While the roll-out is running, or of the last 7 days.
    versions: Vec<VersionStatus>,
    /// The last ones that ended, newest first.
    history: Vec<Record>,
}

/// Reads and shapes it.
pub async fn state(app: &App) -> AppResult<RolloutState> {
    let Status { records, verdict, seen, in_use, in_ring, hosts } = rollout::status(app).await?;
    let mut versions: BTreeMap<String, VersionStatus> = BTreeMap::new();
    for one in in_use {
        versions.entry(one.version).or_default().hosts = one.hosts;
    }
    for one in seen {
        versions.entry(one.version.clone()).or_default().seen(&one);
    }
    let (running, history): (Vec<_>, _) = records.into_iter().partition(|record| record.state == "running");
    let versions = versions.into_iter().map(|(version, status)| VersionStatus { version, ..status }).collect();
    Ok(RolloutState {
        rollout: running.into_iter().next(),
        verdict: verdict.map(Into::into),
        hosts_in_ring: in_ring,
        hosts,
        versions,
        history,
    })
}
