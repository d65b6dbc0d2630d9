//! The jobs and how often each runs.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::TimeDelta;

use shared::artifacts::operate;
use shared::auth::{authority, proof};
use shared::codex_config::gate;
use shared::versions::github::{Which, refresh};
use shared::{App, AppResult, access, hosts, limits, mcp, memories, single_use};

type Running<'a> = Pin<Box<dyn Future<Output = AppResult<u64>> + Send + 'a>>;

/// One job.
#[derive(Debug)]
pub struct Job {
    /// Its name in the database and the log.
    pub name: &'static str,
    /// How long after one run the next is due.
    pub every: Duration,
    /// What it does; gives how many things it did.
    pub run: fn(&App) -> Running<'_>,
}

/// Versions of documents that nobody has are kept for so long.
const KEPT: TimeDelta = TimeDelta::days(180);

/// All jobs.
pub const JOBS: &[Job] = &[
    Job { name: "refresh-login", every: Duration::from_secs(30), run: |app| Box::pin(authority::tend::tend(app)) },
    Job { name: "prove-login", every: Duration::from_secs(10), run: |app| Box::pin(prove(app)) },
    Job { name: "prune-hosts", every: Duration::from_mins(5), run: |app| Box::pin(hosts::prune::run(app)) },
    Job { name: "sweep", every: Duration::from_mins(10), run: |app| Box::pin(sweep(app)) },
    Job { name: "old-versions", every: Duration::from_hours(24), run: |app| Box::pin(operate::collect(app, app.clock.now() - KEPT)) },
    Job { name: "mcp-retention", every: Duration::from_hours(6), run: |app| Box::pin(forget(app)) },
    Job { name: "codex-releases", every: Duration::from_hours(3), run: |app| Box::pin(releases(app)) },
];

/// Lets the runner try what has to be proven.
async fn prove(app: &App) -> AppResult<u64> {
    Ok(proof::candidate::tend(app).await? + gate::tend(app).await? + proof::check::tend(app).await?)
}

/// Removes what has ended by itself.
async fn sweep(app: &App) -> AppResult<u64> {
    Ok(limits::sweep(app).await? + access::sessions::sweep(app).await? + single_use::sweep(app).await?)
}

/// Forgets deleted memories and old calls of MCP.
async fn forget(app: &App) -> AppResult<u64> {
    Ok(memories::remove::purge(app).await? + mcp::log::sweep(app).await?)
}

/// Learns the newest Codex release.
async fn releases(app: &App) -> AppResult<u64> {
    refresh(app, Which::Latest).await.map(|_| 1)
}
