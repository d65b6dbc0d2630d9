//! Changes of documents: each a new version, in the caller's transaction.

use serde_json::{Value, json};

use super::sql::{self, Origin};
use super::{Artifact, Draft, Kind, Name, Text, limits, skill};
use crate::audit::Change;
use crate::{App, AppError, AppResult};

/// What storing did.
#[derive(Debug)]
pub struct Stored {
    /// `created`, `updated` or `unchanged`.
    pub status: &'static str,
    /// The document as it is now.
    pub artifact: Artifact,
}

impl Draft {
    /// Checks sizes and, of a skill, what Codex will read.
    pub fn check(&self) -> AppResult<()> {
        limits::text(self.kind.fields().1, &self.text.main)?;
        match self.kind {
            Kind::Skill => {
                limits::skill_files(&self.text.main, &self.text.files)?;
                skill::check(&self.text.main).map(drop)
            }
            Kind::Agents | Kind::Command => Ok(()),
        }
    }

    fn is(&self, artifact: &Artifact, text: &Text) -> bool {
        let said = |artifact: &Artifact| (artifact.description.clone(), artifact.argument_hint.clone(), artifact.display_name.clone());
        self.text == *text && said(artifact) == (self.description.clone(), self.argument_hint.clone(), self.display_name.clone())
    }

    /// What the audit says of it.
    fn facts(&self, version: u32, retired: bool) -> Value {
        facts(version, &self.text.sha256(), self.text.main.len() as u64, &self.text, retired)
    }
}

fn facts(version: u32, sha256: &str, size_bytes: u64, text: &Text, retired: bool) -> Value {
    json!({ "version": version, "sha256": sha256, "size_bytes": size_bytes, "files": text.files.len(), "retired": retired })
}

/// Stores a draft: a new document, a new version, or nothing when it is there already. A retired document comes back,
/// so only what an operator says may come here for one. The fleet's row is locked.
pub async fn store(app: &App, change: &mut Change, draft: &Draft, origin: Origin<'_>) -> AppResult<Stored> {
    draft.check()?;
    sql::lock_fleet(change).await?;
    let found = sql::find(change, draft.kind, &draft.name).await?;
    let Some(artifact) = found else {
        limits::fleet(draft.kind, sql::count(change).await?)?;
        let id = sql::add_artifact(change, app.clock.now(), draft.kind, &draft.name).await?;
        return add(app, change, (id, 1), draft, origin, ("created", Value::Null)).await;
    };
    let text = sql::text(change, artifact.version_id, &artifact.sha256).await?;
    let retired = artifact.retired_at.is_some();
    if !retired && draft.is(&artifact, &text) {
        return Ok(Stored { status: "unchanged", artifact });
    }
    let before = facts(artifact.version, &artifact.sha256, artifact.size_bytes, &text, retired);
    add(app, change, (artifact.id, artifact.version + 1), draft, origin, ("updated", before)).await
}

async fn add(
    app: &App,
    change: &mut Change,
    (id, version): (u64, u32),
    draft: &Draft,
    origin: Origin<'_>,
    (status, before): (&'static str, Value),
) -> AppResult<Stored> {
    sql::add_version(change, app.clock.now(), (id, version, false), draft, origin).await?;
    sql::bump_revision(change).await?;
    change.record(draft.kind.actions().0, draft.name.as_str(), before, draft.facts(version, false));
    Ok(Stored { status, artifact: find(change, draft.kind, &draft.name).await? })
}

/// The document; one that never was is not found.
pub async fn find(change: &mut Change, kind: Kind, name: &Name) -> AppResult<Artifact> {
    sql::find(change, kind, name).await?.ok_or(AppError::NotFound(kind.noun()))
}

/// The current content as a draft.
pub async fn draft_of(change: &mut Change, kind: Kind, artifact: &Artifact) -> AppResult<Draft> {
    Ok(Draft {
        kind,
        name: if kind == Kind::Agents { Name::agents() } else { Name::parse(kind, &artifact.name)? },
        text: sql::text(change, artifact.version_id, &artifact.sha256).await?,
        description: artifact.description.clone(),
        argument_hint: artifact.argument_hint.clone(),
        display_name: artifact.display_name.clone(),
    })
}

/// Retires a document: a version that says so. Hosts remove the copy they were given. Retiring twice is once.
pub async fn retire(app: &App, change: &mut Change, kind: Kind, name: &Name, origin: Origin<'_>) -> AppResult<Artifact> {
    sql::lock_fleet(change).await?;
    let artifact = find(change, kind, name).await?;
    if artifact.retired_at.is_some() {
        return Ok(artifact);
    }
    let draft = draft_of(change, kind, &artifact).await?;
    let version = artifact.version + 1;
    sql::add_version(change, app.clock.now(), (artifact.id, version, true), &draft, origin).await?;
    sql::bump_revision(change).await?;
    change.record(kind.actions().1, &artifact.name, draft.facts(artifact.version, false), draft.facts(version, true));
    find(change, kind, name).await
}

/// Makes an older version the newest again; without a number, the last one. A retired document comes back.
pub async fn restore(
    app: &App,
    change: &mut Change,
    (kind, name, version): (Kind, &Name, Option<u32>),
    origin: Origin<'_>,
) -> AppResult<Stored> {
    sql::lock_fleet(change).await?;
    let artifact = find(change, kind, name).await?;
    let wanted = version.unwrap_or(artifact.version);
    let old = sql::version(change, artifact.id, wanted).await?.ok_or(AppError::NotFound("version"))?;
    let draft = Draft {
        text: sql::text(change, old.id, &old.sha256).await?,
        description: old.description,
        argument_hint: old.argument_hint,
        display_name: old.display_name,
        ..draft_of(change, kind, &artifact).await?
    };
    let note = format!("restored from version {wanted}");
    store(app, change, &draft, Origin { note: Some(origin.note.unwrap_or(&note)), ..origin }).await
}
