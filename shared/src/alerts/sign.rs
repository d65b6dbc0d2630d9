//! How a receiver knows that a delivery is from here, and new.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::random;

/// Signs for webhooks; changing it breaks what receivers were told to look for.
const PREFIX: &str = "whsec_";

/// A key to sign with. `Debug` hides it.
#[derive(Clone)]
pub struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new one.
    pub fn generate() -> Self {
        Self(random::token(PREFIX))
    }

    /// Its text, to show once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// `sha256=` and the hex HMAC of the timestamp, a dot, and the body. The key is the secret's text.
pub fn signature(secret: &Secret, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.0.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_openssl_computes() {
        // printf '1800000000.{"id":"1"}' | openssl dgst -sha256 -hmac whsec_test
        let signature = signature(&Secret("whsec_test".to_owned()), 1_800_000_000, r#"{"id":"1"}"#);
        assert_eq!(signature, "sha256=15d2177989c694fad512568783fd1e0c20e1c480f7ab63182bf13486b475c540");
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Secret::generate()), "Secret(…)");
    }
}
