use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::Value;
use shared::codex_config::Settings;
use shared::codex_config::store::{self, Expected};
use shared::crypto::is_sha256;
use shared::extract::{Json, Operator, short_text};
use shared::{App, AppError, AppResult, http};

use super::answer::{ConfigAnswer, answer};

/// The settings as they should be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct StoreConfig {
    #[schema(value_type = Object)]
    settings: Value,
    /// SHA-256 of the configuration these were made from; another one is current: 422.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    sha256: Option<String>,
    /// Why; the history keeps it.
    #[schema(max_length = 500)]
    note: Option<String>,
}

/// Store the fleet's configuration. Hosts get it with their next run. `If-Match` with the version: another one is current: 412.
#[utoipa::path(post, path = "/admin/config/store", request_body = StoreConfig,
    responses((status = 200, body = http::Envelope<ConfigAnswer>), (status = 412)))]
pub async fn store_config(
    Operator(who): Operator,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<StoreConfig>,
) -> AppResult<impl IntoResponse> {
    let note = short_text("note", body.note.as_deref(), 500)?.unwrap_or_default();
    let sha256 = body.sha256.as_deref();
    if sha256.is_some_and(|sha| !is_sha256(sha)) {
        return Err(AppError::invalid("sha256", "sha256 must be 64 hex characters"));
    }
    if !body.settings.is_object() {
        return Err(AppError::invalid("settings", "settings must be an object"));
    }
    let settings = Settings::parse(&body.settings).map_err(store::invalid)?;
    let expected = Expected { sha256, version: if_match(&headers)? };
    let (status, stored) = store::store(&app, &who.by, &settings, expected, &note).await?;
    let (headers, body) = answer(status.name(), Some(stored));
    Ok((headers, http::ok(body)))
}

/// The version in `If-Match`; `*` is any.
pub fn if_match(headers: &HeaderMap) -> AppResult<Option<u64>> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    match tag.to_str().unwrap_or_default().trim().trim_matches('"') {
        "*" => Ok(None),
        version => version.parse().map(Some).map_err(|_| AppError::PreconditionFailed),
    }
}
