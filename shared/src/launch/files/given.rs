//! What a home was given: SHA-256 by path, as the text that `sha256sum` writes.

use std::collections::BTreeMap;

use crate::crypto::{is_sha256, sha256_hex};
use crate::launch::bundle::is_safe_path;

/// More lines than this are none of ours.
const MOST: usize = 20_000;

/// SHA-256 by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(pub BTreeMap<String, String>);

impl Given {
    /// Reads the text; lines that are not a digest and a safe path are left out.
    pub fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let (sha, path) = line.split_once(' ')?;
            let path = path.trim_start_matches([' ', '*']);
            (is_sha256(sha) && is_safe_path(path)).then(|| (path.to_owned(), sha.to_ascii_lowercase()))
        };
        Self(text.lines().take(MOST).filter_map(line).collect())
    }

    /// The text, sorted by path.
    pub fn text(&self) -> String {
        self.0.iter().flat_map(|(path, sha)| [sha, "  ", path, "\n"]).collect()
    }

    /// The name of this list.
    pub fn sha256(&self) -> String {
        sha256_hex(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_sha256sum_writes() {
        let sha = "a".repeat(64);
        let text = format!("{sha}  AGENTS.md\n{sha}  skills/x/SKILL.md\n");
        assert_eq!(Given::parse(&text).text(), text);
        let odd = format!("{sha} *b\nx  c\n{sha}  ../d\n{sha}\n\n{sha}  /e\n{}  a\n", "A".repeat(64));
        assert_eq!(Given::parse(&odd).0.keys().collect::<Vec<_>>(), ["a", "b"]);
    }
}
