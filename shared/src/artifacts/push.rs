//! A text that a host changed comes back.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::edit::{self, Stored};
use super::policy::Policy;
use super::sql::{self, Origin, Push, State};
use super::{Artifact, Draft, Kind, Place, Text, front_matter, generated, limits};
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

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// The fleet has it.
    Same,
    /// It is taken.
    Take,
    /// It waits.
    Wait { conflict: bool },
    /// It was decided before.
    Before(State),
    /// It is not taken.
    Refuse,
}

/// What the fleet has at the place of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ours<'a> {
    Missing,
    Retired,
    Has(&'a str),
}

fn decide(theirs: &str, base: Option<&str>, ours: Ours<'_>, policy: Policy, before: Option<State>) -> Decision {
    if ours == Ours::Has(theirs) {
        return Decision::Same;
    }
    let clean = match ours {
        Ours::Has(now) => base == Some(now),
        // A file that the fleet does not know any more, or a new one.
        Ours::Missing => true,
        Ours::Retired => false,
    };
    match before {
        // It was taken before, and what it was based on is the fleet's again.
        Some(State::Accepted) if clean => {}
        Some(state) => return Decision::Before(state),
        None => {}
    }
    match policy {
        Policy::Refuse => Decision::Refuse,
        Policy::Accept if clean => Decision::Take,
        _ => Decision::Wait { conflict: !clean },
    }
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
    let refused = |reason: &str| Ok((PushOutcome::Refused { reason: reason.to_owned() }, None));
    let Place { kind, name, file } = offer.place;
    if generated::is_generated(offer.text) {
        return refused("it was made from a slash command: change that one");
    }
    let mut change = Change::begin(app, by).await?;
    let fleet = sql::lock_fleet(&mut change).await?;
    let own = sql::host_policy(&mut change, offer.host_id).await?.ok_or(AppError::NotFound("host"))?;
    let policy = Policy::of(own.as_deref(), &fleet.push_policy);
    let found = sql::find(&mut change, *kind, name).await?;
    if found.is_none() && file.is_some() {
        return refused("its skill has no SKILL.md here");
    }
    let current = match &found {
        Some(artifact) => Some(edit::draft_of(&mut change, *kind, artifact).await?),
        None => None,
    };
    let ours = match (&found, &current) {
        (Some(artifact), _) if artifact.retired_at.is_some() => None,
        (_, current) => current.as_ref().and_then(|draft| draft.text.at(file.as_deref())).map(sha256_hex),
    };
    let retired = found.as_ref().is_some_and(|artifact| artifact.retired_at.is_some());
    let draft = draft(current, offer);
    draft.check()?;
    let theirs = sha256_hex(offer.text);
    let key = key(offer, &theirs);
    let seen = sql::push_by_key(&mut change, &key).await?;
    let before = seen.as_ref().and_then(|push| State::of(&push.state));
    let fleet_has = if retired { Ours::Retired } else { ours.as_deref().map_or(Ours::Missing, Ours::Has) };
    let decision = decide(&theirs, offer.base, fleet_has, policy, before);
    let mut row = row(offer, &theirs, ours.as_deref(), found.as_ref());
    match (decision, found, seen) {
        (Decision::Same, Some(artifact), _) if details_are(offer, &artifact) => Ok(same(artifact)),
        (Decision::Before(state), _, Some(push)) => Ok((outcome_before(state, &push), None)),
        (Decision::Take, _, _) | (Decision::Same, _, _) if policy == Policy::Accept => {
            let origin = Origin { author: &by.name, host: Some(offer.host_id), note: None };
            let stored = edit::store(app, &mut change, &draft, origin).await?;
            row.state = State::Accepted.name().to_owned();
            row.version = Some(stored.artifact.version);
            sql::add_body(&mut change, app.clock.now(), offer.text).await?;
            sql::save_push(&mut change, app.clock.now(), &key, &row).await?;
            sql::pin(&mut change, app.clock.now(), offer.host_id, &[(stored.artifact.id, stored.artifact.version)]).await?;
            change.commit().await?;
            Ok((PushOutcome::Accepted { version: stored.artifact.version }, Some(stored)))
        }
        (Decision::Wait { .. } | Decision::Same, found, _) if policy != Policy::Refuse => {
            if sql::waiting_of(&mut change, offer.host_id).await? >= limits::WAITING_PUSHES {
                return refused("too many changes of this host wait for an operator");
            }
            row.is_conflict = decision == (Decision::Wait { conflict: true });
            sql::add_body(&mut change, app.clock.now(), offer.text).await?;
            let id = sql::save_push(&mut change, app.clock.now(), &key, &row).await?;
            let after = json!({ "path": row.path, "sha256": theirs, "size_bytes": offer.text.len(), "base_sha256": offer.base, "review": id, "conflict": row.is_conflict });
            change.record(
                "artifact.push",
                name.as_str(),
                found.map(|artifact| json!({ "version": artifact.version, "sha256": artifact.sha256 })),
                after,
            );
            change.commit().await?;
            let outcome = if row.is_conflict { PushOutcome::Conflict { id } } else { PushOutcome::InReview { id } };
            Ok((outcome, None))
        }
        _ => refused("this fleet takes no changes from this host"),
    }
}

