//! The key and the installation's id of a copy, on their way back into a state folder.

use std::collections::BTreeSet;
use std::fs;

use chrono::{DateTime, Utc};
use shared::config::variable;

use super::error::BackupError;
use super::manifest::Contents;
use crate::state_dir::StateDir;

/// What has to be there for the database to be of use.
struct Wanted<'a> {
    variable: &'static str,
    file: &'static str,
    value: &'a str,
    /// Whether what is there does as well.
    does: fn(&str, &str) -> bool,
}

/// What has to be written; refuses first, so that nothing is half done.
pub struct Plan<'a>(Vec<&'static str>, Vec<Wanted<'a>>);

/// Compares what is there with what the copy has. What is another is only replaced when somebody says so.
pub fn plan<'a>(dir: &StateDir, contents: &'a Contents, replace: bool) -> Result<Plan<'a>, BackupError> {
    let (id, key) = (&contents.manifest.installation_id, &contents.key);
    let wanted = [
        Wanted { variable: "AUTH_ENCRYPTION_KEY", file: "encryption-key", value: key, does: opens_as_much },
        Wanted { variable: "INSTALLATION_ID", file: "installation-id", value: id, does: |here, wanted| here.trim() == wanted.trim() },
    ];
    let (mut aside, mut write) = (Vec::new(), Vec::new());
    for one in wanted {
        match (variable(one.variable), dir.read(one.file)) {
            (Some(here), _) if (one.does)(&here, one.value) => {}
            (Some(_), _) => return Err(BackupError::OtherKeys(other_variable(&one, dir))),
            (None, Some(here)) if (one.does)(&here, one.value) => {}
            (None, Some(_)) if !replace => return Err(BackupError::OtherKeys(other_file(&one, dir))),
            (None, there) => {
                aside.extend(there.map(|_| one.file));
                write.push(one);
            }
        }
    }
    Ok(Plan(aside, write))
}

impl Plan<'_> {
    /// Whether anything has to be written: variables may give it already.
    pub const fn is_empty(&self) -> bool {
        self.1.is_empty()
    }

    /// Writes it. What was there stays beside.
    pub fn execute(self, dir: &StateDir, now: DateTime<Utc>) -> std::io::Result<()> {
        for name in self.0 {
            fs::rename(dir.path(name), dir.path(&format!("{name}.before-restore-{}", now.format("%Y%m%dT%H%M%SZ"))))?;
        }
        self.1.iter().try_for_each(|one| dir.write(one.file, one.value))
    }
}

/// A list that has every key of the copy's list opens everything in it.
fn opens_as_much(here: &str, wanted: &str) -> bool {
    let keys = |text: &str| text.split(',').map(|key| key.trim().to_owned()).collect::<BTreeSet<_>>();
    keys(here).is_superset(&keys(wanted))
}

fn other_variable(one: &Wanted<'_>, dir: &StateDir) -> String {
    format!(
        "{} is set, and not to what the copy has: unset it for this command, so that it is written to {} (or set it to the copy's)",
        one.variable,
        dir.path(one.file).display()
    )
}

fn other_file(one: &Wanted<'_>, dir: &StateDir) -> String {
    format!(
        "{} holds another value than the copy: this folder belongs to another installation. Restore into another --state-dir, or give \
         --replace-keys; what is there is then kept beside it",
        dir.path(one.file).display()
    )
}

#[cfg(test)]
mod tests {
    use super::opens_as_much;

    #[test]
    fn a_list_with_one_more_key_does_and_one_with_less_does_not() {
        assert!(opens_as_much("new, old", "old"));
        assert!(opens_as_much("a,b", "b,a"));
        assert!(!opens_as_much("new", "new,old"));
        assert!(!opens_as_much("", "old"));
    }
}
