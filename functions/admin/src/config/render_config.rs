use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::codex_config::{Managed, Settings, Target, Version, render, store};
use shared::crypto::sha256_hex;
use shared::extract::{Json, Viewer};
use shared::hosts::sql;
use shared::{App, AppError, AppResult, http};

/// Settings to look at, and for whom.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RenderRequest {
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    /// Preview for this host: its overrides, and the Codex it last reported.
    host_id: Option<u64>,
    /// Preview for this Codex; absent: the newest.
    #[schema(max_length = 64)]
    codex_version: Option<String>,
}

/// What Codex would read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RenderedConfig {
    content: String,
    sha256: String,
    size_bytes: usize,
    /// Normalised.
    #[schema(value_type = Object)]
    settings: Value,
    /// Profiles that this Codex reads from files of their own.
    profiles: Vec<RenderedFile>,
    /// What this Codex does not get as it was chosen, and why.
    notes: Vec<String>,
}

/// A file beside it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RenderedFile {
    path: String,
    content: String,
}

/// Show what a host would read, without storing anything; the managed MCP server stands there with a word in the place of the key.
#[utoipa::path(post, path = "/admin/config/render", request_body = Option<RenderRequest>,
    responses((status = 200, body = http::Envelope<RenderedConfig>), (status = 404)))]
pub async fn render_config(_who: Viewer, State(app): State<App>, Json(body): Json<RenderRequest>) -> AppResult<impl IntoResponse> {
    let settings = body.settings.filter(Value::is_object).unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let settings = Settings::parse(&settings).map_err(store::invalid)?;
    let mut target = Target::default();
    if let Some(id) = body.host_id {
        let host = sql::find(&mut *app.db.acquire().await?, id).await?.ok_or(AppError::NotFound("host"))?;
        target = Target::of(&host);
    }
    target.managed = Some(Managed::placeholder(&app.config.public_base_url));
    if let Some(version) = &body.codex_version {
        target.codex = Version::parse(version);
    }
    let rendered = render(&settings, &target).map_err(store::invalid)?;
    let profiles = rendered.profiles.into_iter().map(|(path, content)| RenderedFile { path, content }).collect();
    Ok(http::ok(RenderedConfig {
        sha256: sha256_hex(&rendered.config),
        size_bytes: rendered.config.len(),
        content: rendered.config,
        settings: settings.to_json(),
        profiles,
        notes: rendered.notes,
    }))
}
