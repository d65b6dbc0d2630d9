//! What was used: the lines that `cdx` picks out of session files, and the body of `POST /usage`.

use shared::usage::session::{self, Progress};
use shared::usage::{MOST_TOKENS, Tokens, entry};

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for part in session::parse(&text) {
        part.models().for_each(model);
        let (records, progress) = session::answers(&part, Progress::default());
        assert!(records.len() <= text.lines().count());
        for record in records {
            assert!(record.session == part.session && !record.counts.is_zero());
            assert!(progress.read_at_ms.is_some_and(|read| record.at_ms <= read), "what is counted is read");
            few(record.counts.into());
        }
        session::answers(&part, progress);
    }
    let Ok(body) = serde_json::from_slice(data) else { return };
    match entry::parse(&body) {
        Ok(entries) => entries.into_iter().for_each(kept),
        Err(errors) => assert!(!errors.is_empty()),
    }
}

fn kept(entry: entry::Entry) {
    few(entry.tokens);
    entry.model.as_deref().into_iter().for_each(model);
    assert!(entry.line.is_some() || entry.tokens != Tokens::default());
    assert!(entry.line.is_none_or(|line| line.len() <= 1003 && !line.contains(char::is_control)), "a line is plain");
}

fn model(name: &str) {
    assert!((1..=entry::MODEL_BYTES).contains(&name.len()));
}

/// Sums of them fit their columns.
pub fn few(tokens: Tokens) {
    let all = [tokens.total, tokens.input, tokens.cached, tokens.output, tokens.reasoning];
    assert!(all.into_iter().flatten().all(|number| number <= MOST_TOKENS));
}
