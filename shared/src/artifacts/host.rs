//! The contract's calls of hosts: one document a call.

use super::push::{Details, Offer, offer};
use super::sql;
use super::{Artifact, Draft, Kind, Name, Place, PushOutcome, Text};
use crate::hosts::gate::Admitted;
use crate::{App, AppError, AppResult};

/// What a host asked for.
#[derive(Debug)]
pub enum Retrieved {
    /// There never was one.
    Missing,
    /// It is retired.
    Deleted(Artifact),
    /// The host has it.
    Unchanged(Artifact),
    /// The host has another, or none.
    Updated(Artifact, Text),
}

/// Looks a document up for a host that has the text with `sha256`.
pub async fn retrieve(app: &App, caller: &Admitted, kind: Kind, name: &Name, sha256: Option<&str>) -> AppResult<Retrieved> {
    let mut conn = app.db.acquire().await?;
    let Some(artifact) = sql::find(&mut conn, kind, name).await? else { return Ok(Retrieved::Missing) };
    if artifact.retired_at.is_some() {
        return Ok(Retrieved::Deleted(artifact));
    }
    if sha256 == Some(artifact.sha256.as_str()) {
        return Ok(Retrieved::Unchanged(artifact));
    }
    let text = sql::text(&mut conn, artifact.version_id, &artifact.sha256).await?;
    // What it stores later without saying so is based on this.
    sql::pin(&mut conn, app.clock.now(), caller.who.host.id, &[(artifact.id, artifact.version)]).await?;
    Ok(Retrieved::Updated(artifact, text))
}

/// What a store by a host did.
#[derive(Debug)]
pub struct HostStored {
    /// `created`, `updated` or `unchanged`.
    pub status: &'static str,
    /// What the fleet has; `None`: nothing yet.
    pub artifact: Option<Artifact>,
    /// An operator has to decide.
    pub review: Option<u64>,
}

/// Stores what a host offers for the fleet, by the rules of a push. It is based on `base`, or else on what this host was
/// last given.
pub async fn store(app: &App, caller: &Admitted, draft: &Draft, base: Option<&str>) -> AppResult<HostStored> {
    let host_id = caller.who.host.id;
    let base = match base {
        Some(base) => Some(base.to_owned()),
        None => sql::pinned(&mut *app.db.acquire().await?, host_id, draft.kind, &draft.name).await?,
    };
    let (place, details) = (Place { kind: draft.kind, name: draft.name.clone(), file: None }, Details::from(draft));
    let asked = Offer { host_id, place: &place, text: &draft.text.main, base: base.as_deref(), details: Some(&details) };
    let (outcome, stored) = offer(app, &caller.by, &asked).await?;
    if let PushOutcome::Refused { reason } = outcome {
        return Err(AppError::refused("push_refused", reason));
    }
    if let Some(stored) = stored {
        return Ok(HostStored { status: stored.status, artifact: Some(stored.artifact), review: None });
    }
    let artifact = sql::find(&mut *app.db.acquire().await?, draft.kind, &draft.name).await?;
    let review = match outcome {
        PushOutcome::InReview { id } | PushOutcome::Conflict { id } => Some(id),
        PushOutcome::Accepted { .. } | PushOutcome::Refused { .. } => None,
    };
    Ok(HostStored { status: "unchanged", artifact, review })
}
