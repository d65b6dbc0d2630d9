//! The list of codes in `docs/API.md` against the codes in the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::pages::{read, root, spans};

/// In the list, and no codes.
const WORDS: [&str; 5] = ["reset_at", "limit", "bucket", "deny", "details"];

/// What a text literal follows where it is a code.
const BEFORE: [&str; 5] = ["code: ", "refused(", "conflict(", "code = ", "\"code\": "];

fn sources(folder: &Path, found: &mut Vec<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_rust = path.extension().is_some_and(|found| found == "rs");
        // The runner is a program of its own, with another contract.
        if path.is_dir() && !matches!(&*name, "tests" | "conformance") && !path.ends_with("functions/runner") {
            sources(&path, found);
        } else if is_rust && !name.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned());
        }
    }
}

/// The literal with which a text begins, when it could be a code.
fn literal(text: &str) -> Option<String> {
    let code = text.trim_start().strip_prefix('"')?.split('"').next()?;
    let plain = code.len() > 2 && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    plain.then(|| code.to_owned())
}

fn in_source() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for folder in ["shared/src", "functions"] {
        sources(&root().join(folder), &mut texts);
    }
    let mut codes = BTreeSet::new();
    for text in &texts {
        for before in BEFORE {
            codes.extend(text.split(before).skip(1).filter_map(literal));
        }
        // `(StatusCode::NOT_FOUND, "not_found")`
        let after_status = text.split("StatusCode::").skip(1).filter_map(|rest| rest.split_once(','));
        codes.extend(after_status.filter(|(name, _)| !name.contains(['(', ' ', '\n'])).filter_map(|(_, rest)| literal(rest)));
    }
    let door = read("shared/src/hosts/gate.rs");
    let arms = door.split("Refusal::").skip(1).filter_map(|arm| arm.split_once("=> ("));
    codes.extend(arms.filter_map(|(_, rest)| literal(rest)));
    codes
}

fn listed() -> BTreeSet<String> {
    let page = read("docs/API.md");
    let list = page.split("\n## Codes\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<_> = list.lines().filter(|line| line.starts_with('|')).collect();
    let codes = spans(&rows.join("\n")).into_iter().filter_map(|(span, _)| literal(&format!("\"{span}\"")));
    codes.filter(|code| !WORDS.contains(&&**code)).collect()
}

#[test]
fn every_code_is_listed() {
    let (source, listed) = (in_source(), listed());
    for known in ["undecodable_body", "ip_mismatch", "not_the_newest", "quota_exceeded", "not_a_handle", "database_unavailable"] {
        assert!(source.contains(known), "the source was not understood: it has {known}");
    }
    let unlisted: Vec<_> = source.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&source).collect();
    assert!(unlisted.is_empty() && gone.is_empty(), "docs/API.md does not list {unlisted:?}, and lists {gone:?}, which nothing sends");
}

#[test]
fn every_refusal_of_a_host_has_a_place_in_the_contract_of_cdx() {
    let script = read("functions/install/cdx/cdx");
    let explained: BTreeSet<_> = script
        .split("explain() {")
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| {
            let (codes, rest) = line.trim().split_once(") refusal_exit=")?;
            Some((codes.replace(" | ", ", "), rest.split(' ').next()?.to_owned()))
        })
        .collect();
    let contract = read("docs/interface-cdx.md");
    for (codes, exit) in &explained {
        let first = codes.split(", ").next().unwrap();
        let row = contract.lines().find(|line| line.starts_with("| `") && line.contains(&format!("`{first}`")));
        assert!(row.is_some_and(|row| row.contains(&format!("| {exit} |"))), "{codes}: {exit} is not in docs/interface-cdx.md");
    }
    assert!(explained.len() > 10, "the script was not understood: {explained:?}");
}
