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
pub struct WhichSlashCommands {
    /// The retired ones too.
    #[param(value_type = Option<bool>)]
    retired: Option<Flag>,
}

/// A slash command without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SlashCommandRow {
    id: u64,
    filename: String,
    version: u32,
    sha256: String,
    description: Option<String>,
    argument_hint: Option<String>,
    size_bytes: u64,
    updated_at: String,
    /// Since when it is retired.
    deleted_at: Option<String>,
}

/// The fleet's slash commands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SlashCommandRows {
    commands: Vec<SlashCommandRow>,
}

fn row(artifact: Artifact) -> SlashCommandRow {
    SlashCommandRow {
        id: artifact.id,
        filename: artifact.name,
        version: artifact.version,
        sha256: artifact.sha256,
        description: artifact.description,
        argument_hint: artifact.argument_hint,
        size_bytes: artifact.size_bytes,
        updated_at: atom(artifact.updated_at),
        deleted_at: artifact.retired_at.map(atom),
    }
}

/// List the fleet's slash commands by name.
#[utoipa::path(get, path = "/admin/slash-commands", operation_id = "list_fleet_slash_commands", params(WhichSlashCommands),
    responses((status = 200, body = http::Envelope<SlashCommandRows>)))]
pub async fn list_slash_commands(
    _who: Viewer,
    State(app): State<App>,
    Query(which): Query<WhichSlashCommands>,
) -> AppResult<impl IntoResponse> {
    let all = which.retired.is_some_and(|retired| retired.0);
    let found = sql::list(&mut *app.db.acquire().await?, Kind::Command).await?;
    let shown = found.into_iter().filter(|artifact| all || artifact.retired_at.is_none());
    Ok(http::ok(SlashCommandRows { commands: shown.map(row).collect() }))
}

/// A slash command and its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WholeSlashCommand {
    #[serde(flatten)]
    row: SlashCommandRow,
    prompt: String,
}

/// Show one slash command, retired or not.
#[utoipa::path(get, path = "/admin/slash-commands/{filename}", params(("filename" = String, Path)),
    responses((status = 200, body = http::Envelope<WholeSlashCommand>)))]
pub async fn get_slash_command(_who: Viewer, State(app): State<App>, Path(name): Path<String>) -> AppResult<impl IntoResponse> {
    let name = Name::in_path(Kind::Command, &name)?;
    let (artifact, text) = operate::show(&app, Kind::Command, &name).await?.ok_or(AppError::NotFound(Kind::Command.noun()))?;
    let answer = WholeSlashCommand { prompt: text.main, row: row(artifact.clone()) };
    Ok((etag(artifact.version), http::ok(answer)))
}

/// A new slash command, or a new text of one.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct StoreSlashCommand {
    filename: Option<String>,
    prompt: Option<String>,
    /// Instead of `prompt`.
    content: Option<String>,
    description: Option<String>,
    argument_hint: Option<String>,
    /// Of the text, for its integrity. To refuse a change of what somebody else has changed, send `If-Match`.
    sha256: Option<String>,
    /// Why.
    note: Option<String>,
}

/// What storing did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StoredSlashCommand {
    /// `created`, `updated` or `unchanged`.
    status: &'static str,
    filename: String,
    version: u32,
    sha256: String,
    updated_at: String,
}

/// Store a slash command. A retired one comes back.
#[utoipa::path(post, path = "/admin/slash-commands/store", operation_id = "store_fleet_slash_command", request_body = StoreSlashCommand,
    responses((status = 200, body = http::Envelope<StoredSlashCommand>), (status = 412)))]
pub async fn store_slash_command(
    Operator(who): Operator,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<StoreSlashCommand>,
) -> AppResult<impl IntoResponse> {
    let note = short_text("note", body.note.as_deref(), 500)?;
    let given = Given {
        name: body.filename.as_deref(),
        text: body.prompt.as_deref().or(body.content.as_deref()),
        description: body.description.as_deref(),
        argument_hint: body.argument_hint.as_deref(),
        sha256: body.sha256.as_deref(),
        ..Given::default()
    };
    let draft = input::draft(Kind::Command, given)?;
    let done = operate::save(&app, &who.by, draft, false, (if_match(&headers), note.as_deref())).await?;
    let artifact = done.artifact;
    let answer = StoredSlashCommand {
        status: done.status,
        filename: artifact.name,
        version: artifact.version,
        sha256: artifact.sha256,
        updated_at: atom(artifact.updated_at),
    };
    Ok((etag(artifact.version), http::ok(answer)))
}
