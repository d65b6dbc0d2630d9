//! What a host has to do so that it and the fleet agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::layout::{File, Layout, World};
use super::policy::Policy;
use super::sql::{self, State};
use super::three_way::{Fleet, Step, step};
use super::{Place, cache};
use crate::hosts::Identity;
use crate::{App, AppResult};

/// A file a host has, or had: every path it was ever given is told as long as it is known.
#[derive(Clone, Debug)]
pub struct Have {
    /// Below its Codex home.
    pub path: String,
    /// SHA-256 of it now.
    pub sha256: String,
    /// SHA-256 of what it was given there.
    pub base: Option<String>,
}

/// A file for the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOut {
    /// Below its Codex home.
    pub path: String,
    /// Its permissions.
    pub mode: u32,
    /// What is in it.
    pub contents: Arc<str>,
    /// Its SHA-256.
    pub sha256: String,
}

/// What the host does.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files to write, unless the host's copy has changed since it told.
    pub send: Vec<FileOut>,
    /// Files to delete, and the SHA-256 the copy must have.
    pub delete: Vec<(String, String)>,
    /// Files whose text the server wants.
    pub push: Vec<String>,
    /// For the person at the host.
    pub notices: Vec<String>,
}

/// Compares what a host has with the fleet. No statement when they agree and this revision was seen before.
#[tracing::instrument(name = "artifacts.reconcile", skip_all, err)]
pub async fn reconcile(app: &App, who: &Identity, codex: Option<&str>, have: &[Have]) -> AppResult<Plan> {
    let layout = cache::layout(app, who.fleet.artifacts_revision, World::of(codex)).await?;
    let steps = steps(&layout, have);
    let asked: Vec<_> = steps.iter().filter(|(_, step)| matches!(step, Step::Push | Step::Conflict)).map(|(have, _)| *have).collect();
    let mut settled = BTreeMap::new();
    if !asked.is_empty() {
        let shas: BTreeSet<_> = asked.iter().map(|have| have.sha256.as_str()).collect();
        let mut conn = app.db.acquire().await?;
        for push in sql::pushes_of(&mut conn, who.host.id, &shas).await? {
            settled.insert((push.path.to_ascii_lowercase(), push.sha256, push.base_sha256), push.state);
        }
    }
    let mut plan = Draft { layout: &layout, policy: Policy::for_host(who), plan: Plan::default(), sent: Vec::new() };
    for (have, step) in &steps {
        let key = have.path.to_ascii_lowercase();
        let state = settled.get(&(key.clone(), have.sha256.clone(), have.base.clone())).and_then(|state| State::of(state));
        plan.apply(have, &key, *step, state);
    }
    plan.send_missing(have);
    let Draft { plan, sent, .. } = plan;
    if !sent.is_empty() {
        let mut conn = app.db.acquire().await?;
        sql::pin(&mut conn, app.clock.now(), who.host.id, &sent).await?;
    }
    Ok(plan)
}

/// The step for each file the host has; paths no document could have are none of ours.
fn steps<'a>(layout: &Layout, have: &'a [Have]) -> Vec<(&'a Have, Step)> {
    let ours = have.iter().filter(|have| Place::parse(&have.path).is_some());
    let one = |have: &Have| step(Some(&have.sha256), have.base.as_deref(), layout.fleet(&have.path.to_ascii_lowercase()));
    ours.map(|have| (have, one(have))).collect()
}

struct Draft<'a> {
    layout: &'a Layout,
    policy: Policy,
    plan: Plan,
    /// Documents and versions that are sent.
    sent: Vec<(u64, u32)>,
}

impl Draft<'_> {
    fn apply(&mut self, have: &Have, key: &str, step: Step, state: Option<State>) {
        let path = &have.path;
        match (step, state) {
            (Step::Leave, _) if matches!(self.layout.fleet(key), Fleet::Made(_)) => {
                self.notice(format!(
                    "{path} was changed here and stays as it is: it is made from a slash command, remove it to get the fleet's"
                ));
            }
            (Step::Clean | Step::Leave, _) => {}
            (Step::Send, _) => self.send(key),
            (Step::Delete, _) => self.delete(have),
            (_, Some(State::Waiting)) => self.notice(format!("{path}: the change made here waits for an operator")),
            // The store has this text: an operator has decided, or it was taken and the answer was lost.
            (Step::Conflict, Some(State::Accepted)) | (_, Some(State::Declined)) => match self.layout.get(key) {
                Some(_) => self.send(key),
                None => self.delete(have),
            },
            _ if self.policy == Policy::Refuse => {
                self.notice(format!("{path} was changed here and stays as it is: this fleet takes no changes from this host"));
            }
            _ => self.plan.push.push(path.clone()),
        }
    }

    fn notice(&mut self, text: String) {
        self.plan.notices.push(text);
    }

    fn delete(&mut self, have: &Have) {
        self.plan.delete.push((have.path.clone(), have.sha256.clone()));
    }

    fn send(&mut self, key: &str) {
        let Some(file) = self.layout.get(key) else { return };
        self.sent.push((file.artifact_id, file.version));
        self.plan.send.push(out(file));
    }

    /// What the host does not have at all.
    fn send_missing(&mut self, have: &[Have]) {
        let there: BTreeSet<_> = have.iter().map(|have| have.path.to_ascii_lowercase()).collect();
        let missing: Vec<_> = self.layout.files().map(|(key, _)| key.to_owned()).filter(|key| !there.contains(key)).collect();
        for key in missing {
            self.send(&key);
        }
    }
}

fn out(file: &File) -> FileOut {
    FileOut { path: file.path.clone(), mode: file.mode(), contents: Arc::clone(&file.contents), sha256: file.sha256.clone() }
}
