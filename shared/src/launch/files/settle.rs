//! Brings the files of a home and the fleet's together.

use std::collections::BTreeSet;

use super::sql::{self, Home};
use super::{Given, Here, config};
use crate::artifacts::layout::World;
use crate::artifacts::{Have, PushOutcome, cache, push, reconcile};
use crate::audit::Actor;
use crate::crypto::sha256_hex;
use crate::hosts::Identity;
use crate::launch::bundle::Bundle;
use crate::launch::manifest::{Manifest, Reason};
use crate::{App, AppResult, fleet};

/// Adds to the answer what this home has to write and delete. Returns what its user should know. Nothing is read when the
/// home has what it was given last and nothing that decides about it has changed.
pub async fn settle(
    app: &App,
    who: &mut Identity,
    by: &Actor,
    manifest: &Manifest,
    here: &Here,
    bundle: &mut Bundle,
) -> AppResult<Vec<String>> {
    let mut notices = take_in(app, who, by, here).await?;
    let stamp = stamp(app, who, manifest);
    let same = manifest.files.is_some() && manifest.files == who.host.files_sha && who.host.files_stamp.as_deref() == Some(&stamp);
    if same && !here.is_changed() {
        bundle.var("files", manifest.files.as_deref().unwrap_or("none"));
        return Ok(notices);
    }
    let known = match &manifest.files {
        Some(name) => sql::home(&mut *app.db.acquire().await?, who.host.id, name).await?,
        None => None,
    };
    let base = here.given.clone().or_else(|| known.as_ref().map(|home| Given::parse(&home.given))).unwrap_or_default();
    let have = here.have.clone().unwrap_or_else(|| base.clone());
    let mut now = artifacts(app, who, manifest, &base, &have, bundle, &mut notices).await?;
    let sealed = known.as_ref().and_then(|home| home.config_sealed.as_deref());
    let asked = config::Asked { base: &base, have: &have, here: here.config.as_deref(), sealed };
    let config_sealed = config::settle(app, who, manifest, asked, &mut now, bundle, &mut notices).await?;
    finish(app, who, manifest, &stamp, now, config_sealed, bundle).await?;
    Ok(notices)
}

/// Everything that decides what a home is given.
fn stamp(app: &App, who: &Identity, manifest: &Manifest) -> String {
    let host = &who.host;
    let all = [
        who.fleet.artifacts_revision.to_string(),
        who.fleet.config_version.to_string(),
        manifest.codex.clone().unwrap_or_default(),
        host.model_override.clone().unwrap_or_default(),
        host.reasoning_effort_override.clone().unwrap_or_default(),
        who.key_id.to_string(),
        // The managed MCP server is there, with this key.
        app.config.public_base_url.clone(),
    ];
    sha256_hex(all.join("\n"))
}

/// What was changed on the host goes where the fleet's policy sends it.
async fn take_in(app: &App, who: &mut Identity, by: &Actor, here: &Here) -> AppResult<Vec<String>> {
    let mut notices = Vec::new();
    for (path, bytes) in &here.changed {
        let base = here.given.as_ref().and_then(|given| given.0.get(path)).map(String::as_str);
        notices.push(match push(app, by, who.host.id, path, bytes, base).await? {
            PushOutcome::Accepted { .. } => format!("{path}: the change made here is the fleet's now"),
            PushOutcome::InReview { .. } => format!("{path}: the change made here waits for an operator"),
            PushOutcome::Conflict { .. } => format!("{path} was changed here and in the fleet: an operator decides, nothing is lost"),
            PushOutcome::Refused { reason } => format!("{path}: the change made here is not taken: {reason}"),
        });
    }
    if !here.changed.is_empty() {
        who.fleet = fleet::get(&mut *app.db.acquire().await?).await?;
    }
    Ok(notices)
}

/// AGENTS.md, slash commands and skills. Returns the list of what the home has afterwards.
async fn artifacts(
    app: &App,
    who: &Identity,
    manifest: &Manifest,
    base: &Given,
    have: &Given,
    bundle: &mut Bundle,
    notices: &mut Vec<String>,
) -> AppResult<Given> {
    let told: Vec<_> =
        have.0.iter().map(|(path, sha)| Have { path: path.clone(), sha256: sha.clone(), base: base.0.get(path).cloned() }).collect();
    let plan = reconcile(app, who, manifest.codex.as_deref(), &told).await?;
    let layout = cache::layout(app, who.fleet.artifacts_revision, World::of(manifest.codex.as_deref())).await?;
    let deleted: BTreeSet<_> = plan.delete.iter().map(|(path, _)| path.as_str()).collect();
    let mut now = Given::default();
    for have in told.iter().filter(|have| !deleted.contains(have.path.as_str()) && !config::is_ours(&have.path)) {
        let agreed = layout.get(&have.path.to_ascii_lowercase()).is_some_and(|file| file.sha256 == have.sha256);
        let sha = if agreed { Some(&have.sha256) } else { have.base.as_ref() };
        now.0.extend(sha.map(|sha| (have.path.clone(), sha.clone())));
    }
    for file in plan.send {
        bundle.place(&file.path, file.mode, file.contents.as_bytes());
        now.0.insert(file.path, file.sha256);
    }
    bundle.delete(&plan.delete);
    let pushed = |notice: &String| !notices.iter().any(|known| known.split(':').next() == notice.split(':').next());
    let new: Vec<_> = plan.notices.into_iter().filter(pushed).collect();
    notices.extend(new);
    Ok(now)
}

async fn finish(
    app: &App,
    who: &mut Identity,
    manifest: &Manifest,
    stamp: &str,
    now: Given,
    config_sealed: Option<String>,
    bundle: &mut Bundle,
) -> AppResult<()> {
    let (given, name) = (now.text(), now.sha256());
    if manifest.reason != Reason::DryRun {
        let home = Home { given: given.clone(), config_sealed };
        let mut tx = app.begin().await?;
        sql::save(&mut tx, app.clock.now(), who, &name, stamp, &home).await?;
        tx.commit().await?;
        (who.host.files_sha, who.host.files_stamp) = (Some(name.clone()), Some(stamp.to_owned()));
    }
    bundle.given(&given);
    let config = match (now.0.contains_key(config::CONFIG), who.fleet.config_version) {
        (true, _) => "1",
        (false, 0) => "2",
        (false, _) => "0",
    };
    bundle.var("config", config);
    bundle.var("files", &name);
    Ok(())
}
