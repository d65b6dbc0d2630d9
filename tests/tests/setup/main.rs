//! The real `local-dev setup`: what it writes, what it refuses, what it leaves alone, and what a person at a terminal sees.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod compose;
mod document;
mod process;
mod readers;
mod start;
mod terminal;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use e2e::process::{TempDir, program};

/// A machine that is being set up.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(TempDir::new())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command that knows nothing of this machine's own settings.
    fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(program("local-dev"));
        command.arg("setup").args(["--env-file", self.path(".env").to_str().unwrap()]).args(options);
        command.current_dir(self.0.path()).env_remove("DATABASE_URL").stdin(Stdio::null());
        command
    }

    fn run(&self, options: &[&str]) -> Output {
        self.command(options).arg("--non-interactive").output().unwrap()
    }

    /// Runs where it has to go well; gives what was printed.
    fn set_up(&self, options: &[&str]) -> String {
        let output = self.run(options);
        assert!(output.status.success(), "{options:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs where an answer cannot be used; gives the sentence.
    fn refused(&self, options: &[&str]) -> String {
        let before = self.files();
        let output = self.run(options);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {said}");
        assert_eq!(self.files(), before, "{options:?} changed something");
        said
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The value of a name in `.env`, without quotes.
    fn setting(&self, name: &str) -> Option<String> {
        let text = self.read(".env");
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")).map(str::to_owned))?;
        Some(value.trim_matches(['\'', '"']).to_owned())
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}")).permissions().mode() & 0o777
    }

    /// Every file and folder below, with its bytes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.0.path(), &mut found);
        found
    }
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            collect(&path, found);
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

/// The lines that only one of two texts has.
fn changed<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    let alone = |these: &'a str, those: &'a str| these.lines().filter(move |line| !those.lines().any(|other| other == *line));
    alone(before, after).chain(alone(after, before)).collect()
}

/// A file of the repository.
fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}
