use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::input::{self, Given};
use shared::artifacts::{Artifact, Kind, Name, operate, sql};
use shared::extract::{Flag, Json, Operator, Path, Query, Viewer, short_text};
use shared::hosts::view::atom;
use shared::{App, AppError, AppResult, http};

use super::answer::{etag, if_match};

/// Which to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichSkills {
    /// The retired ones too.
    #[param(value_type = Option<bool>)]
    retired: Option<Flag>,
}

/// A skill without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SkillRow {
    id: u64,
    slug: String,
    version: u32,
    sha256: String,
    display_name: Option<String>,
    description: Option<String>,
    size_bytes: u64,
    updated_at: String,
    /// Since when it is retired.
    deleted_at: Option<String>,
}

/// The fleet's skills.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SkillRows {
    skills: Vec<SkillRow>,
}

fn row(artifact: Artifact) -> SkillRow {
    SkillRow {
        id: artifact.id,
        slug: artifact.name,
        version: artifact.version,
        sha256: artifact.sha256,
        display_name: artifact.display_name,
        description: artifact.description,
        size_bytes: artifact.size_bytes,
        updated_at: atom(artifact.updated_at),
        deleted_at: artifact.retired_at.map(atom),
    }
}

/// List the fleet's skills by name.
#[utoipa::path(get, path = "/admin/skills", operation_id = "list_fleet_skills", params(WhichSkills),
    responses((status = 200, body = http::Envelope<SkillRows>)))]
pub async fn list_skills(_who: Viewer, State(app): State<App>, Query(which): Query<WhichSkills>) -> AppResult<impl IntoResponse> {
    let all = which.retired.is_some_and(|retired| retired.0);
    let found = sql::list(&mut *app.db.acquire().await?, Kind::Skill).await?;
    let shown = found.into_iter().filter(|artifact| all || artifact.retired_at.is_none());
    Ok(http::ok(SkillRows { skills: shown.map(row).collect() }))
}

/// A skill and its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WholeSkill {
    #[serde(flatten)]
    row: SkillRow,
    manifest: String,
    /// Its further files by path.
    files: BTreeMap<String, String>,
}

/// Show one skill, retired or not.
#[utoipa::path(get, path = "/admin/skills/{slug}", params(("slug" = String, Path)),
    responses((status = 200, body = http::Envelope<WholeSkill>)))]
pub async fn get_skill(_who: Viewer, State(app): State<App>, Path(name): Path<String>) -> AppResult<impl IntoResponse> {
    let name = Name::in_path(Kind::Skill, &name)?;
    let (artifact, text) = operate::show(&app, Kind::Skill, &name).await?.ok_or(AppError::NotFound(Kind::Skill.noun()))?;
    let answer = WholeSkill { manifest: text.main, files: text.files, row: row(artifact.clone()) };
    Ok((etag(artifact.version), http::ok(answer)))
}

/// A new skill, or a new text of one.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct StoreSkill {
    #[serde(alias = "filename")]
    slug: Option<String>,
    manifest: Option<String>,
    /// Instead of `manifest`.
    content: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    /// All its further files by path (references, scripts); absent: those there are stay.
    files: Option<BTreeMap<String, String>>,
    /// Of the text, for its integrity. To refuse a change of what somebody else has changed, send `If-Match`.
    sha256: Option<String>,
    /// Why.
    note: Option<String>,
}

/// What storing did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StoredSkill {
    /// `created`, `updated` or `unchanged`.
    status: &'static str,
    slug: String,
    version: u32,
    sha256: String,
    updated_at: String,
}

/// Store a skill. A retired one comes back.
#[utoipa::path(post, path = "/admin/skills/store", operation_id = "store_fleet_skill", request_body = StoreSkill,
    responses((status = 200, body = http::Envelope<StoredSkill>), (status = 412)))]
pub async fn store_skill(
    Operator(who): Operator,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<StoreSkill>,
) -> AppResult<impl IntoResponse> {
    let keep_files = body.files.is_none();
    let note = short_text("note", body.note.as_deref(), 500)?;
    let given = Given {
        name: body.slug.as_deref(),
        text: body.manifest.as_deref().or(body.content.as_deref()),
        display_name: body.display_name.as_deref(),
        description: body.description.as_deref(),
        sha256: body.sha256.as_deref(),
        files: body.files,
        ..Given::default()
    };
    let draft = input::draft(Kind::Skill, given)?;
    let done = operate::save(&app, &who.by, draft, keep_files, (if_match(&headers), note.as_deref())).await?;
    let artifact = done.artifact;
    let answer = StoredSkill {
        status: done.status,
        slug: artifact.name,
        version: artifact.version,
        sha256: artifact.sha256,
        updated_at: atom(artifact.updated_at),
    };
    Ok((etag(artifact.version), http::ok(answer)))
}
