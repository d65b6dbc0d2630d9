use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::extract::Viewer;
use shared::hosts::view::atom;
use shared::schedule::{self, JOBS, Job, State as JobState};
use shared::{App, AppResult, http};

/// One job, whether it has ever run or not.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListedJob {
    name: &'static str,
    /// What it does, in one sentence.
    does: &'static str,
    /// What it may call out to: `openai`, `github`, `runner`, `webhooks`, `prices`.
    calls: Vec<&'static str>,
    every_seconds: u64,
    /// A run that takes longer is ended, and has failed.
    limit_seconds: u64,
    /// An instance is running it.
    running: bool,
    /// Null: at the next opportunity.
    due_at: Option<String>,
    /// Of the last run.
    started_at: Option<String>,
    /// Of the last run that ended, like `duration_ms` and `error`.
    ended_at: Option<String>,
    duration_ms: Option<u64>,
    /// Null: it went well.
    error: Option<String>,
    /// Of the last run that went well, like `done`: how many things it did.
    succeeded_at: Option<String>,
    done: Option<u64>,
    /// Runs in a row, up to the last, that failed.
    failures: u32,
}

impl ListedJob {
    fn of(job: &Job, state: Option<&JobState>, now: DateTime<Utc>) -> Self {
        let when = |of: fn(&JobState) -> Option<DateTime<Utc>>| state.and_then(of).map(atom);
        Self {
            name: job.name,
            does: job.does,
            calls: job.calls.iter().map(|calls| calls.name()).collect(),
            every_seconds: job.every.as_secs(),
            limit_seconds: job.limit.as_secs(),
            running: state.is_some_and(|state| state.is_running(now)),
            due_at: when(|state| Some(state.due_at)),
            started_at: when(|state| state.started_at),
            ended_at: when(|state| state.ended_at),
            duration_ms: state.and_then(|state| state.duration_ms),
            error: state.and_then(|state| state.error.clone()),
            succeeded_at: when(|state| state.succeeded_at),
            done: state.and_then(|state| state.done),
            failures: state.map_or(0, |state| state.failures),
        }
    }
}

/// All of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JobList {
    /// In the order in which they run when several are due.
    jobs: Vec<ListedJob>,
}

/// What runs by itself, when it ran last and how that went.
#[utoipa::path(get, path = "/admin/jobs", responses((status = 200, body = http::Envelope<JobList>)))]
pub async fn list_jobs(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let states = schedule::all(&mut *app.db.acquire().await?).await?;
    let (now, state) = (app.clock.now(), |job: &Job| states.iter().find(|state| state.name == job.name));
    Ok(http::ok(JobList { jobs: JOBS.iter().map(|job| ListedJob::of(job, state(job), now)).collect() }))
}
