//! Random tokens. A token is prefix + 32 random bytes + a checksum that catches typing errors before any look-up.

use sha2::{Digest, Sha256};

/// `N` bytes from the operating system.
#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).expect("the operating system gives random bytes");
    out
}

/// A fresh token: `prefix`, 64 hex digits, 8 hex digits of checksum.
pub fn token(prefix: &str) -> String {
    let body = hex::encode(bytes::<32>());
    format!("{prefix}{body}{}", checksum(prefix, &body))
}

/// Whether `text` has the form [`token`] gives for `prefix`, checksum included.
pub fn is_token(prefix: &str, text: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else { return false };
    if rest.len() != 72 || !rest.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    let (body, sum) = rest.split_at(64);
    checksum(prefix, body) == sum
}

fn checksum(prefix: &str, body: &str) -> String {
    hex::encode(&Sha256::digest(format!("{prefix}{body}"))[..4])
}

/// A version 4 UUID.
pub fn uuid() -> String {
    let mut raw = bytes::<16>();
    raw[6] = (raw[6] & 0x0f) | 0x40;
    raw[8] = (raw[8] & 0x3f) | 0x80;
    let text = hex::encode(raw);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_token_checks_itself_and_notices_one_changed_digit() {
        let token = super::token("cah_");
        assert!(super::is_token("cah_", &token));
        let last = if token.ends_with('0') { '1' } else { '0' };
        let typo = format!("{}{last}", &token[..token.len() - 1]);
        assert!(!super::is_token("cah_", &typo));
        assert!(!super::is_token("cdxr_", &token));
    }

    #[test]
    fn a_uuid_is_version_four() {
        let uuid = super::uuid();
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
    }
}
