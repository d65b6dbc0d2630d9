//! Pushes that wait for an operator.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::edit;
use super::push::{Details, Offer, draft};
use super::sql::{self, Origin, Push, State};
use super::{Kind, Name, Place};
use crate::audit::{Actor, Change};
use crate::hosts::view::atom_text;
use crate::{App, AppError, AppResult};

/// A push or a conflict, with all texts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Review {
    /// Row id.
    id: u64,
    /// Who pushed it.
    host_id: u64,
    /// Its name; null: it is gone.
    host: Option<String>,
    /// `agents`, `command` or `skill`.
    kind: String,
    /// Of the document.
    name: String,
    /// Below the Codex home.
    path: String,
    /// Both sides have changed it, or it is retired.
    conflict: bool,
    /// What the host was given; null: nothing, or it is not kept any more.
    base: Option<String>,
    /// What the fleet has now; null: nothing, or it is retired.
    ours: Option<String>,
    /// What the host has.
    theirs: Option<String>,
    base_sha256: Option<String>,
    theirs_sha256: String,
    /// When it came.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: chrono::DateTime<chrono::Utc>,
}

/// What an operator takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// What the fleet has.
    Ours,
    /// What the host has.
    Theirs,
    /// What the operator writes.
    Text,
}

impl Take {
    const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
            Self::Text => "text",
        }
    }
}

/// The pushes that wait, oldest first.
pub async fn list(app: &App) -> AppResult<Vec<Review>> {
    let mut conn = app.db.acquire().await?;
    let mut reviews = Vec::new();
    for push in sql::waiting(&mut conn).await? {
        let (kind, name) = identity(&push)?;
        let ours = match sql::find(&mut conn, kind, &name).await?.filter(|artifact| artifact.retired_at.is_none()) {
            Some(artifact) => {
                let text = sql::text(&mut conn, artifact.version_id, &artifact.sha256).await?;
                text.at(push.file.as_deref()).map(str::to_owned)
            }
            None => None,
        };
        let base = match &push.base_sha256 {
            Some(sha256) => sql::body(&mut conn, sha256).await?,
            None => None,
        };
        reviews.push(Review {
            id: push.id,
            host_id: push.host_id,
            host: push.fqdn,
            kind: push.kind,
            name: push.name,
            path: push.path,
            conflict: push.is_conflict,
            base,
            ours,
            theirs: sql::body(&mut conn, &push.sha256).await?,
            base_sha256: push.base_sha256,
            theirs_sha256: push.sha256,
            created_at: push.created_at,
        });
    }
    Ok(reviews)
}

fn identity(push: &Push) -> AppResult<(Kind, Name)> {
    let kind = Kind::of(&push.kind).ok_or(AppError::NotFound("review"))?;
    Ok((kind, if kind == Kind::Agents { Name::agents() } else { Name::parse(kind, &push.name)? }))
}

/// Settles one: the version that counts now, if there is one. What is not taken stays in the history of pushes.
pub async fn resolve(app: &App, by: &Actor, id: u64, take: Take, text: Option<&str>) -> AppResult<Option<u32>> {
    let mut change = Change::begin(app, by).await?;
    sql::lock_fleet(&mut change).await?;
    let push = sql::push(&mut change, id).await?.ok_or(AppError::NotFound("review"))?;
    if push.state != State::Waiting.name() {
        return Err(AppError::Conflict { code: "review_settled", message: "this review is settled already".to_owned() });
    }
    let theirs = sql::body(&mut change, &push.sha256).await?.ok_or(AppError::NotFound("text of this review"))?;
    let taken = match (take, text) {
        (Take::Ours, _) => None,
        (Take::Theirs, _) => Some(theirs.as_str()),
        (Take::Text, Some(text)) => Some(text),
        (Take::Text, None) => return Err(AppError::invalid("text", "text is required")),
    };
    let version = match taken {
        Some(text) => Some(take_text(app, &mut change, by, &push, text).await?),
        None => None,
    };
    let state = if take == Take::Theirs { State::Accepted } else { State::Declined };
    sql::settle_push(&mut change, app.clock.now(), id, (state, take.name(), version), &by.name).await?;
    let before = json!({ "review": id, "path": push.path, "sha256": push.sha256, "host_id": push.host_id });
    change.record("artifact.review", &push.name, before, json!({ "take": take, "version": version }));
    change.commit().await?;
    Ok(version)
}

async fn take_text(app: &App, change: &mut Change, by: &Actor, push: &Push, text: &str) -> AppResult<u32> {
    let (kind, name) = identity(push)?;
    let current = match sql::find(change, kind, &name).await? {
        Some(artifact) => Some(edit::draft_of(change, kind, &artifact).await?),
        None if push.file.is_some() => return Err(AppError::NotFound("skill")),
        None => None,
    };
    let details: Option<Details> = push.details.as_deref().and_then(|json| serde_json::from_str(json).ok());
    let place = Place { kind, name, file: push.file.clone() };
    let offer = Offer { host_id: push.host_id, place: &place, text, base: None, details: details.as_ref() };
    let note = format!("review {} of what host {} pushed", push.id, push.fqdn.as_deref().unwrap_or("(gone)"));
    let origin = Origin { author: &by.name, host: Some(push.host_id), note: Some(&note) };
    Ok(edit::store(app, change, &draft(current, &offer), origin).await?.artifact.version)
}
