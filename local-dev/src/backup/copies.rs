//! The folder of copies: names, the file in the making, and how many stay.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::error::{At, BackupError};

const PREFIX: &str = "codex-auth-central-";
const SUFFIX: &str = ".backup";
/// In the making; what a killed process leaves has this name.
const PART: &str = ".part";
/// Made and not verified: it does not count as a copy.
const FAILED: &str = ".failed";
const TIME: &str = "%Y%m%dT%H%M%SZ";
/// A file in the making that nobody has written to for so long is nobody's.
const ABANDONED: Duration = Duration::from_hours(1);

/// Where copies are.
#[derive(Clone, Debug)]
pub struct Copies(PathBuf);

impl Copies {
    /// Makes it if it is not there.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).at(path)?;
        Ok(Self(path.to_path_buf()))
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A new file that only its owner can read; it gets its name when it is whole.
    pub fn begin(&self, now: DateTime<Utc>) -> Result<(File, InTheMaking), BackupError> {
        self.sweep()?;
        let path = self.path(&format!("{PREFIX}{}{SUFFIX}", now.format(TIME)));
        let part = with(&path, PART);
        if path.exists() || part.exists() {
            return Err(BackupError::Busy);
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).at(&part)?;
        Ok((file, InTheMaking { part, path, folder: self.0.clone(), is_done: false }))
    }

    /// Names of whole copies, oldest first: the time is in the name.
    fn copies(&self) -> Result<Vec<String>, BackupError> {
        let mut names: Vec<_> = self.names()?.into_iter().filter(|name| is_copy(name)).collect();
        names.sort();
        Ok(names)
    }

    fn names(&self) -> Result<Vec<String>, BackupError> {
        let entries = fs::read_dir(&self.0).at(&self.0)?;
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
    }

    /// Removes the oldest copies beyond `keep`; nothing else in the folder is touched. Gives what is gone.
    pub fn keep(&self, keep: usize) -> Result<Vec<String>, BackupError> {
        let mut names = self.copies()?;
        names.truncate(names.len().saturating_sub(keep));
        for name in &names {
            let path = self.path(name);
            fs::remove_file(&path).at(&path)?;
        }
        Ok(names)
    }

    /// Removes what killed processes left.
    fn sweep(&self) -> Result<(), BackupError> {
        let is_left = |name: &&String| name.strip_suffix(PART).is_some_and(is_copy);
        for name in self.names()?.iter().filter(is_left) {
            let path = self.path(name);
            let age = fs::metadata(&path).and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                fs::remove_file(&path).at(&path)?;
            }
        }
        Ok(())
    }
}

fn is_copy(name: &str) -> bool {
    let time = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    time.is_some_and(|time| NaiveDateTime::parse_from_str(time, TIME).is_ok())
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Marks a copy as one not to be used.
pub fn set_aside(path: &Path) -> Result<PathBuf, BackupError> {
    let aside = with(path, FAILED);
    fs::rename(path, &aside).at(path)?;
    Ok(aside)
}

/// Dropped without [`InTheMaking::finish`] the file goes.
#[derive(Debug)]
pub struct InTheMaking {
    part: PathBuf,
    path: PathBuf,
    folder: PathBuf,
    is_done: bool,
}

impl InTheMaking {
    /// Where it is now.
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// Makes it lasting and gives it its name.
    pub fn finish(mut self, file: &File) -> Result<PathBuf, BackupError> {
        file.sync_all().at(&self.part)?;
        fs::rename(&self.part, &self.path).at(&self.path)?;
        self.is_done = true;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).at(&self.folder)?;
        Ok(self.path.clone())
    }
}

impl Drop for InTheMaking {
    fn drop(&mut self) {
        if !self.is_done {
            fs::remove_file(&self.part).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_copies_of_ours_count() {
        assert!(is_copy("codex-auth-central-20261127T071500Z.backup"));
        for foreign in [
            "codex-auth-central-20261127T071500Z.backup.part",
            "codex-auth-central-20261127T071500Z.backup.failed",
            "codex-auth-central-before-upgrade.backup",
            "codex-auth-central-20261327T071500Z.backup",
            "other.backup",
        ] {
            assert!(!is_copy(foreign), "{foreign}");
        }
    }
}
