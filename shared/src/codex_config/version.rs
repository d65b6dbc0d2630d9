//! The Codex that reads a config.

use crate::versions;

/// Three numbers; later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

/// Later than every release: what nobody has reported is taken for new.
pub const NEWEST: Version = Version(u32::MAX, 0, 0);

impl Version {
    /// What a host reported: `codex-cli 0.169.0`, `0.143.0-alpha.2`. `None` when it is not three numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let text = versions::normalise(text)?;
        let release = text.split(['-', '+']).next()?;
        let mut numbers = release.split('.').map(|number| number.parse().ok());
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_numbers_are_a_version_whatever_is_around_them() {
        for (text, expected) in [
            ("0.169.0", Some(Version(0, 169, 0))),
            ("codex-cli 0.80.1", Some(Version(0, 80, 1))),
            ("rust-v0.143.0-alpha.2", Some(Version(0, 143, 0))),
            ("0.143", None),
            ("new", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
        assert!(Version(0, 80, 9) < Version(0, 134, 0) && Version(1, 0, 0) < NEWEST);
    }
}
