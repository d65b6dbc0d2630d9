//! What a comment above a block says of it.

use std::path::Path;

use crate::markdown::root;

/// Why a block is not run: these reasons and no others, or the test that runs the same.
const REASONS: [&str; 6] =
    ["needs an AWS account", "needs Docker", "needs a terminal", "needs another system", "installs packages", "it is what runs this"];

/// How a block is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `<!-- not run: REASON -->`, or `<!-- not run: tested by PATH -->`.
    NotRun,
    /// `<!-- runs until stopped -->`: it is a server.
    UntilStopped,
    /// `<!-- prints a command: a.b -->`: the reader runs what stands at `a.b` of what it prints.
    Prints(String),
    /// `<!-- answers STATUS CODE -->`: its last call is refused so.
    Answers(String, String),
    /// `<!-- what it answers -->`: what the block above printed has these members.
    Answer,
}

impl Mark {
    /// Reads the line above a fence; `None`: it is no comment. An error: it is one that says nothing known.
    pub fn above(line: &str) -> Result<Option<Self>, String> {
        let Some(text) = line.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) else { return Ok(None) };
        let text = text.trim();
        if let Some(reason) = text.strip_prefix("not run: ") {
            return if is_known(reason) { Ok(Some(Self::NotRun)) } else { Err(unknown(reason)) };
        }
        if let Some(place) = text.strip_prefix("prints a command: ") {
            return Ok(Some(Self::Prints(place.to_owned())));
        }
        if let Some((status, code)) = text.strip_prefix("answers ").and_then(|rest| rest.split_once(' ')) {
            return Ok(Some(Self::Answers(status.to_owned(), code.to_owned())));
        }
        match text {
            "runs until stopped" => Ok(Some(Self::UntilStopped)),
            "what it answers" => Ok(Some(Self::Answer)),
            other => Err(format!("nobody knows the mark \"{other}\"")),
        }
    }
}

fn is_known(reason: &str) -> bool {
    let test = reason.strip_prefix("tested by ");
    REASONS.contains(&reason)
        || test.is_some_and(|path| Path::new(path).extension().is_some_and(|found| found == "rs") && root().join(path).is_file())
}

fn unknown(reason: &str) -> String {
    format!("\"{reason}\" is no reason: {REASONS:?}, or \"tested by\" and the file of a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_reasons_count() {
        assert_eq!(Mark::above("<!-- not run: needs Docker -->"), Ok(Some(Mark::NotRun)));
        assert_eq!(Mark::above("<!-- not run: tested by tests/tests/demo.rs -->"), Ok(Some(Mark::NotRun)));
        for wrong in
            ["<!-- not run: it is slow -->", "<!-- not run: tested by tests/tests/gone.rs -->", "<!-- skip -->", "<!-- not run -->"]
        {
            assert!(Mark::above(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Mark::above("Text."), Ok(None));
    }
}
