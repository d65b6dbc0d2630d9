use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::auth::proof::check;
use shared::auth::proof::sql::{Check, checks_of_a_day, recent};
use shared::extract::Viewer;
use shared::hosts::view::atom;
use shared::{App, AppResult, fleet, http};

/// The runner and what it said.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RunnerState {
    enabled: bool,
    runner_url: Option<String>,
    /// When it last answered.
    last_daily_check: Option<String>,
    last_failure: Option<String>,
    last_ok: Option<String>,
    /// `ok` or `fail`.
    state: Option<String>,
    base_url: String,
    timeout_seconds: Option<u64>,
    /// When the login is proven next.
    next_check_at: Option<String>,
    counts: Counts,
    latest_validation: Option<Latest>,
    /// The last checks, newest first.
    checks: Vec<Check>,
}

/// Of the last day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Counts {
    validations_24h: i64,
}

/// The newest check, in the contract's form.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Latest {
    id: u64,
    created_at: String,
    /// `ok` or `fail`.
    status: &'static str,
    reason: Option<String>,
}

impl From<&Check> for Latest {
    fn from(check: &Check) -> Self {
        let status = if check.verdict == "verified" { "ok" } else { "fail" };
        Self { id: check.id, created_at: atom(check.created_at), status, reason: check.reason.clone() }
    }
}

/// How the runner is doing.
#[utoipa::path(get, path = "/admin/runner", responses((status = 200, body = http::Envelope<RunnerState>)))]
pub async fn get_runner(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let next = check::next(&app).await?;
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let checks = recent(&mut conn).await?;
    let config = app.config.runner.as_ref();
    Ok(http::ok(RunnerState {
        enabled: config.is_some(),
        runner_url: config.map(|config| config.url.clone()),
        last_daily_check: fleet.runner_last_check.map(atom),
        last_failure: fleet.runner_last_fail.map(atom),
        last_ok: fleet.runner_last_ok.map(atom),
        state: fleet.runner_state,
        base_url: app.config.public_base_url.clone(),
        timeout_seconds: config.map(|config| config.timeout.as_secs()),
        next_check_at: next.map(atom),
        counts: Counts { validations_24h: checks_of_a_day(&mut conn, app.clock.now()).await? },
        latest_validation: checks.first().map(Latest::from),
        checks,
    }))
}
