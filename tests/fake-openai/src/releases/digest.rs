//! SHA-256 of assets, computed once and kept in `<asset>.sha256` beside them.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Lower-case hex; the sidecar counts only while it is not older than the asset.
pub fn of(asset: &Path) -> io::Result<String> {
    let sidecar = sidecar(asset);
    if let Some(known) = fresh(asset, &sidecar) {
        return Ok(known);
    }
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(asset)?, &mut hasher)?;
    let digest = hex::encode(hasher.finalize());
    let unfinished = sidecar.with_extension(format!("{}.tmp", Uuid::new_v4().simple()));
    fs::write(&unfinished, &digest)?;
    fs::rename(&unfinished, &sidecar)?;
    Ok(digest)
}

fn fresh(asset: &Path, sidecar: &Path) -> Option<String> {
    let changed = |path: &Path| fs::metadata(path).ok()?.modified().ok();
    if changed(sidecar)? < changed(asset)? {
        return None;
    }
    let digest = fs::read_to_string(sidecar).ok()?;
    (digest.len() == 64).then_some(digest)
}

/// Where the digest of an asset is kept.
pub fn sidecar(asset: &Path) -> PathBuf {
    let mut name = asset.as_os_str().to_owned();
    name.push(".sha256");
    name.into()
}
