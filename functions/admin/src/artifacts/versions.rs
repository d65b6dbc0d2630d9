//! The history of documents.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::artifacts::{Kind, Name, Version, operate};
use shared::extract::{Path, Viewer};
use shared::{App, AppResult, http};

/// Versions, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct History {
    versions: Vec<Version>,
}

async fn history(app: &App, kind: Kind, name: &Name) -> AppResult<impl IntoResponse + use<>> {
    Ok(http::ok(History { versions: operate::history(app, kind, name).await? }))
}

/// List the versions of the fleet's AGENTS.md.
#[utoipa::path(get, path = "/admin/agents/versions", responses((status = 200, body = http::Envelope<History>), (status = 404)))]
pub async fn list_agents_versions(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    history(&app, Kind::Agents, &Name::agents()).await
}

/// List the versions of a slash command.
#[utoipa::path(get, path = "/admin/slash-commands/{filename}/versions", params(("filename" = String, Path)), responses((status = 200, body = http::Envelope<History>)))]
pub async fn list_slash_command_versions(_who: Viewer, State(app): State<App>, Path(name): Path<String>) -> AppResult<impl IntoResponse> {
    history(&app, Kind::Command, &Name::in_path(Kind::Command, &name)?).await
}

/// List the versions of a skill.
#[utoipa::path(get, path = "/admin/skills/{slug}/versions", params(("slug" = String, Path)), responses((status = 200, body = http::Envelope<History>)))]
pub async fn list_skill_versions(_who: Viewer, State(app): State<App>, Path(name): Path<String>) -> AppResult<impl IntoResponse> {
    history(&app, Kind::Skill, &Name::in_path(Kind::Skill, &name)?).await
}
