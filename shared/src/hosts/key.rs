//! A host's API key.

use crate::{crypto, random};

/// Tells a leaked key apart; changing it invalidates no stored key, but scanners look for it.
const PREFIX: &str = "cah_";

/// A key in clear text: shown once, baked into `host.conf`.
#[derive(Clone)]
pub struct HostKey(String);

impl HostKey {
    /// A fresh key.
    pub fn generate() -> Self {
        Self(random::token(PREFIX))
    }

    /// What a caller presented. Keys of other forms (imported fleets) are taken as they are; one of our form whose
    /// checksum is wrong is refused without a look-up.
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = (16..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let intact = !text.starts_with(PREFIX) || random::is_token(PREFIX, text);
        (plausible && intact).then(|| Self(text.to_owned()))
    }

    /// Whether a key has the form of those that this server makes.
    pub fn is_ours(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// What is stored and looked up. Presenting this hash is presenting another key.
    pub fn hash(&self) -> [u8; 32] {
        crypto::hash(&self.0)
    }

    /// The clear text, for the one answer that shows it and for baking.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for HostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_printed() {
        let key = HostKey::generate();
        assert_eq!(format!("{key:?}"), "HostKey(…)");
    }

    #[test]
    fn a_mistyped_key_is_refused_before_any_look_up() {
        let key = HostKey::generate();
        assert!(HostKey::parse(key.reveal()).is_some());
        assert!(HostKey::parse(&key.reveal()[..70]).is_none());
        assert!(HostKey::parse(&"a".repeat(64)).is_some(), "an imported key");
        assert!(HostKey::parse("short").is_none());
    }
}
