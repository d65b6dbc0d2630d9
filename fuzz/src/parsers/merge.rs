//! A host's `config.toml` with what the fleet gives.

use shared::codex_config::{MergeError, merge};

/// Between the three texts: what the host has, what it was given, what it gets.
const BETWEEN: &str = "\n=====\n";

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut texts = text.splitn(3, BETWEEN);
    let mut next = || texts.next().unwrap_or_default();
    let (current, before, new) = (next(), next(), next());
    match merge(current, before, new) {
        Ok(merged) => {
            assert_eq!(merge(&merged, new, new).as_ref(), Ok(&merged), "twice is once");
            assert_eq!(merge(&merged, before, new).as_ref(), Ok(&merged), "again is once");
        }
        Err(MergeError::Current(_) | MergeError::New(_) | MergeError::Apart(_)) => {}
    }
}
