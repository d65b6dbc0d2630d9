//! A text that a host changed comes back.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::decide::{Decision, Ours, decide};
use super::edit::{self, Stored};
use super::policy::Policy;
use super::sql::{self, Origin, Push, State};
use super::{Artifact, Draft, Kind, Place, Text, front_matter, generated, limits, skill};
use crate::audit::{Actor, Change};
use crate::crypto::sha256_hex;
use crate::{App, AppError, AppResult};

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It is the fleet's, as this version.
    Accepted {
        /// Of the document.
        version: u32,
    },
    /// An operator has to approve it.
    InReview {
        /// Of the review.
        id: u64,
    },
    /// The fleet's has changed too, or is retired: an operator has to decide.
    Conflict {
        /// Of the review.
        id: u64,
    },
    /// It stays on its host.
    Refused {
        /// For the person there.
        reason: String,
    },
}

/// What a host may say of a document beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// What it is for.
    pub description: Option<String>,
    /// Of a slash command.
    pub argument_hint: Option<String>,
    /// Of a skill.
    pub display_name: Option<String>,
}

/// A push as the store sees it.
#[derive(Debug)]
pub struct Offer<'a> {
    /// Who pushes.
    pub host_id: u64,
    /// Which file.
    pub place: &'a Place,
    /// Its text.
    pub text: &'a str,
    /// SHA-256 of what the host was given.
    pub base: Option<&'a str>,
    /// `None`: the text says it itself, or what is known stays.
    pub details: Option<&'a Details>,
}

/// Takes in a file that a host has changed. The same push again has the same outcome.
#[tracing::instrument(name = "artifacts.push", skip_all, fields(host.id = host_id), err)]
pub async fn push(app: &App, by: &Actor, host_id: u64, path: &str, bytes: &[u8], base: Option<&str>) -> AppResult<PushOutcome> {
    let refused = |reason: &str| Ok(PushOutcome::Refused { reason: format!("{path}: {reason}") });
    let Some(place) = Place::parse(path) else { return refused("this file is not synchronised") };
    let Ok(text) = std::str::from_utf8(bytes) else { return refused("it is not text") };
    match offer(app, by, &Offer { host_id, place: &place, text, base, details: None }).await {
        Ok((outcome, _)) => Ok(outcome),
        Err(AppError::Invalid(errors)) => {
            let first = errors.into_values().flatten().next().unwrap_or_default();
            refused(&first)
        }
        Err(other) => Err(other),
    }
}

/// The same for one that has been parsed; beside the outcome what was stored, if anything was.
pub async fn offer(app: &App, by: &Actor, offer: &Offer<'_>) -> AppResult<(PushOutcome, Option<Stored>)> {
    if generated::is_generated(offer.text) {
        return Ok(refused("it was made from a slash command: change that one"));
    }
    let mut change = Change::begin(app, by).await?;
    let found = look(&mut change, offer).await?;
    if found.artifact.is_none() && offer.place.file.is_some() {
        return Ok(refused("its skill has no SKILL.md here"));
    }
    let draft = draft(found.current.clone(), offer);
    draft.check()?;
    let before = found.seen.as_ref().and_then(|push| State::of(&push.state));
    match (decide(&found.theirs, offer.base, found.ours(), found.policy, before), &found.seen, found.policy) {
        (Decision::Same, ..) if found.says(offer) => Ok(found.same()),
        (Decision::Before(state), Some(push), _) => Ok((outcome_before(state, push), None)),
        (Decision::Take, ..) | (Decision::Same, _, Policy::Accept) => take(app, change, offer, &found, &draft).await,
        (Decision::Wait { conflict }, ..) => wait(app, change, offer, &found, conflict).await,
        (Decision::Same, _, Policy::Review) => wait(app, change, offer, &found, false).await,
        _ => Ok(refused("this fleet takes no changes from this host")),
    }
}

fn refused(reason: &str) -> (PushOutcome, Option<Stored>) {
    (PushOutcome::Refused { reason: reason.to_owned() }, None)
}

/// What a push meets.
struct Found {
    policy: Policy,
    artifact: Option<Artifact>,
    /// What is stored, retired or not.
    current: Option<Draft>,
    /// SHA-256 of what the fleet has there.
    ours: Option<String>,
    theirs: String,
    key: [u8; 32],
    /// The same push, earlier.
    seen: Option<Push>,
}

async fn look(change: &mut Change, offer: &Offer<'_>) -> AppResult<Found> {
    let Place { kind, name, file } = offer.place;
    let fleet = sql::lock_fleet(change).await?;
    let own = sql::host_policy(change, offer.host_id).await?.ok_or(AppError::NotFound("host"))?;
    let artifact = sql::find(change, *kind, name).await?;
    let current = match &artifact {
        Some(artifact) => Some(edit::draft_of(change, *kind, artifact).await?),
        None => None,
    };
    let live = current.as_ref().filter(|_| artifact.as_ref().is_some_and(|artifact| artifact.retired_at.is_none()));
    let theirs = sha256_hex(offer.text);
    let key = key(offer, &theirs);
    Ok(Found {
        policy: Policy::of(own.as_deref(), &fleet.push_policy),
        ours: live.and_then(|draft| draft.text.at(file.as_deref())).map(sha256_hex),
        seen: sql::push_by_key(change, &key).await?,
        artifact,
        current,
        theirs,
        key,
    })
}

