//! Whether a token could be a real one.

const PLACEHOLDERS: [&str; 8] = ["token", "newer-token", "placeholder", "changeme", "dummy", "test", "example", "example-token"];

/// Says what is wrong with `token` (already trimmed), if anything; `min` is `TOKEN_MIN_LENGTH`.
pub fn complaint(token: &str, min: usize) -> Option<String> {
    if token.chars().any(char::is_whitespace) {
        return Some("token may not contain whitespace or newlines".to_owned());
    }
    if token.len() < min {
        return Some(format!("token too short (min {min} characters)"));
    }
    if PLACEHOLDERS.contains(&token.to_lowercase().as_str()) {
        return Some("token appears to be a placeholder value".to_owned());
    }
    let mut seen = [false; 256];
    token.bytes().for_each(|b| seen[usize::from(b)] = true);
    match seen.iter().filter(|seen| **seen).count() {
        0 | 1 => Some("token is not high-entropy (single repeated character)".to_owned()),
        2..=5 => Some("token entropy too low (too few unique characters)".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rules_apply_in_their_order() {
        let table = [
            ("sk-test-1234567890abcdefghijklmnop", 24, None),
            ("has blank in the middle of the token", 24, Some("whitespace")),
            ("has\nnewline", 24, Some("whitespace")),
            ("short", 24, Some("too short (min 24")),
            ("placeholder", 8, Some("placeholder")),
            ("Newer-Token", 8, Some("placeholder")),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 24, Some("single repeated")),
            ("abcabcabcabcabcabcabcabcabc", 24, Some("too few unique")),
            ("abcdefabcdefabcdefabcdefabcdef", 24, None),
        ];
        for (token, min, expected) in table {
            let got = super::complaint(token, min);
            match expected {
                None => assert_eq!(got, None, "{token}"),
                Some(part) => assert!(got.as_deref().is_some_and(|g| g.contains(part)), "{token}: {got:?}"),
            }
        }
    }
}
