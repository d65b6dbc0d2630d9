//! The documents against the repository: links lead somewhere, scripts exist, every table and every variable is named once.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod variables;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder, sorted; none where there is no such folder. What is built or fetched is left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let skipped = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with('.') || matches!(&*name, "target" | "node_modules" | "dist")
    };
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    paths.into_iter().filter(|path| !skipped(path)).flat_map(below).collect()
}

fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// What people read: the first page, `docs/`, and what lies beside the templates.
fn documents() -> Vec<PathBuf> {
    let root = root();
    let folders = ["docs", "infra"].map(|folder| with_extension(&root.join(folder), "md"));
    [root.join("README.md")].into_iter().chain(folders.into_iter().flatten()).collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The lines of a document that are no code.
fn prose(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let keep = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    };
    text.lines().filter(keep).collect()
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// What a line links to, in either form.
fn links(line: &str) -> Vec<String> {
    let line = without_code(line);
    let ends = [("](", ')'), ("href=\"", '"'), ("src=\"", '"')];
    let of = |(start, end): (&str, char)| -> Vec<String> {
        line.split(start).skip(1).map(|rest| rest.split(end).next().unwrap().to_owned()).collect()
    };
    ends.into_iter().flat_map(of).collect()
}

/// The anchor that a heading gets: lower case, blanks as hyphens, no other punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(document: &Path) -> BTreeSet<String> {
    let text = read(document);
    let headings = prose(&text).into_iter().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// Why a link of a document leads nowhere.
fn broken(document: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, wanted) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { document.to_owned() } else { document.parent().unwrap().join(path) };
    if !target.exists() {
        return Some(format!("{}: {link} is not there", shown(document)));
    }
    let lost = !wanted.is_empty() && !anchors(&target).contains(wanted);
    lost.then(|| format!("{}: {link} has no such heading", shown(document)))
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    let mut wrong = Vec::new();
    for document in documents() {
        let text = read(&document);
        let found: Vec<_> = prose(&text).into_iter().flat_map(links).collect();
        followed += found.len();
        wrong.extend(found.iter().filter_map(|link| broken(&document, link)));
    }
    assert!(followed > 50, "only {followed} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_seen() {
    let readme = root().join("README.md");
    assert_eq!(links("[a](docs/x.md) `[b](y)` <a href=\"z#q\">"), ["docs/x.md", "z#q"]);
    assert_eq!(anchor(" `cdx --doctor`"), "cdx---doctor");
    assert_eq!(broken(&readme, "docs/access.md#rate-limits"), None);
    assert!(broken(&readme, "docs/nothing.md").is_some());
    assert!(broken(&readme, "docs/access.md#nothing").is_some());
}

/// The names behind each `local-dev/` of a text; hidden ones are made while it runs.
fn scripts(text: &str) -> Vec<&str> {
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(rest.len());
    let names = text.split("local-dev/").skip(1).map(|rest| rest[..end(rest)].trim_end_matches('.'));
    names.filter(|name| !name.is_empty() && !name.starts_with('.')).collect()
}

#[test]
fn every_script_that_is_named_is_there() {
    let root = root();
    let mut wrong = Vec::new();
    for document in documents() {
        let text = read(&document);
        let lost = scripts(&text).into_iter().filter(|name| !root.join("local-dev").join(name).exists());
        wrong.extend(lost.map(|name| format!("{}: local-dev/{name}", shown(&document))));
    }
    assert_eq!(scripts("`local-dev/up --demo`, local-dev/.state, local-dev/no-such\n"), ["up", "no-such"]);
    assert!(wrong.is_empty(), "these are named and not there:\n{}", wrong.join("\n"));
}

/// What a statement that begins so is about.
fn tables<'a>(sql: &'a str, statement: &str) -> Vec<&'a str> {
    let lines = sql.lines().filter_map(|line| line.trim_start().strip_prefix(statement));
    let name = |rest: &'a str| rest.trim_start().trim_start_matches("IF NOT EXISTS ").trim_start_matches("IF EXISTS ");
    lines.map(|rest| name(rest).split([' ', '(', ';']).next().unwrap()).collect()
}

#[test]
fn every_table_is_named_once() {
    let mut there = BTreeSet::new();
    for migration in with_extension(&root().join("migrations"), "sql") {
        let sql = read(&migration);
        there.extend(tables(&sql, "CREATE TABLE").into_iter().map(str::to_owned));
        for gone in tables(&sql, "DROP TABLE") {
            assert!(there.remove(gone), "{} drops {gone}, which nothing made", shown(&migration));
        }
    }

    let document = read(&root().join("docs/interface-db.md"));
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut named: Vec<_> = rows.map(|rest| rest.split('`').next().unwrap().to_owned()).collect();
    named.sort();

    assert!(there.contains("fleet"), "the migrations were not understood");
    assert_eq!(named, there.into_iter().collect::<Vec<_>>());
}

#[test]
fn no_two_documents_differ_only_in_case() {
    let mut lower = BTreeSet::new();
    for document in documents() {
        let name = shown(&document);
        assert!(lower.insert(name.to_lowercase()), "{name} is the same file as another where names have no case");
    }
}