impl Found {
    fn ours(&self) -> Ours<'_> {
        match (&self.ours, &self.artifact) {
            (Some(sha256), _) => Ours::Has(sha256),
            (None, Some(artifact)) if artifact.retired_at.is_some() => Ours::Retired,
            (None, _) => Ours::Missing,
        }
    }

    /// Whether the document says of itself what the host says.
    fn says(&self, offer: &Offer<'_>) -> bool {
        let (Some(details), Some(artifact)) = (offer.details, &self.artifact) else { return true };
        (&details.description, &details.argument_hint, &details.display_name)
            == (&artifact.description, &artifact.argument_hint, &artifact.display_name)
    }

    fn same(self) -> (PushOutcome, Option<Stored>) {
        let artifact = self.artifact.expect("a text that is there is a document's");
        (PushOutcome::Accepted { version: artifact.version }, Some(Stored { status: "unchanged", artifact }))
    }
}

async fn take(app: &App, mut change: Change, offer: &Offer<'_>, found: &Found, draft: &Draft) -> AppResult<(PushOutcome, Option<Stored>)> {
    let now = app.clock.now();
    let author = change.actor().name.clone();
    let stored = edit::store(app, &mut change, draft, Origin { author: &author, host: Some(offer.host_id), note: None }).await?;
    let version = stored.artifact.version;
    let row = Push { state: State::Accepted.name().to_owned(), version: Some(version), ..row(offer, found) };
    sql::add_body(&mut change, now, offer.text).await?;
    sql::save_push(&mut change, now, &found.key, &row).await?;
    sql::pin(&mut change, now, offer.host_id, &[(stored.artifact.id, version)]).await?;
    change.commit().await?;
    Ok((PushOutcome::Accepted { version }, Some(stored)))
}

async fn wait(app: &App, mut change: Change, offer: &Offer<'_>, found: &Found, conflict: bool) -> AppResult<(PushOutcome, Option<Stored>)> {
    if sql::waiting_of(&mut change, offer.host_id).await? >= limits::WAITING_PUSHES {
        return Ok(refused("too many changes of this host wait for an operator"));
    }
    let row = Push { is_conflict: conflict, ..row(offer, found) };
    sql::add_body(&mut change, app.clock.now(), offer.text).await?;
    let id = sql::save_push(&mut change, app.clock.now(), &found.key, &row).await?;
    sql::supersede(&mut change, app.clock.now(), &row, id).await?;
    let before = found.artifact.as_ref().map(|artifact| json!({ "version": artifact.version, "sha256": artifact.sha256 }));
    let after = json!({
        "path": row.path, "sha256": row.sha256, "size_bytes": offer.text.len(), "base_sha256": row.base_sha256, "review": id,
        "conflict": conflict,
    });
    change.record("artifact.push", offer.place.name.as_str(), before, after);
    change.commit().await?;
    Ok((if conflict { PushOutcome::Conflict { id } } else { PushOutcome::InReview { id } }, None))
}

fn outcome_before(state: State, push: &Push) -> PushOutcome {
    match (state, push.version) {
        (State::Accepted, Some(version)) => PushOutcome::Accepted { version },
        (State::Waiting, _) if push.is_conflict => PushOutcome::Conflict { id: push.id },
        (State::Waiting, _) => PushOutcome::InReview { id: push.id },
        _ => PushOutcome::Refused { reason: "an operator kept the fleet's text".to_owned() },
    }
}

/// The document as it would be with this push.
pub(super) fn draft(current: Option<Draft>, offer: &Offer<'_>) -> Draft {
    let Place { kind, name, file } = offer.place;
    let mut draft = current.unwrap_or_else(|| Draft {
        kind: *kind,
        name: name.clone(),
        text: Text::default(),
        description: None,
        argument_hint: None,
        display_name: None,
    });
    draft.text.set(file.as_deref(), offer.text);
    match (offer.details, kind) {
        (Some(details), _) => {
            (draft.description, draft.argument_hint) = (details.description.clone(), details.argument_hint.clone());
            draft.display_name.clone_from(&details.display_name);
        }
        (None, Kind::Command) => (draft.description, draft.argument_hint) = front_matter::of_command(offer.text),
        (None, Kind::Skill) if file.is_none() => {
            draft.description = skill::check(offer.text).ok().map(|(_, description)| description);
        }
        (None, _) => {}
    }
    draft
}

fn row(offer: &Offer<'_>, found: &Found) -> Push {
    let Place { kind, name, file } = offer.place;
    let name = found.artifact.as_ref().map_or_else(|| name.as_str().to_owned(), |artifact| artifact.name.clone());
    Push {
        id: 0,
        host_id: offer.host_id,
        fqdn: None,
        kind: kind.name().to_owned(),
        path: Place::path(*kind, &name, file.as_deref()),
        name,
        file: file.clone(),
        sha256: found.theirs.clone(),
        base_sha256: offer.base.map(str::to_owned),
        ours_sha256: found.ours.clone(),
        details: offer.details.map(|details| json!(details).to_string()),
        is_conflict: false,
        state: State::Waiting.name().to_owned(),
        version: None,
        created_at: chrono::DateTime::UNIX_EPOCH,
    }
}

fn key(offer: &Offer<'_>, theirs: &str) -> [u8; 32] {
    let Place { kind, name, file } = offer.place;
    let path = Place::path(*kind, &name.key(), file.as_deref());
    let details = offer.details.map(|details| json!(details).to_string()).unwrap_or_default();
    Sha256::digest(format!("{}\n{path}\n{theirs}\n{}\n{details}", offer.host_id, offer.base.unwrap_or_default())).into()
}
