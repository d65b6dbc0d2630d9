//! A host's `config.toml` with what the fleet gives now. The fleet's keys win; what Codex or a person wrote stays.

mod edit;
mod leaves;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use toml_edit::DocumentMut;

pub use leaves::{leaves, same};

/// Why there is no merged text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The host's text is no TOML: keep a copy of it and write the fleet's.
    #[error("the host's config.toml is no TOML: {0}")]
    Current(String),
    /// What the fleet gives is no TOML.
    #[error("the fleet's config.toml is no TOML: {0}")]
    New(String),
    /// The two cannot be in one file: keep a copy of the host's and write the fleet's.
    #[error("the host's config.toml and the fleet's do not go together: {0}")]
    Apart(String),
}

/// Merges. `current` is the host's text, `given_before` what the fleet gave it last, `new` what it gives now: keys of
/// `new` get its values, keys of `given_before` that are not in `new` go, all else keeps its place and its comments.
pub fn merge(current: &str, given_before: &str, new: &str) -> Result<String, MergeError> {
    let mut document = parse(current).map_err(MergeError::Current)?;
    let new = parse(new).map_err(MergeError::New)?;
    // What was given once and cannot be read now owns nothing.
    let before = parse(given_before).unwrap_or_default();
    let given = leaves(new.as_table());
    for (path, _) in leaves(before.as_table()) {
        // A key that becomes a table, or a table that becomes a key, is settled when it is set.
        if !given.iter().any(|(kept, _)| kept.starts_with(&path) || path.starts_with(kept)) {
            edit::remove(document.as_table_mut(), &path);
        }
    }
    for (path, item) in &given {
        edit::set(document.as_table_mut(), new.as_table(), path, item);
    }
    let text = document.to_string();
    parse(&text).map_err(MergeError::Apart)?;
    Ok(text)
}

fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())
}
