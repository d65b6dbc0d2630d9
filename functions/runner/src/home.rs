//! A home that only one probe uses.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use shared::random;

/// A folder that only its owner can enter, gone when this is dropped.
pub struct Home(PathBuf);

impl Home {
    /// Makes one with this `auth.json` and `config.toml` in its Codex home.
    pub fn new(auth_json: &str, config_toml: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("codex-probe-{}", random::uuid()));
        let private = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        private(&path)?;
        let home = Self(path);
        private(&home.codex())?;
        write(&home.codex().join("auth.json"), auth_json)?;
        write(&home.codex().join("config.toml"), config_toml)?;
        Ok(home)
    }

    /// `HOME`.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// `CODEX_HOME`.
    pub fn codex(&self) -> PathBuf {
        self.0.join(".codex")
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

impl Drop for Home {
    /// A process that was just killed may be inside its last write, so one failure is not the end.
    fn drop(&mut self) {
        for _ in 0..10 {
            match fs::remove_dir_all(&self.0) {
                Ok(()) => return,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return,
                Err(_) => sleep(Duration::from_millis(20)),
            }
        }
        tracing::error!(path = %self.0.display(), "a probe's home could not be removed: it holds an access token");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_home_is_private_and_goes() {
        let home = Home::new("{}", "").unwrap();
        let path = home.path().to_owned();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

        assert_eq!((mode(&path), mode(&home.codex()), mode(&home.codex().join("auth.json"))), (0o700, 0o700, 0o600));
        drop(home);

        assert!(!path.exists());
    }
}
