//! Names of slash commands and skills: they become file names on every host.

use super::Kind;
use crate::{AppError, AppResult};

/// Longest name, in bytes: with its folder it stays within what a path may have.
const MAX: usize = 200;

/// A name that is safe as a file name. Two that differ only in case are the same document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(String);

impl Name {
    /// The one name of AGENTS.md.
    pub fn agents() -> Self {
        Self("AGENTS.md".to_owned())
    }

    /// Parses the name of a document of this kind; says which field is wrong, in the words of the contract.
    pub fn parse(kind: Kind, text: &str) -> AppResult<Self> {
        let field = kind.fields().0;
        match check(text.trim()) {
            Ok(()) => Ok(Self(text.trim().to_owned())),
            Err(why) => Err(AppError::invalid(field, format!("{field} {why}"))),
        }
    }

    /// Parses the name in an address: what cannot be a name is not there.
    pub fn in_path(kind: Kind, text: &str) -> AppResult<Self> {
        Self::parse(kind, text).map_err(|_| AppError::NotFound(kind.noun()))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two names have in common when they are the same document.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn check(text: &str) -> Result<(), String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    match text {
        "" => Err("is required".to_owned()),
        _ if text.len() > MAX => Err(format!("must be {MAX} characters or fewer")),
        _ if text.contains("..") || text.contains(['/', '\\']) => Err("cannot include path separators".to_owned()),
        _ if !text.bytes().all(plain) => Err("may only contain letters, numbers, dots, underscores, and hyphens".to_owned()),
        // A hidden file, or an option of whatever command gets it; a final dot is dropped by some file systems.
        _ if text.starts_with(['.', '-']) || text.ends_with('.') => {
            Err("must begin with a letter, a number or an underscore and not end with a dot".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_file_names() {
        for good in ["x.md", " x.md ", "A_b-c.1", "_x"] {
            assert_eq!(Name::parse(Kind::Command, good).unwrap().as_str(), good.trim());
        }
        let long = "a".repeat(201);
        for bad in ["", "  ", "..", "a..b", "a/b", "a\\b", ".x", "-x", "x.", "a b", "é", "a\nb", "a\0", "$(id)", &long] {
            let AppError::Invalid(errors) = Name::parse(Kind::Skill, bad).unwrap_err() else { panic!("{bad:?}") };
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["slug"], "{bad:?}");
        }
        assert_eq!(Name::parse(Kind::Skill, "A.MD").unwrap().key(), Name::parse(Kind::Skill, "a.md").unwrap().key());
    }
}
