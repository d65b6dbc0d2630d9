//! Listing directories. They are there while something lies in them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Serialize;

use super::path::{FLEET, FilePath};
use super::sql::Meta;
use super::{MAX_FILES, read, sql};
use crate::hosts::view::atom_or_null;
use crate::memories::{Need, Reach, Scope};
use crate::{App, AppError, AppResult};

/// Most entries of a listing.
pub const MAX_ENTRIES: usize = 1000;
/// Longest glob, in bytes.
const MAX_GLOB: usize = 256;
/// Most globs of one call.
const MAX_GLOBS: usize = 16;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FileEntry)]
pub struct Entry {
    pub name: String,
    /// As the caller may use it again.
    pub path: String,
    /// `dir` or `file`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub size_bytes: Option<u32>,
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub modified_at: Option<DateTime<Utc>>,
}

/// What is in a directory, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FileListing)]
pub struct Listing {
    pub entries: Vec<Entry>,
    /// There is more than is listed.
    pub truncated: bool,
}

/// Lists a directory.
pub async fn list(app: &App, reach: &Reach, path: &FilePath, glob: Option<&str>) -> AppResult<Listing> {
    let globs = globs("glob", glob)?;
    let mut conn = app.db.acquire().await?;
    let mut entries = match read::spot(&mut conn, reach, path).await? {
        None => {
            let hosts = sql::sharers(&mut conn, 2000).await?;
            hosts.into_iter().map(|(_, fqdn)| directory(format!("{FLEET}/{fqdn}"), fqdn)).collect()
        }
        Some(spot) => {
            let files = sql::under(&mut conn, spot.host, &spot.path, MAX_FILES).await?;
            let is_there = !files.is_empty() || spot.path.is_empty();
            if !is_there {
                return Err(AppError::NotFound("directory"));
            }
            children(&spot.path, files, |path| spot.show(path))
        }
    };
    if path.is_root() && reach.may(&Scope::Fleet, Need::Read) {
        entries.push(directory(FLEET.to_owned(), FLEET.to_owned()));
        entries.sort_by(|a, b| a.name.cmp(&b.name));
    }
    entries.retain(|entry| globs.as_ref().is_none_or(|globs| globs.is_match(&entry.name)));
    let truncated = entries.len() > MAX_ENTRIES;
    entries.truncate(MAX_ENTRIES);
    Ok(Listing { entries, truncated })
}

fn directory(path: String, name: String) -> Entry {
    Entry { name, path, kind: "dir", size_bytes: None, modified_at: None }
}

/// The direct children of a directory among all files below it.
fn children(directory: &str, files: Vec<Meta>, show: impl Fn(&str) -> String) -> Vec<Entry> {
    let start = if directory.is_empty() { 0 } else { directory.len() + 1 };
    let mut all: BTreeMap<String, Entry> = BTreeMap::new();
    for file in files {
        let rest = &file.path[start..];
        let (name, is_file) = rest.split_once('/').map_or((rest, true), |(name, _)| (name, false));
        let path = show(&file.path[..start + name.len()]);
        let entry = all.entry(name.to_owned()).or_insert_with(|| self::directory(path, name.to_owned()));
        if is_file {
            (entry.kind, entry.size_bytes) = ("file", Some(file.size_bytes));
            entry.modified_at = Some(file.updated_at);
        } else {
            entry.modified_at = entry.modified_at.max(Some(file.updated_at));
        }
    }
    all.into_values().collect()
}

/// Compiled globs; `None`: none was given. A star does not cross a slash, two do.
pub fn globs<'a>(field: &str, texts: impl IntoIterator<Item = &'a str>) -> AppResult<Option<GlobSet>> {
    let mut set = GlobSetBuilder::new();
    let mut count = 0;
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        count += 1;
        if text.len() > MAX_GLOB || count > MAX_GLOBS {
            return Err(AppError::invalid(field, format!("{field} takes up to {MAX_GLOBS} patterns of {MAX_GLOB} bytes")));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| AppError::invalid(field, format!("{field} is not a pattern: {}", error.kind())))?);
    }
    let set = set.build().map_err(|_| AppError::invalid(field, format!("{field} is too large")))?;
    Ok((count > 0).then_some(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(path: &str, minute: i64) -> Meta {
        let updated_at = DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap();
        Meta { id: 1, path: path.into(), version: 1, size_bytes: 3, is_text: true, updated_at }
    }

    #[test]
    fn only_direct_children_are_listed() {
        let files = vec![meta("a/b/c", 1), meta("a/b/d", 2), meta("a/e", 3)];
        let entries = children("a", files, str::to_owned);
        let shown: Vec<_> = entries.iter().map(|e| (e.name.as_str(), e.path.as_str(), e.kind, e.size_bytes)).collect();
        assert_eq!(shown, [("b", "a/b", "dir", None), ("e", "a/e", "file", Some(3))]);
        assert_eq!(entries[0].modified_at, Some(meta("", 2).updated_at), "a directory is as new as what is newest in it");
        let root = children("", vec![meta("x", 1), meta("y/z", 1)], str::to_owned);
        assert_eq!(root.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn globs_are_bounded() {
        let set = globs("glob", ["*.rs", "src/**/*.md"]).unwrap().unwrap();
        for (path, expected) in [("a.rs", true), ("a/b.rs", false), ("src/a/b.md", true), ("b.md", false)] {
            assert_eq!(set.is_match(path), expected, "{path}");
        }
        assert!(globs("glob", None).unwrap().is_none() && globs("glob", [" "]).unwrap().is_none());
        for bad in ["[", &"a".repeat(257), "{a"] {
            assert!(globs("glob", [bad]).is_err(), "{bad}");
        }
        assert!(globs("glob", ["a"; 17]).is_err());
    }
}
