//! Looking for a text in files, within limits of matches, bytes and time.

use std::time::{Duration, Instant};

use regex::{Regex, RegexBuilder};
use serde::Serialize;

use super::path::FilePath;
use super::sql::Meta;
use super::{MAX_FILES, list, read, sql};
use crate::memories::Reach;
use crate::{App, AppError, AppResult};

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 500;
/// Looked through in one call.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Fetched at once.
const STEP_BYTES: u64 = 4 * 1024 * 1024;
/// How long one call looks.
const MAX_TIME: Duration = Duration::from_secs(2);
/// Longest snippet, in bytes.
const MAX_SNIPPET: usize = 200;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// A text, whatever its case; or a regular expression.
    pub pattern: &'a str,
    /// It is a regular expression.
    pub is_regex: bool,
    /// Only files whose name or path matches one.
    pub globs: Vec<&'a str>,
    /// How many matches at most.
    pub most: usize,
}

/// One line that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub snippet: String,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    pub pattern: String,
    pub root: String,
    pub count: usize,
    pub matches: Vec<Match>,
    /// A limit ended it before everything was looked through.
    pub truncated: bool,
}

/// Looks through the text files below a directory.
pub async fn search(app: &App, reach: &Reach, root: &FilePath, wanted: &Wanted<'_>) -> AppResult<Found> {
    let regex = compile(wanted)?;
    let globs = list::globs("file_glob", wanted.globs.iter().copied())?;
    let mut conn = app.db.acquire().await?;
    let spot =
        read::spot(&mut conn, reach, root).await?.ok_or_else(|| AppError::invalid("root", "root must be of one host: fleet/<host>"))?;
    let files = sql::under(&mut conn, spot.host, &spot.path, MAX_FILES).await?;
    if files.is_empty() && !spot.path.is_empty() {
        return Err(AppError::NotFound("directory"));
    }
    let start = if spot.path.is_empty() { 0 } else { spot.path.len() + 1 };
    let chosen = |meta: &&Meta| {
        let (path, name) = (&meta.path[start..], meta.path.rsplit('/').next().unwrap_or_default());
        meta.is_text && globs.as_ref().is_none_or(|globs| globs.is_match(path) || globs.is_match(name))
    };
    let files: Vec<_> = files.iter().filter(chosen).collect();
    let (began, mut seen, mut matches, mut truncated) = (Instant::now(), 0, Vec::new(), false);
    for step in steps(&files) {
        truncated = seen >= MAX_BYTES || began.elapsed() > MAX_TIME || matches.len() > wanted.most;
        if truncated {
            break;
        }
        let ids: Vec<_> = step.iter().map(|meta| meta.id).collect();
        let contents: std::collections::HashMap<_, _> = sql::contents(&mut conn, &ids).await?.into_iter().collect();
        for meta in step {
            let Some(text) = contents.get(&meta.id).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
            seen += text.len() as u64;
            lines(&regex, text, &spot.show(&meta.path), wanted.most + 1, &mut matches);
        }
    }
    truncated |= matches.len() > wanted.most;
    matches.truncate(wanted.most);
    Ok(Found { pattern: wanted.pattern.to_owned(), root: spot.show(&spot.path), count: matches.len(), matches, truncated })
}

/// Files in groups that are fetched at once.
fn steps<'a>(files: &'a [&'a Meta]) -> impl Iterator<Item = &'a [&'a Meta]> {
    let mut rest = files;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |meta: &&&Meta| {
            bytes += u64::from(meta.size_bytes);
            bytes <= STEP_BYTES
        };
        let count = rest.iter().take_while(fits).count().clamp(1, 200).min(rest.len());
        let (step, after) = rest.split_at(count);
        rest = after;
        (!step.is_empty()).then_some(step)
    })
}

fn compile(wanted: &Wanted<'_>) -> AppResult<Regex> {
    if wanted.pattern.is_empty() {
        return Err(AppError::invalid("pattern", "pattern is required"));
    }
    if wanted.pattern.len() > MAX_PATTERN {
        return Err(AppError::invalid("pattern", format!("pattern must be {MAX_PATTERN} bytes or fewer")));
    }
    let text = if wanted.is_regex { wanted.pattern.to_owned() } else { regex::escape(wanted.pattern) };
    // This engine takes time in proportion to the text, whatever the pattern.
    let regex = RegexBuilder::new(&text).case_insensitive(true).size_limit(1 << 20).dfa_size_limit(1 << 20).build();
    regex.map_err(|_| AppError::invalid("pattern", "pattern is not a regular expression that can be used here"))
}

fn lines(regex: &Regex, text: &str, file: &str, most: usize, matches: &mut Vec<Match>) {
    for (number, line) in text.lines().enumerate() {
        if matches.len() >= most {
            return;
        }
        if let Some(found) = regex.find(line) {
            matches.push(Match { file: file.to_owned(), line: number + 1, snippet: snippet(line, found.start()) });
        }
    }
}

/// The part of a line around a match, cut between characters.
fn snippet(line: &str, at: usize) -> String {
    let from = if at + MAX_SNIPPET / 2 > MAX_SNIPPET { line.floor_char_boundary(at - MAX_SNIPPET / 4) } else { 0 };
    let rest = &line[from..];
    rest[..rest.floor_char_boundary(MAX_SNIPPET)].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pattern: &str, is_regex: bool, text: &str) -> Vec<usize> {
        let wanted = Wanted { pattern, is_regex, globs: Vec::new(), most: 100 };
        let mut matches = Vec::new();
        lines(&compile(&wanted).unwrap(), text, "f", 100, &mut matches);
        matches.into_iter().map(|found| found.line).collect()
    }

    #[test]
    fn a_pattern_is_a_text_unless_it_is_said_to_be_more() {
        let text = "one\nTwo (a+b)\nthree\n";
        assert_eq!(find("TWO", false, text), [2]);
        assert_eq!(find("(A+b)", false, text), [2]);
        assert_eq!(find("^t", true, text), [2, 3]);
        let wanted = |pattern| Wanted { pattern, is_regex: true, globs: Vec::new(), most: 1 };
        for bad in ["(", "", "a{1000}{1000}{1000}"] {
            assert!(compile(&wanted(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let text = "a".repeat(100_000);
        let began = Instant::now();
        assert_eq!(find("(a+)+$x", true, &text), [0; 0]);
        assert!(began.elapsed() < Duration::from_secs(5), "a backtracking engine would never end");
    }

    #[test]
    fn a_snippet_is_short_and_whole_characters() {
        let line = format!("{}needle{}", "é".repeat(300), "é".repeat(300));
        let shown = snippet(&line, 600);
        assert!(shown.len() <= MAX_SNIPPET && shown.contains("needle"), "{shown}");
        assert_eq!(snippet("  short ", 2), "short");
        let mut matches = Vec::new();
        lines(&Regex::new("a").unwrap(), "a\na\na", "f", 2, &mut matches);
        assert_eq!(matches.len(), 2);
    }

    #[test]
    fn files_are_fetched_in_groups() {
        let meta =
            |size| Meta { id: 1, path: "x".into(), version: 1, size_bytes: size, is_text: true, updated_at: chrono::DateTime::UNIX_EPOCH };
        let (small, large) = (meta(1024 * 1024), meta(8 * 1024 * 1024));
        let files = [&small, &small, &small, &small, &small, &large, &small];
        let sizes: Vec<_> = steps(&files).map(<[_]>::len).collect();
        assert_eq!(sizes, [4, 1, 1, 1]);
        assert_eq!(steps(&[]).count(), 0);
    }
}
