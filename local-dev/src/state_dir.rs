//! The folder where this installation keeps its database and secrets.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder only its owner can read.
#[derive(Clone, Debug)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// Makes the folder if it is not there and proves that it can be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let dir = Self(fs::canonicalize(path)?);
        dir.write("writable", "")?;
        fs::remove_file(dir.path("writable"))?;
        Ok(dir)
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The text of a file, without its last newline; `None` when there is none.
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok().map(|text| text.trim_end().to_owned())
    }

    /// Writes a file that only its owner can read: beside the target, then renamed over it.
    pub fn write(&self, name: &str, text: &str) -> io::Result<()> {
        self.write_bytes(name, format!("{text}\n").as_bytes())
    }

    /// The same for what is no text.
    pub fn write_bytes(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = self.path(&format!("{name}.new"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, self.path(name))
    }

    /// What a file holds, made by `make` the first time.
    pub fn read_or(&self, name: &str, make: impl FnOnce() -> String) -> io::Result<String> {
        if let Some(text) = self.read(name) {
            return Ok(text);
        }
        let text = make();
        self.write(name, &text)?;
        Ok(text)
    }
}
