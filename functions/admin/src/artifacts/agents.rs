use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::input::{self, Given};
use shared::artifacts::{Kind, Name, operate};
use shared::extract::{Json, Operator, Viewer, short_text};
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

use super::answer::{etag, if_match};

/// The fleet's AGENTS.md.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Agents {
    /// There is none.
    Missing {
        /// `missing`.
        #[schema(pattern = "^missing$")]
        status: &'static str,
    },
    /// There is one.
    There {
        /// `ok`.
        #[schema(pattern = "^ok$")]
        status: &'static str,
        version: u32,
        sha256: String,
        updated_at: String,
        size_bytes: u64,
        content: String,
    },
}

/// Show the fleet's AGENTS.md.
#[utoipa::path(get, path = "/admin/agents", responses((status = 200, body = http::Envelope<Agents>)))]
pub async fn get_agents(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let found = operate::show(&app, Kind::Agents, &Name::agents()).await?;
    let Some((artifact, text)) = found.filter(|(artifact, _)| artifact.retired_at.is_none()) else {
        return Ok(http::ok(Agents::Missing { status: "missing" }).into_response());
    };
    let answer = Agents::There {
        status: "ok",
        version: artifact.version,
        sha256: artifact.sha256,
        updated_at: atom(artifact.updated_at),
        size_bytes: artifact.size_bytes,
        content: text.main,
    };
    Ok((etag(artifact.version), http::ok(answer)).into_response())
}

/// The new text; it may be empty.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct StoreAgents {
    content: Option<String>,
    /// Instead of `content`.
    body: Option<String>,
    /// Of the new text, for its integrity. To refuse a change of what somebody else has changed, send `If-Match`.
    sha256: Option<String>,
    /// Why.
    note: Option<String>,
}

/// What storing did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StoredAgents {
    /// `created`, `updated` or `unchanged`.
    status: &'static str,
    version: u32,
    sha256: String,
    updated_at: String,
    size_bytes: u64,
}

/// Set the fleet's AGENTS.md.
#[utoipa::path(post, path = "/admin/agents/store", request_body = StoreAgents,
    responses((status = 200, body = http::Envelope<StoredAgents>), (status = 412)))]
pub async fn store_agents(
    Operator(who): Operator,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<StoreAgents>,
) -> AppResult<impl IntoResponse> {
    let text = body.content.as_deref().or(body.body.as_deref());
    let draft = input::draft(Kind::Agents, Given { text, sha256: body.sha256.as_deref(), ..Given::default() })?;
    let note = short_text("note", body.note.as_deref(), 500)?;
    let done = operate::save(&app, &who.by, draft, false, (if_match(&headers), note.as_deref())).await?;
    let artifact = done.artifact;
    let answer = StoredAgents {
        status: done.status,
        version: artifact.version,
        sha256: artifact.sha256,
        updated_at: atom(artifact.updated_at),
        size_bytes: artifact.size_bytes,
    };
    Ok((etag(artifact.version), http::ok(answer)))
}
