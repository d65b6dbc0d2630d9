//! What a host says about its files.

use std::collections::BTreeMap;

use axum::body::Bytes;

use super::Given;

/// The files that came with a manifest. A home in which nothing changed sends none.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// What is there now, of what it was given.
    pub have: Option<Given>,
    /// What it was given.
    pub given: Option<Given>,
    /// `config.toml`, when it is not what it was given.
    pub config: Option<Bytes>,
    /// Changed files, by path.
    pub changed: BTreeMap<String, Bytes>,
}

impl Here {
    /// Whether it says anything beyond its name.
    pub fn is_changed(&self) -> bool {
        self.have.is_some() || self.config.is_some() || !self.changed.is_empty()
    }
}
