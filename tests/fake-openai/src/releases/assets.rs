//! What lies in the releases folder.

use std::{fs, io, path::Path};

use super::{Version, digest};

/// One downloadable file of a release.
pub struct Asset {
    pub name: String,
    pub size: u64,
    pub sha256: String,
}

/// All versions, newest first.
pub fn versions(folder: &Path) -> io::Result<Vec<Version>> {
    let mut versions = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            versions.extend(entry.file_name().to_str().and_then(Version::parse));
        }
    }
    versions.sort();
    versions.reverse();
    Ok(versions)
}

/// The assets of one version by name; blocks while a digest is computed the first time.
pub fn assets(folder: &Path, version: &Version) -> io::Result<Vec<Asset>> {
    let mut assets = Vec::new();
    for entry in fs::read_dir(folder.join(version.to_string()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && is_asset(&name) {
            let size = entry.metadata()?.len();
            let sha256 = digest::of(&entry.path())?;
            assets.push(Asset { name, size, sha256 });
        }
    }
    assets.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(assets)
}

/// Sidecars, unfinished and hidden files are not published; a slash would leave the folder.
pub fn is_asset(name: &str) -> bool {
    let suffix = Path::new(name).extension().unwrap_or_default();
    !name.starts_with('.') && !name.contains(['/', '\\']) && suffix != "sha256" && suffix != "tmp"
}
