//! Codex' telemetry.

use shared::usage::otlp::{self, Logs, MOST_RECORDS};

use super::usage::few;

pub fn check(data: &[u8]) {
    let Ok(logs) = serde_json::from_slice::<Logs>(data) else { return };
    let (answers, seen) = otlp::answers(&logs);
    assert!(answers.len() <= seen.min(MOST_RECORDS));
    for answer in answers {
        assert!(!answer.counts.is_zero());
        assert!(answer.model.is_none_or(|name| (1..=128).contains(&name.len()) && !name.contains(char::is_control)));
        few(answer.counts.into());
    }
}
