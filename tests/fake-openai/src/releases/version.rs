//! Codex versions: three numbers and perhaps a pre-release tail.

use std::fmt;

/// Ordered like releases: `0.99.0 < 0.133.0-alpha.1 < 0.133.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    numbers: [u32; 3],
    /// `false` sorts before `true`, so a pre-release comes before its release.
    stable: bool,
    tail: String,
}

impl Version {
    /// `0.169.0` or `0.170.0-alpha.2`; anything else is `None`, which also keeps paths out.
    pub fn parse(text: &str) -> Option<Self> {
        let (numbers, tail) = text.split_once('-').unwrap_or((text, ""));
        let harmless = |c: char| c.is_ascii_alphanumeric() || c == '.';
        if !tail.chars().all(harmless) {
            return None;
        }
        let mut parts = numbers.split('.').map(|part| part.parse().ok());
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        let stable = !text.contains('-');
        let tail = tail.to_owned();
        parts.next().is_none().then_some(Self { numbers, stable, tail })
    }

    pub fn is_prerelease(&self) -> bool {
        !self.stable
    }

    /// Whether this is release `0.<minor>.0` or newer.
    pub fn at_least(&self, minor: u32) -> bool {
        self.numbers >= [0, minor, 0]
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.is_prerelease() {
            write!(f, "-{}", self.tail)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_sort_by_number_and_prereleases_come_first() {
        let mut versions: Vec<_> =
            ["0.133.0", "0.99.0", "0.133.0-alpha.1", "1.0.0"].iter().filter_map(|text| Version::parse(text)).collect();

        versions.sort();

        let sorted: Vec<_> = versions.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["0.99.0", "0.133.0-alpha.1", "0.133.0", "1.0.0"]);
    }

    #[test]
    fn paths_are_no_versions() {
        for text in ["..", "0.1", "0.1.2.3", "0.1.2-../..", "v0.1.2", ""] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
