//! Encryption at rest: libsodium secretbox, text form `sbox:v1:` + base64(nonce ‖ box); and hashes of tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use libsodium_rs::crypto_secretbox::{self as secretbox, Key, NONCEBYTES, Nonce};
use sha2::{Digest, Sha256};

/// Readable by any libsodium; changing it orphans every stored secret.
const PREFIX: &str = "sbox:v1:";

/// The encryption keys, newest first: the first seals, all open.
#[derive(Clone)]
pub struct Keyring(Vec<[u8; 32]>);

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} keys)", self.0.len())
    }
}

/// A stored secret that none of the keys opens: the wrong key, or damaged data.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret does not open with AUTH_ENCRYPTION_KEY")]
pub struct CannotOpen;

impl Keyring {
    /// Parses base64 keys of 32 bytes, comma-separated, newest first.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let key = |part: &str| STANDARD.decode(part.trim()).ok().and_then(|raw| <[u8; 32]>::try_from(raw).ok());
        let keys = text.split(',').map(key).collect::<Option<Vec<_>>>().ok_or("each key is base64 of 32 bytes")?;
        libsodium_rs::ensure_init().map_err(|_| "libsodium does not start")?;
        Ok(Self(keys))
    }

    /// A fresh key in the form [`Keyring::parse`] reads.
    pub fn generate() -> String {
        STANDARD.encode(crate::random::bytes::<32>())
    }

    /// Seals `plain` with the newest key.
    pub fn seal(&self, plain: &str) -> String {
        let nonce = Nonce::from_bytes(crate::random::bytes::<NONCEBYTES>());
        let key = Key::from_bytes(&self.0[0]).expect("a keyring holds keys of 32 bytes");
        let boxed = secretbox::seal(plain.as_bytes(), &nonce, &key);
        let mut raw = nonce.as_bytes().to_vec();
        raw.extend(boxed);
        format!("{PREFIX}{}", STANDARD.encode(raw))
    }

    /// Opens what any key of the ring sealed.
    pub fn open(&self, sealed: &str) -> Result<String, CannotOpen> {
        Ok(self.open_with(sealed)?.1)
    }

    /// What an older key sealed, sealed with the newest; `None`: it is already.
    pub fn renewed(&self, sealed: &str) -> Result<Option<String>, CannotOpen> {
        let (place, plain) = self.open_with(sealed)?;
        Ok((place > 0).then(|| self.seal(&plain)))
    }

    /// Whether the list has a key that may leave it one day.
    pub fn has_older(&self) -> bool {
        self.0.len() > 1
    }

    /// The place of the key that opens it, and the text.
    fn open_with(&self, sealed: &str) -> Result<(usize, String), CannotOpen> {
        let raw = sealed.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or(CannotOpen)?;
        let (nonce, boxed) = raw.split_at_checked(NONCEBYTES).ok_or(CannotOpen)?;
        let nonce = Nonce::try_from_slice(nonce).map_err(|_| CannotOpen)?;
        let open = |key: &[u8; 32]| secretbox::open(boxed, &nonce, &Key::from_bytes(key).ok()?).ok();
        let (place, plain) = self.0.iter().enumerate().find_map(|(place, key)| Some((place, open(key)?))).ok_or(CannotOpen)?;
        Ok((place, String::from_utf8(plain).map_err(|_| CannotOpen)?))
    }

    /// Keyed fingerprints of an upstream token, one a key: equal tokens meet, nobody else can compute them.
    pub fn fingerprints(&self, token: &str) -> Vec<[u8; 32]> {
        let one = |key: &[u8; 32]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
            mac.update(b"token-fingerprint:v1:");
            mac.update(token.as_bytes());
            mac.finalize().into_bytes().into()
        };
        self.0.iter().map(one).collect()
    }
}

/// The hash under which one of our own random tokens is stored. They hold at least 122
/// random bits (single-use tokens are version 4 UUIDs, keys 256 bits), so one SHA-256 is enough.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Lower-case hex SHA-256 of `bytes`.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Whether `text` is so many hex digits, of either case.
pub fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether `text` has the form of a SHA-256 in hex.
pub fn is_sha256(text: &str) -> bool {
    is_hex(text, 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn opens_a_box_that_pynacl_made() {
        // nacl.secret.SecretBox(bytes(range(32))).encrypt(b"made by PyNaCl", bytes(range(24)))
        let key = Keyring::parse(&STANDARD.encode(std::array::from_fn::<u8, 32, _>(|i| u8::try_from(i).unwrap()))).unwrap();
        let sealed = format!("{PREFIX}{}", include_str!("crypto_pynacl_vector.txt").trim());
        assert_eq!(key.open(&sealed).unwrap(), "made by PyNaCl");
    }

    #[test]
    fn an_older_key_still_opens_and_a_foreign_one_does_not() {
        let old = Keyring::parse(&ring(1)).unwrap();
        let rotated = Keyring::parse(&format!("{},{}", ring(2), ring(1))).unwrap();
        let sealed = old.seal("secret");
        assert_eq!(rotated.open(&sealed).unwrap(), "secret");
        assert!(Keyring::parse(&ring(3)).unwrap().open(&sealed).is_err());
        assert!(rotated.open("secret").is_err(), "plain text is not taken for a sealed secret");
    }

    #[test]
    fn what_is_renewed_opens_with_the_newest_key_alone() {
        let rotated = Keyring::parse(&format!("{},{}", ring(2), ring(1))).unwrap();
        let renewed = rotated.renewed(&Keyring::parse(&ring(1)).unwrap().seal("secret")).unwrap().unwrap();
        assert_eq!(Keyring::parse(&ring(2)).unwrap().open(&renewed).unwrap(), "secret");
        assert_eq!(rotated.renewed(&renewed).unwrap(), None, "once is enough");
        assert!(rotated.renewed(&Keyring::parse(&ring(3)).unwrap().seal("secret")).is_err());
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let ring = Keyring::parse(&ring(1)).unwrap();
        let mut raw = STANDARD.decode(&ring.seal("secret")[PREFIX.len()..]).unwrap();
        *raw.last_mut().unwrap() ^= 1;
        assert!(ring.open(&format!("{PREFIX}{}", STANDARD.encode(raw))).is_err());
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", Keyring::parse(&ring(1)).unwrap()), "Keyring(1 keys)");
    }
}
