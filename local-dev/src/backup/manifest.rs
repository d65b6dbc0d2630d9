//! What a copy says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use shared::MIGRATOR;

use super::error::BackupError;

/// The layout of the archive; another number is another layout.
pub const FORMAT: u32 = 1;
/// This release.
pub const PRODUCT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Known before the dump: the first thing in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The release that made it.
    pub product_version: String,
    /// When, RFC 3339.
    pub created_at: String,
    /// Of the installation.
    pub installation_id: String,
    /// The last migration of its database.
    pub migration: i64,
    /// What the database calls itself.
    pub database: String,
}

impl Manifest {
    /// Refuses a copy of a newer release: this one does not know what is in it.
    pub fn check_release(&self, path: &Path) -> Result<(), BackupError> {
        let known = self.format == FORMAT && MIGRATOR.iter().any(|migration| migration.version == self.migration);
        if known { Ok(()) } else { Err(BackupError::Newer(path.to_path_buf(), self.product_version.clone())) }
    }
}

/// Known after it: the last thing in the archive. What has none is cut short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows by table; a table without rows is not in it.
    pub tables: BTreeMap<String, u64>,
    /// Length of the dump, not compressed.
    pub dump_bytes: u64,
    /// Its SHA-256.
    pub dump_sha256: String,
}

impl Totals {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// Everything in a copy but the dump.
#[derive(Clone)]
pub struct Contents {
    /// Its first part.
    pub manifest: Manifest,
    /// `AUTH_ENCRYPTION_KEY`: with the dump it is the login.
    pub key: String,
    /// Its last part.
    pub totals: Totals,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contents({:?}, {:?}, …)", self.manifest, self.totals)
    }
}
