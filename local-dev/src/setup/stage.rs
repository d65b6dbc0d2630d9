//! Files that appear together: each is written beside its place, then all are renamed. Until then nothing has changed.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Who owns what is written; `None`: who runs this.
pub type Owner = Option<(u32, u32)>;

/// Files that wait for their names. Dropped without [`Stage::commit`], it takes away what it made.
#[derive(Debug, Default)]
pub struct Stage {
    files: Vec<(PathBuf, PathBuf)>,
    folders: Vec<PathBuf>,
}

impl Stage {
    /// Makes a folder, and those above it, if it is not there. One that is there stays as it is.
    pub fn folder(&mut self, path: &Path, mode: u32, owner: Owner) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty() && !above.is_dir()) {
            self.folder(above, 0o755, None)?;
        }
        DirBuilder::new().mode(mode).create(path)?;
        self.folders.push(path.to_owned());
        // What the process hides by default may be less or more.
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        owner.map_or(Ok(()), |(user, group)| chown(path, Some(user), Some(group)))
    }

    /// Writes a file beside its place.
    pub fn file(&mut self, path: &Path, content: &[u8], mode: u32, owner: Owner) -> io::Result<()> {
        let beside = beside(path);
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Never through a link that somebody put there, and never readable for a moment.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        self.files.push((beside.clone(), path.to_owned()));
        file.write_all(content)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        if let Some((user, group)) = owner {
            chown(&beside, Some(user), Some(group))?;
        }
        file.sync_all()
    }

    /// Gives every file its name, in the order in which they were written.
    pub fn commit(mut self) -> io::Result<()> {
        for (beside, path) in self.files.drain(..) {
            fs::rename(&beside, &path)?;
        }
        self.folders.clear();
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for (beside, _) in &self.files {
            fs::remove_file(beside).ok();
        }
        for folder in self.folders.iter().rev() {
            fs::remove_dir(folder).ok();
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".setup-new");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn folder() -> PathBuf {
        let path = std::env::temp_dir().join(format!("setup {}", shared::random::uuid()));
        fs::create_dir(&path).unwrap();
        path
    }

    #[test]
    fn nothing_is_seen_before_everything_is_written() {
        let root = folder();
        fs::write(root.join("old"), "before").unwrap();

        let mut stage = Stage::default();
        stage.folder(&root.join("a/b"), 0o700, None).unwrap();
        stage.file(&root.join("a/b/secret"), b"x", 0o600, None).unwrap();
        stage.file(&root.join("old"), b"after", 0o644, None).unwrap();
        assert_eq!(fs::read_to_string(root.join("old")).unwrap(), "before");
        assert!(stage.file(&root.join("not/there"), b"x", 0o600, None).is_err());
        drop(stage);
        assert_eq!(there(&root), ["old"], "what is given up leaves nothing");
        assert_eq!(fs::read_to_string(root.join("old")).unwrap(), "before");

        let mut stage = Stage::default();
        stage.folder(&root.join("a/b"), 0o700, None).unwrap();
        stage.file(&root.join("a/b/secret"), b"x", 0o600, None).unwrap();
        stage.commit().unwrap();
        assert_eq!(there(&root.join("a/b")), ["secret"]);
        let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("a/b"), mode("a/b/secret")), (0o700, 0o600));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_link_that_waits_beside_is_not_followed() {
        let root = folder();
        fs::write(root.join("victim"), "mine").unwrap();
        std::os::unix::fs::symlink(root.join("victim"), root.join("secret.setup-new")).unwrap();

        let mut stage = Stage::default();
        stage.file(&root.join("secret"), b"x", 0o600, None).unwrap();
        stage.commit().unwrap();

        assert_eq!(fs::read_to_string(root.join("victim")).unwrap(), "mine");
        fs::remove_dir_all(root).unwrap();
    }
}
