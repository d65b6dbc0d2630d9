//! The documents, and what stands between backticks in them.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Reads a file of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A document: its name, and its text without fenced blocks.
pub struct Page {
    /// From the root.
    pub name: String,
    /// What is no code.
    pub prose: String,
}

/// All of them, but for decisions, which tell what was so then.
pub fn pages() -> Vec<Page> {
    let mut names = vec!["README.md".to_owned(), "infra/README.md".to_owned()];
    let entries = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|found| found == "md"));
    names.extend(pages.map(|path| format!("docs/{}", path.file_name().unwrap().to_string_lossy())));
    names.sort();
    names.into_iter().map(|name| Page { prose: prose(&read(&name)), name }).collect()
}

fn prose(text: &str) -> String {
    let mut in_code = false;
    let keep = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    };
    text.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

/// Texts between backticks, each with what stands between it and the next one; a paragraph at a time.
pub fn spans(prose: &str) -> Vec<(String, String)> {
    let of = |paragraph: &str| {
        let parts: Vec<_> = paragraph.split('`').collect();
        let spans = parts.iter().skip(1).step_by(2).zip(parts.iter().skip(2).step_by(2).chain([&""]));
        spans.map(|(span, after)| (span.replace('\n', " "), (*after).to_owned())).collect::<Vec<_>>()
    };
    prose.split("\n\n").flat_map(of).collect()
}

#[test]
fn spans_are_read_across_lines() {
    let found = spans("a `b` `c\nd`, e\n\n`f`");
    assert_eq!(found, [("b".into(), " ".into()), ("c d".into(), ", e".into()), ("f".into(), String::new())]);
}
