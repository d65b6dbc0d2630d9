//! Paths in a host's space: names, never places on a disk.

use crate::{AppError, AppResult};

/// Longest path, in bytes.
pub const MAX_PATH: usize = 512;
/// Where the shared files of all hosts are seen; nothing of a host's own lies there.
pub const FLEET: &str = "fleet";
/// Below this in its own space a host shares.
pub const SHARED: &str = "shared";

/// A path without `.`, `..`, doubled slashes or one in front; empty: the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePath(String);

impl FilePath {
    /// Checks and normalises; `field` is what the argument is called.
    pub fn parse(field: &str, text: &str) -> AppResult<Self> {
        let refuse = |message: &str| Err(AppError::invalid(field, format!("{field} {message}")));
        let text = text.trim();
        if text.len() > MAX_PATH {
            return refuse("must be 512 bytes or fewer");
        }
        if text.chars().any(|c| c.is_control() || c == '\\') {
            return refuse("must not contain control characters or backslashes");
        }
        if matches!(text, "" | "." | "/" | "./") {
            return Ok(Self(String::new()));
        }
        if text.starts_with('/') || text.starts_with('~') || text.split('/').next().is_some_and(|first| first.ends_with(':')) {
            return refuse("is outside of this host's files: give it relative to their root, like notes/build.md");
        }
        let names: Vec<_> = text.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
        if names.contains(&"..") {
            return refuse("is outside of this host's files: it must not contain ..");
        }
        Ok(Self(names.join("/")))
    }

    /// The same, and it names something.
    pub fn of_file(field: &str, text: &str) -> AppResult<Self> {
        let path = Self::parse(field, text)?;
        if path.is_root() || text.trim_end().ends_with('/') {
            return Err(AppError::invalid(field, format!("{field} must name a file")));
        }
        Ok(path)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Where it lies.
    pub fn place(&self) -> Place<'_> {
        let Some(rest) = self.0.strip_prefix(FLEET) else { return Place::Own(&self.0) };
        match rest.strip_prefix('/') {
            None if rest.is_empty() => Place::Fleet,
            None => Place::Own(&self.0),
            Some(rest) => {
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                Place::OfHost { host, path }
            }
        }
    }
}

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Into the caller's own space.
    Own(&'a str),
    /// The list of hosts that share something.
    Fleet,
    /// Into what one host shares; the path is below its `shared/`.
    OfHost {
        /// Its name.
        host: &'a str,
        /// Empty: all it shares.
        path: &'a str,
    },
}

/// The directories that lie above a path.
pub fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| &path[..at])
}

/// What everything below a directory begins with, and what comes after all of it: `0` follows the slash.
pub fn below(directory: &str) -> (String, Option<String>) {
    if directory.is_empty() { (String::new(), None) } else { (format!("{directory}/"), Some(format!("{directory}0"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside() {
        for (text, expected) in [
            ("a/b.txt", "a/b.txt"),
            (" ./a//b/./c ", "a/b/c"),
            ("", ""),
            ("/", ""),
            (".", ""),
            ("a/", "a"),
            ("é/ü", "é/ü"),
            ("a..b/...", "a..b/..."),
            (".env", ".env"),
        ] {
            assert_eq!(FilePath::parse("path", text).unwrap().as_str(), expected, "{text}");
        }
        let long = "a".repeat(513);
        for bad in ["..", "../x", "a/../b", "a/..", "/etc/passwd", "//x", "~/.ssh/id", "C:/x", "a\\b", "a\0b", "a\nb", &long] {
            assert!(FilePath::parse("path", bad).is_err(), "{bad:?}");
        }
        assert!(FilePath::parse("path", &"a".repeat(512)).is_ok());
        for bad in ["", "/", "a/", "."] {
            assert!(FilePath::of_file("path", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_fleets_files_are_a_place_of_their_own() {
        let place = |text: &'static str| FilePath::parse("path", text).unwrap();
        assert_eq!(place("fleet").place(), Place::Fleet);
        assert_eq!(place("fleet/").place(), Place::Fleet);
        assert_eq!(place("fleet/a.example").place(), Place::OfHost { host: "a.example", path: "" });
        assert_eq!(place("fleet/a.example/x/y").place(), Place::OfHost { host: "a.example", path: "x/y" });
        assert_eq!(place("fleets/a").place(), Place::Own("fleets/a"));
        assert_eq!(place("a/fleet/b").place(), Place::Own("a/fleet/b"));
    }

    #[test]
    fn what_lies_below_is_a_range() {
        assert_eq!(parents("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
        let (from, to) = below("a");
        assert!(from.as_str() <= "a/b" && "a/\u{10FFFF}" < to.as_deref().unwrap());
        assert!("a-b" < from.as_str() && "a0" >= to.as_deref().unwrap());
    }
}
