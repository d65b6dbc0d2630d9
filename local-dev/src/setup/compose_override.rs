//! What `.env` cannot express goes to `compose.override.yaml`: backups elsewhere, and a database that is not on the stack's own network.

use std::fs;
use std::path::PathBuf;

use super::answers::Answers;
use super::args::{DatabaseKind, Home};
use super::known::Known;
use super::plan::usual;

/// Whoever takes this line out keeps the file as it is.
const OURS: &str = "# Written by local-dev/setup; without this line it leaves the file alone.";

/// What becomes of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Override {
    /// It is right, or not needed and not there.
    Same,
    /// It is written.
    Write(String),
    /// It is ours and not needed any more.
    Remove,
    /// It is somebody's: this has to be added by hand.
    ByHand(String),
}

/// Where it is.
pub fn path(known: &Known) -> PathBuf {
    known.env_path.with_file_name("compose.override.yaml")
}

/// What has to be done.
pub fn plan(answers: &Answers, known: &Known) -> Override {
    let there = fs::read_to_string(path(known)).ok();
    decide(text(answers), there.as_deref())
}

fn decide(wanted: Option<String>, there: Option<&str>) -> Override {
    match (wanted, there) {
        (None, Some(text)) if text.starts_with(OURS) => Override::Remove,
        (None, _) => Override::Same,
        (Some(wanted), Some(text)) if wanted == text => Override::Same,
        (Some(wanted), Some(text)) if !text.starts_with(OURS) => {
            let added = wanted.lines().skip(2).collect::<Vec<_>>();
            if added.iter().all(|line| text.contains(line.trim())) { Override::Same } else { Override::ByHand(added.join("\n")) }
        }
        (Some(wanted), _) => Override::Write(wanted),
    }
}

fn text(answers: &Answers) -> Option<String> {
    let backups = answers.backups.as_ref().filter(|_| answers.layout.home() == Home::Compose)?;
    let mut lines = Vec::new();
    if answers.database.kind == DatabaseKind::Own {
        lines.push("    # The database is outside the stack's network.\n    networks: [data, front]".to_owned());
    }
    if backups.folder != usual(answers) {
        let source = yaml(&backups.folder);
        lines.push(format!("    volumes:\n      - type: bind\n        source: {source}\n        target: /backups"));
    }
    (!lines.is_empty()).then(|| format!("{OURS}\nservices:\n  backup:\n{}\n", lines.join("\n")))
}

/// A text in YAML; compose takes `$$` for a dollar.
fn yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('$', "$$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_somebodys_is_left_alone() {
        let ours = format!("{OURS}\nservices:\n  backup:\n    networks: [data, front]\n");
        let wanted = || Some(ours.clone());
        assert_eq!(decide(wanted(), None), Override::Write(ours.clone()));
        assert_eq!(decide(wanted(), Some(&ours)), Override::Same);
        assert_eq!(decide(wanted(), Some(&format!("{OURS}\nold\n"))), Override::Write(ours.clone()));
        assert_eq!(decide(None, Some(&ours)), Override::Remove);
        assert_eq!(decide(None, Some("services: {}\n")), Override::Same);
        assert_eq!(decide(wanted(), Some("services: {}\n")), Override::ByHand("  backup:\n    networks: [data, front]".to_owned()));
        assert_eq!(decide(wanted(), Some("services:\n  backup:\n    networks: [data, front]\n")), Override::Same);
    }

    #[test]
    fn a_name_stays_a_name_in_yaml() {
        assert_eq!(yaml("/srv/o'neil: #x"), "'/srv/o''neil: #x'");
    }
}
