//! Codex versions: which one a host should run, and where its files are.

pub mod assets;
pub mod block;
pub mod check;
pub mod github;
pub mod judge;
pub mod reported;
pub mod rollout;
pub mod runs;
mod sql;
mod target;

pub use sql::{InUse, Record, Seen, Tally};
pub use target::{From, Target, Who, in_ring, target};

/// A version the way the contract stores it: `codex-cli 0.63.0`, `rust-v0.63.0` and `v0.63.0` are `0.63.0`. `None` for
/// blank text and for text that could not be a version (it reaches scripts and paths).
pub fn normalise(text: &str) -> Option<String> {
    let mut rest = text.trim();
    for prefix in ["codex-cli", "codex", "rust-"] {
        if rest.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix)) {
            rest = &rest[prefix.len()..];
            break;
        }
    }
    let version = rest.trim().trim_start_matches(['v', 'V']);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-+_".contains(&b);
    let usable = (1..=64).contains(&version.len()) && version.bytes().all(plain) && !version.contains("..");
    usable.then(|| version.to_owned())
}

/// Exactly three numbers: what a pin may be.
pub fn is_release(version: &str) -> bool {
    triple(version).is_some()
}

fn triple(version: &str) -> Option<(u32, u32, u32)> {
    // A sign is none of a version's, though a number may have one.
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok().filter(|_| !part.starts_with('+')));
    let triple = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(triple)
}

/// Whether `version` is `least` or later; versions that are not three numbers are taken as new.
pub fn at_least(version: &str, least: (u32, u32, u32)) -> bool {
    triple(version).is_none_or(|found| found >= least)
}

/// A number that sorts as versions do, a pre-release before its release; `None`: it is not three numbers below a million.
pub fn rank(version: &str) -> Option<u64> {
    let release = version.split(['-', '+']).next()?;
    let (major, minor, patch) = triple(release)?;
    let fits = major < 1000 && minor < 1_000_000 && patch < 1_000_000;
    // Not before it is known to fit: a host says the numbers.
    let number = || (u64::from(major) * 1_000_000 + u64::from(minor)) * 1_000_000 + u64::from(patch);
    fits.then(|| number() * 2 + u64::from(!version.contains('-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_normalised() {
        for text in ["0.63.0", " codex-cli 0.63.0", "codex 0.63.0", "rust-v0.63.0", "v0.63.0"] {
            assert_eq!(normalise(text).as_deref(), Some("0.63.0"), "{text}");
        }
        for text in ["", "codex", "0.1;id", "$(id)", "../x", "a b"] {
            assert_eq!(normalise(text), None, "{text}");
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(at_least("0.133.0", (0, 133, 0)) && at_least("0.200.0", (0, 133, 0)) && at_least("1.0.0", (0, 133, 0)));
        assert!(!at_least("0.80.0", (0, 133, 0)));
        let sorted = ["0.9.1", "0.80.0-alpha.1", "0.80.0", "0.80.1", "0.170.0", "1.0.0"];
        assert!(sorted.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
        assert_eq!((rank("new"), rank("0.1"), rank("0.1.1000000")), (None, None, None));
        assert_eq!((rank("4294967295.4294967295.4294967295"), rank("+1.2.3")), (None, None));
        assert!(is_release("0.80.0") && !is_release("0.80") && !is_release("0.80.0-alpha"));
    }
}
