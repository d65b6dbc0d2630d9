use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::artifacts::host::{Retrieved, retrieve};
use shared::artifacts::{Artifact, Kind, Name, input};
use shared::extract::{Caller, Json};
use shared::hosts::view::atom;
use shared::{App, AppResult, http};

/// What the host has.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RetrieveAgents {
    /// Of its AGENTS.md; absent: it has none.
    sha256: Option<String>,
}

/// The fleet's AGENTS.md.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum RetrievedAgents {
    /// There is none.
    Missing {
        /// `missing`.
        #[schema(pattern = "^missing$")]
        status: &'static str,
    },
    /// There is one.
    There {
        /// `unchanged` or `updated`.
        #[schema(pattern = "^(unchanged|updated)$")]
        status: &'static str,
        sha256: String,
        updated_at: String,
        size_bytes: u64,
        /// Only when it is updated.
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
}

/// Give a host the fleet's AGENTS.md, unless it has it.
#[utoipa::path(post, path = "/agents/retrieve", request_body = Option<RetrieveAgents>,
    responses((status = 200, body = http::Envelope<RetrievedAgents>)))]
pub async fn retrieve_agents(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(body): Json<RetrieveAgents>,
) -> AppResult<impl IntoResponse> {
    let has = input::sha256(body.sha256.as_deref())?;
    let there = |status, artifact: Artifact, content| RetrievedAgents::There {
        status,
        sha256: artifact.sha256,
        updated_at: atom(artifact.updated_at),
        size_bytes: artifact.size_bytes,
        content,
    };
    Ok(http::ok(match retrieve(&app, &caller, Kind::Agents, &Name::agents(), has.as_deref()).await? {
        // Nobody set one, or an operator took it back: the contract has one word for both.
        Retrieved::Missing | Retrieved::Deleted(_) => RetrievedAgents::Missing { status: "missing" },
        Retrieved::Unchanged(artifact) => there("unchanged", artifact, None),
        Retrieved::Updated(artifact, text) => there("updated", artifact, Some(text.main)),
    }))
}
