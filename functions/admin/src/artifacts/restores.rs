//! An older version becomes the newest; what was retired comes back.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::{Kind, Name, operate};
use shared::audit::Actor;
use shared::extract::{Json, Operator, Path};
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

use super::answer::etag;

/// Which version.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Restore {
    /// Absent: the last one, which brings back what is retired.
    version: Option<u32>,
}

/// The document as it is now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Restored {
    /// `updated`, or `unchanged` when it was so already.
    status: &'static str,
    name: String,
    version: u32,
    sha256: String,
    updated_at: String,
}

async fn restore(app: &App, by: &Actor, kind: Kind, name: &Name, body: &Restore) -> AppResult<impl IntoResponse + use<>> {
    let done = operate::restore(app, by, kind, name, body.version).await?;
    let artifact = done.artifact;
    let answer = Restored {
        status: done.status,
        name: artifact.name,
        version: artifact.version,
        sha256: artifact.sha256,
        updated_at: atom(artifact.updated_at),
    };
    Ok((etag(artifact.version), http::ok(answer)))
}

/// Restore the fleet's AGENTS.md, as a new version.
#[utoipa::path(post, path = "/admin/agents/restore", request_body = Option<Restore>, responses((status = 200, body = http::Envelope<Restored>), (status = 404)))]
pub async fn restore_agents(Operator(who): Operator, State(app): State<App>, Json(body): Json<Restore>) -> AppResult<impl IntoResponse> {
    restore(&app, &who.by, Kind::Agents, &Name::agents(), &body).await
}

/// Restore a slash command, as a new version.
#[utoipa::path(post, path = "/admin/slash-commands/{filename}/restore", params(("filename" = String, Path)), request_body = Option<Restore>, responses((status = 200, body = http::Envelope<Restored>)))]
pub async fn restore_slash_command(
    Operator(who): Operator,
    State(app): State<App>,
    Path(name): Path<String>,
    Json(body): Json<Restore>,
) -> AppResult<impl IntoResponse> {
    restore(&app, &who.by, Kind::Command, &Name::in_path(Kind::Command, &name)?, &body).await
}

/// Restore a skill, as a new version.
#[utoipa::path(post, path = "/admin/skills/{slug}/restore", params(("slug" = String, Path)), request_body = Option<Restore>, responses((status = 200, body = http::Envelope<Restored>)))]
pub async fn restore_skill(
    Operator(who): Operator,
    State(app): State<App>,
    Path(name): Path<String>,
    Json(body): Json<Restore>,
) -> AppResult<impl IntoResponse> {
    restore(&app, &who.by, Kind::Skill, &Name::in_path(Kind::Skill, &name)?, &body).await
}
