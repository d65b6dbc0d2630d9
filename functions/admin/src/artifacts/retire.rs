//! What the fleet no longer has. Hosts remove the copy they were given; the history stays.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::artifacts::{Kind, Name, operate};
use shared::extract::{Operator, Path};
use shared::{App, AppResult, http};

/// What is retired.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Retired {
    deleted: String,
}

/// Take the fleet's AGENTS.md back.
#[utoipa::path(delete, path = "/admin/agents", responses((status = 200, body = http::Envelope<Retired>), (status = 404)))]
pub async fn unset_agents(Operator(who): Operator, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let artifact = operate::retire(&app, &who.by, Kind::Agents, &Name::agents()).await?;
    Ok(http::ok(Retired { deleted: artifact.name }))
}

/// Retire a slash command.
#[utoipa::path(delete, path = "/admin/slash-commands/{filename}", params(("filename" = String, Path)), responses((status = 200, body = http::Envelope<Retired>)))]
pub async fn retire_slash_command(
    Operator(who): Operator,
    State(app): State<App>,
    Path(name): Path<String>,
) -> AppResult<impl IntoResponse> {
    let artifact = operate::retire(&app, &who.by, Kind::Command, &Name::in_path(Kind::Command, &name)?).await?;
    Ok(http::ok(Retired { deleted: artifact.name }))
}

/// Retire a skill.
#[utoipa::path(delete, path = "/admin/skills/{slug}", params(("slug" = String, Path)), responses((status = 200, body = http::Envelope<Retired>)))]
pub async fn retire_skill(Operator(who): Operator, State(app): State<App>, Path(name): Path<String>) -> AppResult<impl IntoResponse> {
    let artifact = operate::retire(&app, &who.by, Kind::Skill, &Name::in_path(Kind::Skill, &name)?).await?;
    Ok(http::ok(Retired { deleted: artifact.name }))
}
