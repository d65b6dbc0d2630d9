//! A GitHub with one repository, `openai/codex`, whose releases lie in a folder.

mod assets;
mod digest;
mod download;
mod from_npm;
mod list;
mod version;

use std::{path::Path, sync::Arc};

use axum::{Router, routing::get};

use crate::{error::ApiError, server::Fake};

pub use from_npm::{TRIPLE, asset_name, from_npm};
pub use version::Version;

/// Codex tags its releases `rust-v0.169.0`.
const TAG_PREFIX: &str = "rust-v";

pub fn router() -> Router<Arc<Fake>> {
    Router::new()
        .route("/repos/openai/codex/releases", get(list::list_releases))
        .route("/repos/openai/codex/releases/latest", get(list::get_latest))
        .route("/repos/openai/codex/releases/tags/{tag}", get(list::get_by_tag))
        .route("/openai/codex/releases/download/{tag}/{asset}", get(download::download))
}

/// The folder with `<version>/<asset>`.
fn folder(fake: &Fake) -> Result<&Path, ApiError> {
    let folder = fake.options.releases_dir.as_deref();
    folder.ok_or_else(|| ApiError::not_found("this fake has no releases"))
}

/// The version a tag names, if it names one.
fn version_of(tag: &str) -> Result<Version, ApiError> {
    let version = tag.strip_prefix(TAG_PREFIX).and_then(Version::parse);
    version.ok_or_else(|| ApiError::not_found(format!("no release {tag}")))
}
