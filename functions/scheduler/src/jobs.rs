//! What each job of `shared::schedule::JOBS` runs.

use std::future::Future;
use std::pin::Pin;

use chrono::TimeDelta;

use shared::artifacts::operate;
use shared::auth::{authority, proof};
use shared::codex_config::gate;
use shared::usage::{budget, check as sums, prices, retention};
use shared::versions::{check, reported, rollout, runs};
use shared::{App, AppResult, access, alerts, hosts, limits, mcp, memories, quota, single_use};

type Running<'a> = Pin<Box<dyn Future<Output = AppResult<u64>> + Send + 'a>>;

/// Does a job once; gives how many things it did. Doing it twice does no harm.
pub type Work = fn(&App) -> Running<'_>;

/// Versions of documents that nobody has are kept for so long.
const KEPT: TimeDelta = TimeDelta::days(180);

/// By name.
pub const WORK: &[(&str, Work)] = &[
    ("refresh-login", |app| Box::pin(authority::tend::tend(app))),
    ("prove-login", |app| Box::pin(prove(app))),
    ("preflight", |app| Box::pin(proof::check::tend(app))),
    ("judge-rollout", |app| Box::pin(rollout::tend(app))),
    ("chatgpt-quota", |app| Box::pin(quota::take::tend(app))),
    ("budgets", |app| Box::pin(budget::tend::run(app))),
    ("alerts", |app| Box::pin(alerts::run(app))),
    ("prune-hosts", |app| Box::pin(hosts::prune::run(app))),
    ("sweep", |app| Box::pin(sweep(app))),
    ("old-versions", |app| Box::pin(operate::collect(app, app.clock.now() - KEPT))),
    ("old-records", |app| Box::pin(old_records(app))),
    ("usage-sums", |app| Box::pin(sums::run(app))),
    ("prices", |app| Box::pin(prices::pull::run(app))),
    ("codex-releases", |app| Box::pin(check::tend(app))),
];

/// Lets the runner try what has to be proven.
async fn prove(app: &App) -> AppResult<u64> {
    Ok(proof::candidate::tend(app).await? + gate::tend(app).await?)
}

/// Removes what has ended by itself.
async fn sweep(app: &App) -> AppResult<u64> {
    let ended = limits::sweep(app).await? + access::sessions::sweep(app).await? + single_use::sweep(app).await?;
    Ok(ended + runs::sweep(app).await? + reported::settle(app).await?)
}

/// Removes what is kept for a time only.
async fn old_records(app: &App) -> AppResult<u64> {
    Ok(quota::take::prune(app).await?
        + alerts::prune(app).await?
        + retention::run(app).await?
        + memories::remove::purge(app).await?
        + mcp::log::sweep(app).await?)
}

#[cfg(test)]
mod tests {
    use shared::schedule::JOBS;

    use super::WORK;

    #[test]
    fn what_runs_is_what_is_shown() {
        let shown: Vec<_> = JOBS.iter().map(|job| job.name).collect();
        let runs: Vec<_> = WORK.iter().map(|(name, _)| *name).collect();
        assert_eq!(runs, shown);
    }
}
