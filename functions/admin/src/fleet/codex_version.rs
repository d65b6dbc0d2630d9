use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::audit::Change;
use shared::extract::{Json, Operator};
use shared::hosts::view::atom;
use shared::versions::{check, rollout};
use shared::{App, AppError, AppResult, fleet, http, versions};

/// A version, or `latest`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct CodexVersion {
    selection: String,
}

/// The pin.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Pinned {
    locked_version: Option<String>,
    locked_at: Option<String>,
}

/// Pin the fleet to a Codex version, or follow the newest (`latest`). A version that upstream does not have is refused.
#[utoipa::path(post, path = "/admin/codex-version", request_body = CodexVersion,
    responses((status = 200, body = http::Envelope<Pinned>), (status = 409), (status = 502)))]
pub async fn set_codex_version(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<CodexVersion>,
) -> AppResult<impl IntoResponse> {
    let pin = match body.selection.trim() {
        "latest" | "auto" => None,
        text => Some(
            versions::normalise(text)
                .filter(|v| versions::is_release(v))
                .ok_or_else(|| AppError::invalid("selection", "selection must be latest, or a version like 0.169.0"))?,
        ),
    };
    // Learns where the files are; without them hosts keep the Codex they have.
    match pin.as_deref() {
        Some(version) => check::ensure(&app, "selection", version).await?,
        None => drop(check::newest(&app).await.inspect_err(|error| tracing::warn!(%error, "nobody knows the newest Codex release yet"))),
    }
    let now = app.clock.now();
    let mut change = Change::begin(&app, &who.by).await?;
    rollout::pinned(&mut change, now, pin.as_deref()).await?;
    let before = fleet::get(&mut change).await?.client_version_lock;
    fleet::set_version_lock(&mut change, now, pin.as_deref()).await?;
    change.record("admin.codex_version", "fleet", json!({ "locked_version": before }), json!({ "locked_version": pin }));
    change.commit().await?;
    Ok(http::ok(Pinned { locked_at: pin.as_ref().map(|_| atom(now)), locked_version: pin }))
}
