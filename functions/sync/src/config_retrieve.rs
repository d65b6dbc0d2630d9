use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::codex_config::bake::{Baked, bake};
use shared::crypto::{is_sha256, sha256_hex};
use shared::extract::{Caller, Json};
use shared::{App, AppError, AppResult, http};

/// What the host has.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub struct ConfigRetrieve {
    /// SHA-256 of its copy; empty: none.
    #[schema(pattern = "^([0-9a-fA-F]{64})?$")]
    sha256: Option<String>,
}

/// The configuration for this host.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ConfigRetrieved {
    /// `missing`, `unchanged` or `updated`.
    status: &'static str,
    /// Of the text for this host.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Of the template it was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<usize>,
    /// Only when it is `updated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

/// The fleet's config.toml as this host's Codex reads it. `cdx` merges instead, with `/sync`.
#[utoipa::path(post, path = "/config/retrieve", request_body = Option<ConfigRetrieve>,
    responses((status = 200, body = http::Envelope<ConfigRetrieved>)))]
pub async fn retrieve_config(
    Caller(caller): Caller,
    State(app): State<App>,
    Json(body): Json<ConfigRetrieve>,
) -> AppResult<impl IntoResponse> {
    let known = body.sha256.unwrap_or_default();
    if !known.is_empty() && !is_sha256(&known) {
        return Err(AppError::invalid("sha256", "sha256 must be 64 hex characters"));
    }
    let codex = caller.who.host.client_version.clone();
    let Some(Baked { config, base_sha256, updated_at, .. }) = bake(&app, &caller.who, codex.as_deref()).await? else {
        return Ok(http::ok(ConfigRetrieved { status: "missing", ..ConfigRetrieved::default() }));
    };
    let sha256 = sha256_hex(&config);
    let same = known == sha256;
    Ok(http::ok(ConfigRetrieved {
        status: if same { "unchanged" } else { "updated" },
        base_sha256: Some(base_sha256),
        updated_at: Some(updated_at),
        size_bytes: Some(config.len()),
        content: (!same).then_some(config),
        sha256: Some(sha256),
    }))
}
