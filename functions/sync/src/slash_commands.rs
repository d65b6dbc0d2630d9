//! What hosts do with slash commands, by the contract.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::host::{Retrieved, retrieve, store};
use shared::artifacts::input::{self, Given};
use shared::artifacts::{Artifact, Kind, Name, sql};
use shared::extract::{Caller, Json};
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

/// A slash command without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListedSlashCommand {
    id: u64,
    filename: String,
    sha256: String,
    description: Option<String>,
    argument_hint: Option<String>,
    updated_at: String,
    /// Since when it is retired.
    deleted_at: Option<String>,
}

/// All of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SlashCommandList {
    commands: Vec<ListedSlashCommand>,
}

impl From<Artifact> for ListedSlashCommand {
    fn from(artifact: Artifact) -> Self {
        Self {
            id: artifact.id,
            filename: artifact.name,
            sha256: artifact.sha256,
            description: artifact.description,
            argument_hint: artifact.argument_hint,
            updated_at: atom(artifact.updated_at),
            deleted_at: artifact.retired_at.map(atom),
        }
    }
}

/// List the fleet's slash commands by name, the retired ones too.
#[utoipa::path(get, path = "/slash-commands", responses((status = 200, body = http::Envelope<SlashCommandList>)))]
pub async fn list_slash_commands(_caller: Caller, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let found = sql::list(&mut *app.db.acquire().await?, Kind::Command).await?;
    Ok(http::ok(SlashCommandList { commands: found.into_iter().map(Into::into).collect() }))
}

/// Which one, and what the host has.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RetrieveSlashCommand {
    filename: Option<String>,
    /// Of the host's copy; absent: it has none.
    sha256: Option<String>,
}

/// A slash command for a host.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum RetrievedSlashCommand {
    /// There never was one.
    Missing {
        /// `missing`.
        #[schema(pattern = "^missing$")]
        status: &'static str,
        filename: String,
    },
    /// It is retired: the host removes its copy.
    Deleted {
        /// `deleted`.
        #[schema(pattern = "^deleted$")]
        status: &'static str,
        filename: String,
        deleted_at: Option<String>,
    },
    /// There is one.
    There {
        /// `unchanged` or `updated`.
        #[schema(pattern = "^(unchanged|updated)$")]
        status: &'static str,
        filename: String,
        sha256: String,
        description: Option<String>,
        argument_hint: Option<String>,
        updated_at: String,
        /// Only when it is updated.
        #[serde(skip_serializing_if = "Option::is_none")]
        prompt: Option<String>,
    },
}

/// Give a host a slash command, unless it has it.
#[utoipa::path(post, path = "/slash-commands/retrieve", request_body = RetrieveSlashCommand,
    responses((status = 200, body = http::Envelope<RetrievedSlashCommand>)))]
pub async fn retrieve_slash_command(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(body): Json<RetrieveSlashCommand>,
) -> AppResult<impl IntoResponse> {
    let name = Name::parse(Kind::Command, body.filename.as_deref().unwrap_or_default())?;
    let has = input::sha256(body.sha256.as_deref())?;
    let filename = name.as_str().to_owned();
    Ok(http::ok(match retrieve(&app, &caller, Kind::Command, &name, has.as_deref()).await? {
        Retrieved::Missing => RetrievedSlashCommand::Missing { status: "missing", filename },
        Retrieved::Deleted(artifact) => {
            RetrievedSlashCommand::Deleted { status: "deleted", filename, deleted_at: artifact.retired_at.map(atom) }
        }
        Retrieved::Unchanged(artifact) => there("unchanged", filename, artifact, None),
        Retrieved::Updated(artifact, text) => there("updated", filename, artifact, Some(text.main)),
    }))
}

fn there(status: &'static str, filename: String, artifact: Artifact, prompt: Option<String>) -> RetrievedSlashCommand {
    RetrievedSlashCommand::There {
        status,
        filename,
        sha256: artifact.sha256,
        description: artifact.description,
        argument_hint: artifact.argument_hint,
        updated_at: atom(artifact.updated_at),
        prompt,
    }
}

/// A slash command that a host offers to the fleet.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct OfferSlashCommand {
    filename: Option<String>,
    prompt: Option<String>,
    /// Instead of `prompt`.
    content: Option<String>,
    description: Option<String>,
    argument_hint: Option<String>,
    /// Of the text, for its integrity.
    sha256: Option<String>,
    /// Of the text this one was made from; absent: what this host was last given.
    base_sha256: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedSlashCommand {
    /// `created`, `updated` or `unchanged`.
    status: &'static str,
    filename: String,
    sha256: String,
    updated_at: String,
    /// An operator has to decide; until then nothing changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<u64>,
}

/// Offer a slash command to the fleet: it is taken, reviewed or refused by the fleet's policy.
#[utoipa::path(post, path = "/slash-commands/store", request_body = OfferSlashCommand,
    responses((status = 200, body = http::Envelope<OfferedSlashCommand>)))]
pub async fn store_slash_command(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(body): Json<OfferSlashCommand>,
) -> AppResult<impl IntoResponse> {
    let given = Given {
        name: body.filename.as_deref(),
        text: body.prompt.as_deref().or(body.content.as_deref()),
        description: body.description.as_deref(),
        argument_hint: body.argument_hint.as_deref(),
        sha256: body.sha256.as_deref(),
        ..Given::default()
    };
    let draft = input::draft(Kind::Command, given)?;
    let base = input::sha256(body.base_sha256.as_deref())?;
    let done = store(&app, &caller, &draft, base.as_deref()).await?;
    let (sha256, updated_at) = done.artifact.map_or_else(|| (draft.text.sha256(), app.clock.now()), |now| (now.sha256, now.updated_at));
    let filename = draft.name.as_str().to_owned();
    Ok(http::ok(OfferedSlashCommand { status: done.status, filename, sha256, updated_at: atom(updated_at), review: done.review }))
}
