use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde::Serialize;
use shared::artifacts::diff;
use shared::codex_config::Settings;
use shared::codex_config::gate::publish;
use shared::codex_config::sql::{Line, list};
use shared::codex_config::store::{self, Expected};
use shared::extract::{Operator, Path, Viewer};
use shared::{App, AppError, AppResult, fleet, http};

use super::answer::{ConfigAnswer, ConfigVersion, answer};
use super::store_config::if_match;

/// The history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConfigVersions {
    /// What hosts get; 0: nothing.
    current: u64,
    /// Newest first, at most 500.
    versions: Vec<Line>,
}

/// One version, and how it differs from the one before.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConfigVersionDetail {
    #[serde(flatten)]
    config: ConfigVersion,
    /// Unified, of the templates.
    diff: String,
}

/// The versions of the configuration.
#[utoipa::path(get, path = "/admin/config/versions", responses((status = 200, body = http::Envelope<ConfigVersions>)))]
pub async fn list_config_versions(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let current = fleet::get(&mut conn).await?.config_version;
    Ok(http::ok(ConfigVersions { current, versions: list(&mut conn, 500).await? }))
}

/// One version of the configuration, as far as the caller's role may see it.
#[utoipa::path(get, path = "/admin/config/versions/{version}", params(("version" = u64, Path)),
    responses((status = 200, body = http::Envelope<ConfigVersionDetail>), (status = 404)))]
pub async fn get_config_version(Viewer(who): Viewer, State(app): State<App>, Path(version): Path<u64>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    let mut shown = async |version| store::get(&app, &mut conn, version).await?.map(|stored| stored.shown_to(who.role)).transpose();
    let stored = shown(version).await?.ok_or(AppError::NotFound("version"))?;
    let before = shown(version.saturating_sub(1)).await?.map(|before| before.content).unwrap_or_default();
    let names = (format!("version {}", version.saturating_sub(1)), format!("version {version}"));
    let diff = diff::unified(&before, &stored.content, (&names.0, &names.1));
    Ok(http::ok(ConfigVersionDetail { config: ConfigVersion::from(stored), diff }))
}

/// Let hosts have the newest version although Codex has not taken it, or not yet.
#[utoipa::path(post, path = "/admin/config/versions/{version}/publish", params(("version" = u64, Path)),
    responses((status = 200, body = http::Envelope<ConfigAnswer>), (status = 404), (status = 409)))]
pub async fn publish_config_version(
    Operator(who): Operator,
    State(app): State<App>,
    Path(version): Path<u64>,
) -> AppResult<impl IntoResponse> {
    store::get(&app, &mut *app.db.acquire().await?, version).await?.ok_or(AppError::NotFound("version"))?;
    publish(&app, &who.by, version, Some("published by hand")).await?;
    let stored = store::get(&app, &mut *app.db.acquire().await?, version).await?;
    let (headers, body) = answer("ok", stored);
    Ok((headers, http::ok(body)))
}

/// Make an earlier version the next one.
#[utoipa::path(post, path = "/admin/config/versions/{version}/restore", params(("version" = u64, Path)),
    responses((status = 200, body = http::Envelope<ConfigAnswer>), (status = 404), (status = 412)))]
pub async fn restore_config_version(
    Operator(who): Operator,
    State(app): State<App>,
    headers: HeaderMap,
    Path(version): Path<u64>,
) -> AppResult<impl IntoResponse> {
    let stored = store::get(&app, &mut *app.db.acquire().await?, version).await?.ok_or(AppError::NotFound("version"))?;
    let settings = Settings::parse(&stored.settings).map_err(AppError::Invalid)?;
    let expected = Expected { sha256: None, version: if_match(&headers)? };
    let (status, stored) = store::store(&app, &who.by, &settings, expected, &format!("version {version} again")).await?;
    let (headers, body) = answer(status.name(), Some(stored));
    Ok((headers, http::ok(body)))
}
