use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::json;
use shared::audit::Change;
use shared::extract::{Operator, Path};
use shared::schedule::{self, registry};
use shared::{App, AppError, AppResult, http};

/// It will run.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Queued {
    queued: bool,
}

/// Let a job run at the next opportunity: at once where the scheduler is in this process, otherwise at its next tick; after the present
/// run when there is one. It answers before that; `GET /admin/jobs` shows how it went.
#[utoipa::path(post, path = "/admin/jobs/{name}/run", params(("name" = String, Path)),
    responses((status = 200, body = http::Envelope<Queued>), (status = 404)))]
pub async fn run_job(Operator(who): Operator, State(app): State<App>, Path(name): Path<String>) -> AppResult<impl IntoResponse> {
    let job = registry::job(&name).ok_or(AppError::NotFound("job"))?;
    let mut change = Change::begin(&app, &who.by).await?;
    schedule::request(&mut change, app.clock.now(), job.name).await?;
    change.record("admin.job.run", format!("job {}", job.name), (), json!({ "queued": true }));
    change.commit().await?;
    app.wake.notify_one();
    Ok(http::ok(Queued { queued: true }))
}
