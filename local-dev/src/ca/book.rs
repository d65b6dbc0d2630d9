//! The book of certificates that were issued to administrators: who has one, and whether it still counts.

use std::fs;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Authority, CaError};

const BOOK: &str = "issued.json";

/// One certificate.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Issued {
    /// Whom it names.
    pub name: String,
    /// Serial number, hex.
    pub serial: String,
    /// SHA-256 of its DER form, hex.
    pub fingerprint: String,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Since when it does not count.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Issued {
    /// Whether it opens anything at `now`.
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

impl Authority {
    /// All certificates of administrators, oldest first.
    pub fn issued(&self) -> Result<Vec<Issued>, CaError> {
        let path = self.path(BOOK);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read_to_string(&path).map_err(|error| CaError::Folder(path.clone(), error))?;
        serde_json::from_str(&text).map_err(|error| CaError::Damaged(path, error.to_string()))
    }

    /// The certificates of a name that count; none is an error.
    pub fn counting(&self, name: &str) -> Result<Vec<Issued>, CaError> {
        let (mut all, now) = (self.issued()?, self.clock.now());
        all.retain(|one| one.name == name && one.counts(now));
        if all.is_empty() { Err(CaError::Unknown(name.to_owned())) } else { Ok(all) }
    }

    /// Revokes the certificates of a name; gives how many counted until now.
    pub fn revoke(&self, name: &str) -> Result<usize, CaError> {
        let (mut all, now) = (self.issued()?, self.clock.now());
        let revoked = all.iter_mut().filter(|one| one.name == name && one.counts(now)).map(|one| one.revoked_at = Some(now)).count();
        self.keep(&all)?;
        Ok(revoked)
    }

    /// Writes the list before the book: what the book calls revoked is refused.
    pub(super) fn keep(&self, all: &[Issued]) -> Result<(), CaError> {
        self.publish_revoked(all)?;
        let text = serde_json::to_string_pretty(all).expect("plain fields");
        self.write(BOOK, &text)
    }
}
