//! What would change, without a secret.

use std::path::{Path, PathBuf};

use similar::{ChangeTag, TextDiff};

use super::env_file::EnvFile;

/// The changes of a file, line by line.
pub fn changes(before: &EnvFile, after: &EnvFile) -> Vec<String> {
    let (before, after) = (before.text(), after.text());
    let diff = TextDiff::from_lines(&before, &after);
    let line = |sign: char, text: &str| format!("  {sign} {}", masked(text.trim_end_matches('\n')));
    let changes = diff.iter_all_changes().filter_map(|change| match change.tag() {
        ChangeTag::Equal => None,
        ChangeTag::Delete => Some(line('-', change.value())),
        ChangeTag::Insert => Some(line('+', change.value())),
    });
    changes.collect()
}

/// A name and its value.
pub fn pair(name: &str, value: &str) -> String {
    masked(&format!("{name}={value}"))
}

/// A line without the value of what must not be seen.
fn masked(line: &str) -> String {
    let Some((name, value)) = line.split_once('=') else { return line.to_owned() };
    let hides = |word: &str| name.contains(word);
    let is_secret = !name.ends_with("_FILE") && ["KEY", "SECRET", "PASSWORD", "PASSPHRASE", "DATABASE_URL"].into_iter().any(hides);
    let holds_login = value.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    if is_secret || holds_login { format!("{name}=…") } else { line.to_owned() }
}

/// A path as somebody would type it.
pub fn path(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_in_what_is_shown() {
        let before = EnvFile::parse("A=1\nDATABASE_URL=mysql://u:hidden@h/n\nAUTH_ENCRYPTION_KEY=hidden\nSAME=x\n");
        let after = EnvFile::parse("A=2\nDATABASE_URL_FILE=/x\nSAME=x\nAUTH_RUNNER_SECRET='hidden'\nMIRROR=https://u:hidden@m/x\n");

        let shown = changes(&before, &after).join("\n");

        assert!(!shown.contains("hidden") && !shown.contains("SAME"), "{shown}");
        for line in ["- A=1", "+ A=2", "- DATABASE_URL=…", "+ DATABASE_URL_FILE=/x", "+ AUTH_RUNNER_SECRET=…", "+ MIRROR=…"] {
            assert!(shown.contains(line), "{line}: {shown}");
        }
    }
}
