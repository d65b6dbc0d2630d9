//! The release list of Codex, in GitHub's form.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use super::assets::{self, Asset};
use super::normalise;
use crate::crypto::is_sha256;
use crate::{App, AppError, AppResult, fleet};

/// How long the release list may take.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize)]
struct Release {
    tag_name: String,
    #[serde(default)]
    assets: Vec<ReleaseAsset>,
}

#[derive(Debug, Deserialize)]
struct ReleaseAsset {
    name: String,
    browser_download_url: String,
    #[serde(default)]
    digest: Option<String>,
}

/// Which release to look for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// The newest.
    Latest,
    /// One version.
    Version(&'a str),
}

/// Asks upstream for a release and remembers its files. Returns its version; `None`: there is no such release.
pub async fn refresh(app: &App, which: Which<'_>) -> AppResult<Option<String>> {
    let path = match which {
        Which::Latest => "latest".to_owned(),
        Which::Version(version) => format!("tags/rust-v{version}"),
    };
    let url = format!("{}/repos/openai/codex/releases/{path}", app.config.releases_api);
    let found = fetch(&url).await.map_err(|e| AppError::Upstream(format!("the Codex release list did not answer: {}", e.without_url())))?;
    let Some(release) = found else { return Ok(None) };
    let version = normalise(&release.tag_name).ok_or_else(|| AppError::Upstream("the release list names no version".to_owned()))?;
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    for file in &release.assets {
        if let Some(asset) = usable(file) {
            assets::put(&mut tx, now, &version, &file.name, &asset).await?;
        }
    }
    if matches!(which, Which::Latest) {
        fleet::set_available(&mut tx, now, &version).await?;
    }
    tx.commit().await?;
    Ok(Some(version))
}

/// Only files whose digest is known are offered to hosts.
fn usable(file: &ReleaseAsset) -> Option<Asset> {
    let sha256 = file.digest.as_deref()?.strip_prefix("sha256:")?.to_ascii_lowercase();
    let fits = file.name.len() <= 128 && file.browser_download_url.len() <= 512 && file.browser_download_url.starts_with("http");
    (is_sha256(&sha256) && fits).then(|| Asset { url: file.browser_download_url.clone(), sha256 })
}

async fn fetch(url: &str) -> reqwest::Result<Option<Release>> {
    let client = crate::http::client::new().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::limited(3)).build()?;
    let answer = client.get(url).header("accept", "application/json").send().await?;
    if answer.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    answer.error_for_status()?.json().await.map(Some)
}
