//! GitHub's release documents.

use std::{path::PathBuf, sync::Arc};

use axum::{
    Json,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
};
use serde_json::{Value, json};

use super::{
    TAG_PREFIX, Version,
    assets::{self, Asset},
    folder, version_of,
};
use crate::{bearer::text, error::ApiError, server::Fake};

pub async fn list_releases(Shared(fake): Shared<Arc<Fake>>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let releases = read(&fake, &headers, |_| true).await?;
    Ok(Json(Value::Array(releases)))
}

/// The newest release that is no pre-release, as on GitHub.
pub async fn get_latest(Shared(fake): Shared<Arc<Fake>>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let newest = {
        let versions = assets::versions(folder(&fake)?).map_err(unreadable)?;
        versions.into_iter().find(|version| !version.is_prerelease())
    };
    first(read(&fake, &headers, move |version| Some(version) == newest.as_ref()).await?)
}

pub async fn get_by_tag(Shared(fake): Shared<Arc<Fake>>, Path(tag): Path<String>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let wanted = version_of(&tag)?;
    first(read(&fake, &headers, move |version| *version == wanted).await?)
}

fn first(releases: Vec<Value>) -> Result<Json<Value>, ApiError> {
    let release = releases.into_iter().next();
    release.map(Json).ok_or_else(|| ApiError::not_found("no such release"))
}

/// Reads off the async threads: a first digest of 170 MB takes a while.
async fn read(fake: &Fake, headers: &HeaderMap, wanted: impl Fn(&Version) -> bool + Send + 'static) -> Result<Vec<Value>, ApiError> {
    let folder: PathBuf = folder(fake)?.to_owned();
    let host = text(headers, "host").unwrap_or("localhost").to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let versions = assets::versions(&folder)?.into_iter().filter(|version| wanted(version));
        versions.map(|version| Ok(document(&host, &version, &assets::assets(&folder, &version)?))).collect::<std::io::Result<Vec<_>>>()
    });
    reading.await.map_err(unreadable)?.map_err(unreadable)
}

fn document(host: &str, version: &Version, assets: &[Asset]) -> Value {
    let tag = format!("{TAG_PREFIX}{version}");
    let asset = |asset: &Asset| {
        json!({
            "name": asset.name,
            "content_type": "application/octet-stream",
            "state": "uploaded",
            "size": asset.size,
            "digest": format!("sha256:{}", asset.sha256),
            "browser_download_url": format!("http://{host}/openai/codex/releases/download/{tag}/{}", asset.name),
        })
    };
    json!({
        "tag_name": tag,
        "name": version.to_string(),
        "draft": false,
        "prerelease": version.is_prerelease(),
        "published_at": "2026-01-02T03:04:05Z",
        "html_url": format!("http://{host}/openai/codex/releases/tag/{tag}"),
        "assets": assets.iter().map(asset).collect::<Vec<_>>(),
    })
}

fn unreadable(error: impl std::error::Error) -> ApiError {
    let message = format!("cannot read the releases folder: {error}");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
}
