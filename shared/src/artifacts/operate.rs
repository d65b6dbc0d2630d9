//! What operators do with documents, each in its own transaction.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::edit::{self, Stored};
use super::sql::{self, Origin};
use super::{Artifact, Draft, Kind, Name, Text, Version, diff};
use crate::audit::{Actor, Change};
use crate::{App, AppError, AppResult};

/// How a version is named to `If-Match`.
pub fn etag(version: u32) -> String {
    format!("\"v{version}\"")
}

/// Whether `If-Match` names this version; `None`: there is no such document.
fn matches(if_match: &str, version: Option<u32>) -> bool {
    let named = |version| if_match.split(',').any(|tag| matches!(tag.trim(), "*") || tag.trim() == etag(version));
    version.is_some_and(named)
}

/// Stores a draft. `keep_files`: the further files of the skill there is stay.
pub async fn save(
    app: &App,
    by: &Actor,
    mut draft: Draft,
    keep_files: bool,
    (if_match, note): (Option<&str>, Option<&str>),
) -> AppResult<Stored> {
    let mut change = Change::begin(app, by).await?;
    sql::lock_fleet(&mut change).await?;
    let found = sql::find(&mut change, draft.kind, &draft.name).await?;
    if if_match.is_some_and(|tags| !matches(tags, found.as_ref().map(|artifact| artifact.version))) {
        return Err(AppError::PreconditionFailed);
    }
    if let (true, Some(artifact)) = (keep_files, &found) {
        draft.text.files = sql::text(&mut change, artifact.version_id, &artifact.sha256).await?.files;
    }
    let stored = edit::store(app, &mut change, &draft, Origin { author: &by.name, host: None, note }).await?;
    change.commit().await?;
    Ok(stored)
}

/// Retires a document.
pub async fn retire(app: &App, by: &Actor, kind: Kind, name: &Name) -> AppResult<Artifact> {
    let mut change = Change::begin(app, by).await?;
    let artifact = edit::retire(app, &mut change, kind, name, Origin { author: &by.name, host: None, note: None }).await?;
    change.commit().await?;
    Ok(artifact)
}

/// Makes a version the newest again, or a retired document current.
pub async fn restore(app: &App, by: &Actor, kind: Kind, name: &Name, version: Option<u32>) -> AppResult<Stored> {
    let mut change = Change::begin(app, by).await?;
    let origin = Origin { author: &by.name, host: None, note: None };
    let stored = edit::restore(app, &mut change, (kind, name, version), origin).await?;
    change.commit().await?;
    Ok(stored)
}

/// A document and its text, retired or not; `None`: there never was one.
pub async fn show(app: &App, kind: Kind, name: &Name) -> AppResult<Option<(Artifact, Text)>> {
    let mut conn = app.db.acquire().await?;
    let Some(artifact) = sql::find(&mut conn, kind, name).await? else { return Ok(None) };
    let text = sql::text(&mut conn, artifact.version_id, &artifact.sha256).await?;
    Ok(Some((artifact, text)))
}

/// The versions of a document, newest first.
pub async fn history(app: &App, kind: Kind, name: &Name) -> AppResult<Vec<Version>> {
    let mut conn = app.db.acquire().await?;
    let artifact = sql::find(&mut conn, kind, name).await?.ok_or(AppError::NotFound(kind.noun()))?;
    Ok(sql::versions(&mut conn, artifact.id).await?)
}

/// What differs between two versions; without numbers, between the last two.
pub async fn difference(app: &App, kind: Kind, name: &Name, from: Option<u32>, to: Option<u32>) -> AppResult<(u32, u32, String)> {
    let mut conn = app.db.acquire().await?;
    let artifact = sql::find(&mut conn, kind, name).await?.ok_or(AppError::NotFound(kind.noun()))?;
    let to = to.unwrap_or(artifact.version);
    let from = from.unwrap_or_else(|| to.saturating_sub(1));
    let mut texts = Vec::new();
    for number in [from, to] {
        // Before the first version there was nothing.
        texts.push(match (number, sql::version(&mut conn, artifact.id, number).await?) {
            (_, Some(version)) => sql::text(&mut conn, version.id, &version.sha256).await?,
            (0, None) => Text::default(),
            (_, None) => return Err(AppError::NotFound("version")),
        });
    }
    Ok((from, to, compare(&artifact.name, (from, &texts[0]), (to, &texts[1]))))
}

/// Forgets versions older than `before`, but for the current ones and those that hosts have. Returns how many.
pub async fn collect(app: &App, before: DateTime<Utc>) -> AppResult<u64> {
    let mut tx = app.begin().await?;
    sql::lock_fleet(&mut tx).await?;
    let gone = sql::collect(&mut tx, app.clock.now(), before).await?;
    tx.commit().await?;
    Ok(gone)
}

fn compare(name: &str, (from, before): (u32, &Text), (to, after): (u32, &Text)) -> String {
    let mut out = diff::unified(&before.main, &after.main, (&format!("{name} (version {from})"), &format!("{name} (version {to})")));
    let paths: std::collections::BTreeSet<_> = before.files.keys().chain(after.files.keys()).collect();
    for path in paths {
        let (old, new) = (before.at(Some(path)).unwrap_or_default(), after.at(Some(path)).unwrap_or_default());
        let names = (format!("{name}/{path} (version {from})"), format!("{name}/{path} (version {to})"));
        write!(out, "{}", diff::unified(old, new, (&names.0, &names.1))).expect("writing to memory does not fail");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_versions() {
        for (tags, version, expected) in [
            ("\"v2\"", Some(2), true),
            ("\"v1\", \"v2\"", Some(2), true),
            ("*", Some(2), true),
            ("\"v1\"", Some(2), false),
            ("*", None, false),
            ("v2", Some(2), false),
        ] {
            assert_eq!(matches(tags, version), expected, "{tags} {version:?}");
        }
    }
}
