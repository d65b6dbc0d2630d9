//! Which efforts a model takes.

use super::words::Effort::{self, High, Low, Medium, None as Off, XHigh};

/// Models whose efforts are known; others take any.
const KNOWN: [(&str, &[Effort]); 6] = [
    ("gpt-5.2-codex", &[Low, Medium, High, XHigh]),
    ("gpt-5.2", &[Off, Low, Medium, High, XHigh]),
    ("gpt-5.1-codex-max", &[Low, Medium, High, XHigh]),
    ("gpt-5.1-codex", &[Low, Medium, High]),
    ("gpt-5.1-codex-mini", &[Medium, High]),
    ("gpt-5.1", &[Off, Low, Medium, High]),
];

/// Why a model refuses an effort, if it does.
pub fn refusal(model: &str, effort: Effort) -> Option<String> {
    let (_, efforts) = KNOWN.iter().find(|(known, _)| *known == model)?;
    let words: Vec<_> = efforts.iter().map(|effort| effort.as_str()).collect();
    (!efforts.contains(&effort)).then(|| format!("{model} takes {} and not {}", words.join(", "), effort.as_str()))
}

/// Models that only sum up in detail.
pub fn wants_detail(model: &str) -> bool {
    ["gpt-5.1-codex", "gpt-5.2-codex"].iter().any(|prefix| model.starts_with(prefix))
}