fn same(artifact: Artifact) -> (PushOutcome, Option<Stored>) {
    (PushOutcome::Accepted { version: artifact.version }, Some(Stored { status: "unchanged", artifact }))
}

fn outcome_before(state: State, push: &Push) -> PushOutcome {
    match (state, push.version) {
        (State::Accepted, Some(version)) => PushOutcome::Accepted { version },
        (State::Waiting, _) if push.is_conflict => PushOutcome::Conflict { id: push.id },
        (State::Waiting, _) => PushOutcome::InReview { id: push.id },
        _ => PushOutcome::Refused { reason: "an operator kept the fleet's text".to_owned() },
    }
}

fn details_are(offer: &Offer<'_>, artifact: &Artifact) -> bool {
    offer.details.is_none_or(|details| {
        (&details.description, &details.argument_hint, &details.display_name)
            == (&artifact.description, &artifact.argument_hint, &artifact.display_name)
    })
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
            draft.description = super::skill::check(offer.text).ok().map(|(_, description)| description);
        }
        (None, _) => {}
    }
    draft
}

fn row(offer: &Offer<'_>, theirs: &str, ours: Option<&str>, found: Option<&Artifact>) -> Push {
    let Place { kind, name, file } = offer.place;
    let name = found.map_or_else(|| name.as_str().to_owned(), |artifact| artifact.name.clone());
    Push {
        id: 0,
        host_id: offer.host_id,
        fqdn: None,
        kind: kind.name().to_owned(),
        path: Place::path(*kind, &name, file.as_deref()),
        name,
        file: file.clone(),
        sha256: theirs.to_owned(),
        base_sha256: offer.base.map(str::to_owned),
        ours_sha256: ours.map(str::to_owned),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_push() {
        use Decision::{Before, Refuse, Same, Take, Wait};
        use Policy::{Accept, Refuse as Closed, Review};
        let (review, conflict) = (Wait { conflict: false }, Wait { conflict: true });
        for (base, ours, policy, before, expected) in [
            (None, Ours::Has("h"), Closed, None, Same),
            (Some("f"), Ours::Has("f"), Accept, None, Take),
            (Some("f"), Ours::Has("f"), Review, None, review),
            (Some("f"), Ours::Has("f"), Closed, None, Refuse),
            (Some("o"), Ours::Has("f"), Accept, None, conflict),
            (None, Ours::Has("f"), Accept, None, conflict),
            (Some("o"), Ours::Has("f"), Closed, None, Refuse),
            (None, Ours::Missing, Accept, None, Take),
            (None, Ours::Missing, Review, None, review),
            (Some("f"), Ours::Retired, Accept, None, conflict),
            (None, Ours::Retired, Review, None, conflict),
            (Some("f"), Ours::Has("f"), Review, Some(State::Waiting), Before(State::Waiting)),
            (Some("f"), Ours::Has("f"), Accept, Some(State::Declined), Before(State::Declined)),
            (Some("o"), Ours::Has("f"), Accept, Some(State::Accepted), Before(State::Accepted)),
            (Some("f"), Ours::Has("f"), Accept, Some(State::Accepted), Take),
        ] {
            assert_eq!(decide("h", base, ours, policy, before), expected, "{base:?} {ours:?} {policy:?} {before:?}");
        }
    }
}
