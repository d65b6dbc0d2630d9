//! Makes GitHub release assets out of npm tarballs that somebody downloaded before.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use uuid::Uuid;

use super::{Version, digest};

/// The one platform the tests run on.
pub const TRIPLE: &str = "x86_64-unknown-linux-musl";

/// From here on npm has one tarball per platform.
const PER_PLATFORM: u32 = 99;
/// From here on a release is a package (`codex-package-<triple>.tar.gz`), not one binary.
const PACKAGED: u32 = 133;

/// The main asset of a version: what an installer downloads.
pub fn asset_name(version: &Version) -> String {
    if version.at_least(PACKAGED) { format!("codex-package-{TRIPLE}.tar.gz") } else { format!("codex-{TRIPLE}.tar.gz") }
}

/// Turns `<cache_dir>/npm/openai-codex-<version>[-linux-x64].tgz` into `<out_dir>/<version>/<asset>`.
///
/// Returns the asset's path; does nothing when it is already there. Blocks for some seconds.
pub fn from_npm(cache_dir: &Path, out_dir: &Path, version: &str) -> io::Result<PathBuf> {
    let parsed = Version::parse(version);
    let version = parsed.ok_or_else(|| io::Error::other(format!("{version} is no version")))?;
    let folder = out_dir.join(version.to_string());
    let asset = folder.join(asset_name(&version));
    if asset.exists() {
        return Ok(asset);
    }
    fs::create_dir_all(&folder)?;
    // One process makes it; the others wait and find it. Two packs of one release have different digests.
    let lock = fs::File::create(folder.join(".lock"))?;
    lock.lock()?;
    if asset.exists() {
        return Ok(asset);
    }
    let work = Scratch::beside(out_dir)?;
    let vendor = unpack(cache_dir, &work.0, &version)?;
    let packed = work.0.join("asset.tar.gz");
    if version.at_least(PACKAGED) {
        pack(&vendor, &packed, &names(&vendor)?)?;
        let sums = work.0.join("sums");
        let line = format!("{}  {}\n", digest::of(&packed)?, asset_name(&version));
        fs::write(&sums, line)?;
        fs::rename(&sums, folder.join("codex-package_SHA256SUMS"))?;
    } else {
        let name = format!("codex-{TRIPLE}");
        fs::rename(vendor.join("codex/codex"), work.0.join(&name))?;
        pack(&work.0, &packed, &[name])?;
        digest::of(&packed)?;
    }
    fs::rename(digest::sidecar(&packed), digest::sidecar(&asset))?;
    // Last, because its presence means the release is complete.
    fs::rename(&packed, &asset)?;
    Ok(asset)
}

/// Unpacks our platform's part of the npm tarball and says where it is.
fn unpack(cache_dir: &Path, work: &Path, version: &Version) -> io::Result<PathBuf> {
    let tarball = cache_dir.join("npm").join(npm_name(version));
    let vendor = format!("package/vendor/{TRIPLE}");
    let mut command = Command::new("tar");
    command.arg("-xzf").arg(tarball).arg("-C").arg(work);
    tar(command.arg(&vendor))?;
    Ok(work.join(vendor))
}

fn npm_name(version: &Version) -> String {
    if version.at_least(PER_PLATFORM) { format!("openai-codex-{version}-linux-x64.tgz") } else { format!("openai-codex-{version}.tgz") }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names = fs::read_dir(folder)?.map(name).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Fast rather than small: the archive only travels over loopback.
fn pack(folder: &Path, archive: &Path, names: &[String]) -> io::Result<()> {
    let mut command = Command::new("tar");
    command.arg("--use-compress-program=gzip -1").arg("-cf").arg(archive);
    tar(command.arg("-C").arg(folder).args(names))
}

fn tar(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("{command:?}: {message}")))
}

/// A folder on the same disk as the result, removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn beside(out_dir: &Path) -> io::Result<Self> {
        let path = out_dir.join(format!(".work-{}", Uuid::new_v4().simple()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!("could not remove {}: {error}", self.0.display());
        }
    }
}
