//! Ciphertexts of the old server.

use shared::crypto::Keyring;

/// What a sealed column holds.
#[derive(PartialEq, Eq)]
pub enum Secret {
    /// Nothing.
    Empty,
    /// This text: sealed, or from the time before it was.
    Plain(String),
    /// None of the keys opens it.
    Closed,
}

/// Opens one.
pub fn open(keys: &Keyring, text: Option<&str>) -> Secret {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Secret::Empty,
        Some(sealed) if sealed.starts_with("sbox:") => keys.open(sealed).map_or(Secret::Closed, Secret::Plain),
        Some(plain) => Secret::Plain(plain.to_owned()),
    }
}

/// How many of some ciphertexts open, and how many do not.
pub fn tally<'a>(keys: &Keyring, texts: impl Iterator<Item = Option<&'a str>>) -> (usize, usize) {
    let sealed = texts.flatten().filter(|text| text.trim().starts_with("sbox:"));
    let (open, closed): (Vec<_>, Vec<_>) = sealed.map(|text| keys.open(text.trim()).is_ok()).partition(|opens| *opens);
    (open.len(), closed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_and_plain_columns_are_told_apart() {
        let keys = Keyring::parse(&Keyring::generate()).unwrap();
        let sealed = keys.seal("text");
        let other = Keyring::parse(&Keyring::generate()).unwrap().seal("text");
        for (what, text, expected) in [
            ("nothing", None, Secret::Empty),
            ("blank", Some(" "), Secret::Empty),
            ("sealed", Some(sealed.as_str()), Secret::Plain("text".into())),
            ("from before", Some("text"), Secret::Plain("text".into())),
            ("another key's", Some(other.as_str()), Secret::Closed),
            ("damaged", Some("sbox:v1:AAAA"), Secret::Closed),
            ("a later format", Some("sbox:v9:AAAA"), Secret::Closed),
        ] {
            assert!(open(&keys, text) == expected, "{what}");
        }
        assert_eq!(tally(&keys, [Some(sealed.as_str()), Some(&other), Some("plain"), None].into_iter()), (1, 1));
    }
}
