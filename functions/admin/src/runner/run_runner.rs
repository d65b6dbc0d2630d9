use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;
use shared::audit::Change;
use shared::auth::proof::check;
use shared::auth::proof::sql::Subject;
use shared::auth::{host_view, sql};
use shared::extract::Operator;
use shared::hosts::view::atom;
use shared::{App, AppError, AppResult, fleet, http};

/// What the runner said.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RunnerRun {
    /// Always false: a runner of ours cannot change the login.
    applied: bool,
    /// `verified`, `rejected` or `unknown`.
    verdict: &'static str,
    reason: Option<String>,
    latency_ms: Option<u32>,
    codex_version: Option<String>,
    canonical_digest: String,
    canonical_last_refresh: String,
    runner_last_check: Option<String>,
    runner_last_fail: Option<String>,
    runner_last_ok: Option<String>,
    runner_state: Option<String>,
}

/// Prove the fleet's login now, with a real run of Codex. It takes as long as that.
#[utoipa::path(post, path = "/admin/runner/run",
    responses((status = 200, body = http::Envelope<RunnerRun>), (status = 404), (status = 409)))]
pub async fn run_runner(Operator(who): Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    if app.config.runner.is_none() {
        return Err(AppError::Conflict {
            code: "no_runner",
            message: "there is no runner: set AUTH_RUNNER_URL (see .env.sample)".to_owned(),
        });
    }
    let proof = check::check(&app, Subject::Manual).await?.ok_or(AppError::NotFound("login"))?;
    let mut change = Change::begin(&app, &who.by).await?;
    change.record("admin.runner.run", "canonical", (), json!({ "verdict": proof.verdict.name(), "reason": proof.reason }));
    change.commit().await?;
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let generation = sql::generation(&mut conn).await?;
    let login = host_view::current(&app, &mut conn, generation).await?.ok_or(AppError::NotFound("login"))?;
    Ok(http::ok(RunnerRun {
        applied: false,
        verdict: proof.verdict.name(),
        reason: proof.reason,
        latency_ms: proof.latency_ms,
        codex_version: proof.codex_version,
        canonical_digest: login.digest,
        canonical_last_refresh: login.last_refresh,
        runner_last_check: fleet.runner_last_check.map(atom),
        runner_last_fail: fleet.runner_last_fail.map(atom),
        runner_last_ok: fleet.runner_last_ok.map(atom),
        runner_state: fleet.runner_state,
    }))
}
