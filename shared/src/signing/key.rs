//! An ECDSA P-256 key, and the forms in which `openssl dgst -sha256 -verify` takes what comes of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

/// What stands before the point in the `SubjectPublicKeyInfo` of every P-256 key (RFC 5480).
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
    0x07, 0x03, 0x42, 0x00,
];

/// A key that signs.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    document: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// What is stored is no key.
#[derive(Debug, thiserror::Error)]
#[error("the stored signing key cannot be read: {0}")]
pub struct Unreadable(String);

impl SigningKey {
    /// A new one.
    pub fn generate() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
        let document = document.expect("the operating system gives random bytes");
        Self::parse(&STANDARD.encode(document)).expect("what was made now can be read")
    }

    /// Reads what [`SigningKey::document`] wrote.
    pub fn parse(document: &str) -> Result<Self, Unreadable> {
        let raw = STANDARD.decode(document).map_err(|error| Unreadable(error.to_string()))?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &raw, &SystemRandom::new());
        Ok(Self { pair: pair.map_err(|error| Unreadable(error.to_string()))?, document: document.to_owned() })
    }

    /// The private key: PKCS #8 in base64.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// The public key as a PEM file.
    pub fn public_pem(&self) -> String {
        let body = STANDARD.encode([&SPKI, self.pair.public_key().as_ref()].concat());
        let (first, second) = body.split_at(64);
        format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
    }

    /// A detached signature in DER.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), bytes);
        signature.expect("the operating system gives random bytes").as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    /// What `openssl` says of these three files.
    fn verified(pem: &str, signature: &[u8], bytes: &[u8]) -> bool {
        let dir = std::env::temp_dir().join(format!("cac signing {}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&dir).unwrap();
        for (name, content) in [("pem", pem.as_bytes()), ("sig", signature), ("bytes", bytes)] {
            fs::write(dir.join(name), content).unwrap();
        }
        let words = ["dgst", "-sha256", "-verify", "pem", "-signature", "sig", "bytes"];
        let said = Command::new("openssl").args(words).current_dir(&dir).output().unwrap();
        fs::remove_dir_all(dir).unwrap();
        said.status.success() && said.stdout == b"Verified OK\n"
    }

    #[test]
    fn openssl_verifies_what_was_signed_and_nothing_else() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let (pem, signature) = (key.public_pem(), key.sign(b"script"));

        assert!(verified(&pem, &signature, b"script"));
        assert!(!verified(&pem, &signature, b"Script"));
        assert!(!verified(&other.public_pem(), &signature, b"script"));
        assert!(!verified(&pem, &signature[1..], b"script"));
    }

    #[test]
    fn a_stored_key_is_the_same_key_and_shows_nothing() {
        let key = SigningKey::generate();
        let again = SigningKey::parse(key.document()).unwrap();
        assert_eq!(again.public_pem(), key.public_pem());
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
        assert!(SigningKey::parse("AAAA").is_err() && SigningKey::parse("-").is_err());
    }
}
