//! The log of MCP calls: written beside the answers, many at once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::sql;
use crate::{App, AppResult};

/// One call. It says who did what and how it went, never what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who.
    pub host_id: u64,
    /// From where.
    pub client_ip: String,
    /// The method of JSON-RPC.
    pub method: String,
    /// The tool, or the address of a resource.
    pub name: Option<String>,
    /// In microseconds.
    pub duration_us: u32,
    /// Neither JSON-RPC nor the tool said no.
    pub success: bool,
    /// Of JSON-RPC.
    pub error_code: Option<i32>,
    /// A fixed word.
    pub error_message: Option<&'static str>,
    /// When it was answered.
    pub at: DateTime<Utc>,
}

/// Calls that are answered and not yet written.
#[derive(Debug, Default)]
pub struct Unwritten(Mutex<Vec<Call>>);

/// They wait so long for others.
const GATHER: Duration = Duration::from_millis(200);
/// More than this many wait only while the database does not answer; then the oldest are lost, and the log says so.
const MOST: usize = 50_000;
/// Rows a statement.
const STEP: usize = 500;
/// So long a call is remembered.
const KEPT: TimeDelta = TimeDelta::days(90);
/// Rows removed by one statement.
const SWEEP: u32 = 5000;

impl Unwritten {
    /// Adds calls; `true`: nobody is on the way to write them.
    fn add(&self, calls: Vec<Call>) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = all.is_empty();
        all.extend(calls);
        let surplus = all.len().saturating_sub(MOST);
        if surplus > 0 {
            tracing::error!(mcp.lost = surplus, "the database does not take the MCP log: {surplus} calls are lost");
            all.drain(..surplus);
        }
        was_empty
    }

    fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Notes calls. They are written a moment later, together with others; where the process may stop after the answer, now.
pub async fn note(app: &App, calls: Vec<Call>) {
    if calls.is_empty() {
        return;
    }
    let first = app.mcp_calls.add(calls);
    if app.config.mcp.writes_log_first {
        flush(app).await;
    } else if first {
        let app = app.clone();
        tokio::spawn(async move {
            tokio::time::sleep(GATHER).await;
            while !flush(&app).await {
                tokio::time::sleep(GATHER * 10).await;
            }
        });
    }
}

/// Writes what waits. `false`: the database did not take it, and it still waits.
pub async fn flush(app: &App) -> bool {
    let calls = app.mcp_calls.take();
    for (place, step) in calls.chunks(STEP).enumerate() {
        if let Err(error) = write(app, step).await {
            tracing::warn!(%error, "the MCP log could not be written, and waits");
            app.mcp_calls.add(calls[place * STEP..].to_vec());
            return false;
        }
    }
    true
}

async fn write(app: &App, calls: &[Call]) -> sqlx::Result<()> {
    sql::add_calls(&mut *app.db.acquire().await?, calls).await
}

/// Forgets what is older than 90 days. Returns how many.
pub async fn sweep(app: &App) -> AppResult<u64> {
    let before = app.clock.now() - KEPT;
    let mut all = 0;
    loop {
        let gone = sql::sweep_calls(&mut *app.db.acquire().await?, before, SWEEP).await?;
        all += gone;
        if gone < u64::from(SWEEP) {
            return Ok(all);
        }
    }
}
