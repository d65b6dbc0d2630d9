//! What differs between two versions of a document.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::{Kind, Name, operate};
use shared::extract::{Path, Query, Viewer};
use shared::{App, AppResult, http};

/// Which two.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// Absent: the one before `to`; 0: nothing.
    from: Option<u32>,
    /// Absent: the current one.
    to: Option<u32>,
}

/// What differs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Difference {
    from: u32,
    to: u32,
    /// A unified diff; empty: the texts are equal.
    diff: String,
}

async fn difference(app: &App, kind: Kind, name: &Name, between: &Between) -> AppResult<impl IntoResponse + use<>> {
    let (from, to, diff) = operate::difference(app, kind, name, between.from, between.to).await?;
    Ok(http::ok(Difference { from, to, diff }))
}

/// Compare two versions of the fleet's AGENTS.md.
#[utoipa::path(get, path = "/admin/agents/diff", params(Between), responses((status = 200, body = http::Envelope<Difference>), (status = 404)))]
pub async fn diff_agents(_who: Viewer, State(app): State<App>, Query(between): Query<Between>) -> AppResult<impl IntoResponse> {
    difference(&app, Kind::Agents, &Name::agents(), &between).await
}

/// Compare two versions of a slash command.
#[utoipa::path(get, path = "/admin/slash-commands/{filename}/diff", params(("filename" = String, Path), Between), responses((status = 200, body = http::Envelope<Difference>)))]
pub async fn diff_slash_command(
    _who: Viewer,
    State(app): State<App>,
    Path(name): Path<String>,
    Query(between): Query<Between>,
) -> AppResult<impl IntoResponse> {
    difference(&app, Kind::Command, &Name::in_path(Kind::Command, &name)?, &between).await
}

/// Compare two versions of a skill.
#[utoipa::path(get, path = "/admin/skills/{slug}/diff", params(("slug" = String, Path), Between), responses((status = 200, body = http::Envelope<Difference>)))]
pub async fn diff_skill(
    _who: Viewer,
    State(app): State<App>,
    Path(name): Path<String>,
    Query(between): Query<Between>,
) -> AppResult<impl IntoResponse> {
    difference(&app, Kind::Skill, &Name::in_path(Kind::Skill, &name)?, &between).await
}
