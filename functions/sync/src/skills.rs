//! What hosts do with skills, by the contract.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::host::{Retrieved, retrieve, store};
use shared::artifacts::input::{self, Given};
use shared::artifacts::{Artifact, Kind, Name, sql};
use shared::extract::{Caller, Json};
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

/// A skill without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListedSkill {
    id: u64,
    slug: String,
    sha256: String,
    display_name: Option<String>,
    description: Option<String>,
    updated_at: String,
    /// Since when it is retired.
    deleted_at: Option<String>,
}

/// All of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SkillList {
    skills: Vec<ListedSkill>,
}

impl From<Artifact> for ListedSkill {
    fn from(artifact: Artifact) -> Self {
        Self {
            id: artifact.id,
            slug: artifact.name,
            sha256: artifact.sha256,
            display_name: artifact.display_name,
            description: artifact.description,
            updated_at: atom(artifact.updated_at),
            deleted_at: artifact.retired_at.map(atom),
        }
    }
}

/// List the fleet's skills by name, the retired ones too.
#[utoipa::path(get, path = "/skills", responses((status = 200, body = http::Envelope<SkillList>)))]
pub async fn list_skills(_caller: Caller, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let found = sql::list(&mut *app.db.acquire().await?, Kind::Skill).await?;
    Ok(http::ok(SkillList { skills: found.into_iter().map(Into::into).collect() }))
}

/// Which one, and what the host has.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RetrieveSkill {
    #[serde(alias = "filename")]
    slug: Option<String>,
    /// Of the host's copy; absent: it has none.
    sha256: Option<String>,
}

/// A skill for a host.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum RetrievedSkill {
    /// There never was one.
    Missing {
        /// `missing`.
        #[schema(pattern = "^missing$")]
        status: &'static str,
        slug: String,
    },
    /// It is retired: the host removes its copy.
    Deleted {
        /// `deleted`.
        #[schema(pattern = "^deleted$")]
        status: &'static str,
        slug: String,
        deleted_at: Option<String>,
    },
    /// There is one.
    There {
        /// `unchanged` or `updated`.
        #[schema(pattern = "^(unchanged|updated)$")]
        status: &'static str,
        slug: String,
        sha256: String,
        display_name: Option<String>,
        description: Option<String>,
        updated_at: String,
        /// Only when it is updated.
        #[serde(skip_serializing_if = "Option::is_none")]
        manifest: Option<String>,
    },
}

/// Give a host a skill, unless it has it.
#[utoipa::path(post, path = "/skills/retrieve", request_body = RetrieveSkill,
    responses((status = 200, body = http::Envelope<RetrievedSkill>)))]
pub async fn retrieve_skill(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(body): Json<RetrieveSkill>,
) -> AppResult<impl IntoResponse> {
    let name = Name::parse(Kind::Skill, body.slug.as_deref().unwrap_or_default())?;
    let has = input::sha256(body.sha256.as_deref())?;
    let slug = name.as_str().to_owned();
    Ok(http::ok(match retrieve(&app, &caller, Kind::Skill, &name, has.as_deref()).await? {
        Retrieved::Missing => RetrievedSkill::Missing { status: "missing", slug },
        Retrieved::Deleted(artifact) => RetrievedSkill::Deleted { status: "deleted", slug, deleted_at: artifact.retired_at.map(atom) },
        Retrieved::Unchanged(artifact) => there("unchanged", slug, artifact, None),
        Retrieved::Updated(artifact, text) => there("updated", slug, artifact, Some(text.main)),
    }))
}

fn there(status: &'static str, slug: String, artifact: Artifact, manifest: Option<String>) -> RetrievedSkill {
    RetrievedSkill::There {
        status,
        slug,
        sha256: artifact.sha256,
        display_name: artifact.display_name,
        description: artifact.description,
        updated_at: atom(artifact.updated_at),
        manifest,
    }
}

/// A skill that a host offers to the fleet.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct OfferSkill {
    #[serde(alias = "filename")]
    slug: Option<String>,
    manifest: Option<String>,
    /// Instead of `manifest`.
    content: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    /// Of the text, for its integrity.
    sha256: Option<String>,
    /// Of the text this one was made from; absent: what this host was last given.
    base_sha256: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedSkill {
    /// `created`, `updated` or `unchanged`.
    status: &'static str,
    slug: String,
    sha256: String,
    updated_at: String,
    /// An operator has to decide; until then nothing changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<u64>,
}

/// Offer a skill to the fleet: it is taken, reviewed or refused by the fleet's policy.
#[utoipa::path(post, path = "/skills/store", request_body = OfferSkill,
    responses((status = 200, body = http::Envelope<OfferedSkill>)))]
pub async fn store_skill(Caller(caller): Caller, State(app): State<App>, Json(body): Json<OfferSkill>) -> AppResult<impl IntoResponse> {
    let given = Given {
        name: body.slug.as_deref(),
        text: body.manifest.as_deref().or(body.content.as_deref()),
        display_name: body.display_name.as_deref(),
        description: body.description.as_deref(),
        sha256: body.sha256.as_deref(),
        ..Given::default()
    };
    let draft = input::draft(Kind::Skill, given)?;
    let base = input::sha256(body.base_sha256.as_deref())?;
    let done = store(&app, &caller, &draft, base.as_deref()).await?;
    let (sha256, updated_at) = done.artifact.map_or_else(|| (draft.text.sha256(), app.clock.now()), |now| (now.sha256, now.updated_at));
    let slug = draft.name.as_str().to_owned();
    Ok(http::ok(OfferedSkill { status: done.status, slug, sha256, updated_at: atom(updated_at), review: done.review }))
}
