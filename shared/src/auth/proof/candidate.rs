//! Logins that hosts push: kept apart until they are proven.

use serde_json::json;

use super::rules::{Fate, Last, fate, next_check};
use super::sql::{self, Subject, Waiting};
use super::{Proof, runner};
use crate::audit::{Actor, Change};
use crate::auth::canonical::Login;
use crate::auth::decide::{Authority, Store};
use crate::auth::sql::Source;
use crate::auth::store::{is_usable, store};
use crate::{App, AppError, AppResult};

/// Tries the candidates whose turn it is. Gives how many were tried.
pub async fn tend(app: &App) -> AppResult<u64> {
    let Some(config) = &app.config.runner else { return Ok(0) };
    let waiting = sql::due_candidates(&mut *app.db.acquire().await?, app.clock.now()).await?;
    let mut tried = 0;
    for candidate in waiting {
        let login = open(app, &candidate)?;
        let proof = runner::ask(config, &login).await;
        judge(app, &candidate, &login, &proof).await?;
        tried += 1;
    }
    Ok(tried)
}

fn open(app: &App, candidate: &Waiting) -> AppResult<Login> {
    Login::stored(&app.config.keyring.open(&candidate.body_sealed)?).map_err(AppError::internal)
}

async fn judge(app: &App, candidate: &Waiting, login: &Login, proof: &Proof) -> AppResult<()> {
    let now = app.clock.now();
    let mut change = Change::begin(app, &Actor::system("runner")).await?;
    sql::add_check(&mut change, now, Subject::Candidate(candidate.id), proof).await?;
    let works = is_usable(app, &mut change).await?;
    let reason = proof.reason.as_deref();
    match fate(proof.verdict, works) {
        Fate::Promote => return promote(app, change, candidate, login, reason).await,
        Fate::Reject => {
            sql::settle_candidate(&mut change, now, candidate.id, "rejected", reason).await?;
            change.record("auth.candidate.reject", format!("candidate {}", candidate.id), (), json!({ "reason": reason }));
        }
        Fate::Wait => {
            let last = Last { at: now, failures: u32::from(candidate.checks) + 1 };
            let interval = app.config.runner.as_ref().map_or_else(chrono::TimeDelta::zero, |config| config.interval);
            sql::postpone_candidate(&mut change, candidate.id, next_check(Some(last), interval, now), reason).await?;
        }
    }
    change.commit().await
}

/// Offers a candidate as the next login; by now there may be a newer one.
async fn promote(app: &App, mut change: Change, candidate: &Waiting, login: &Login, reason: Option<&str>) -> AppResult<()> {
    let (decision, _) = store(app, &mut change, login, Source::Host(candidate.host_id), Authority::Trusted).await?;
    let state = if decision == Store::Updated { "promoted" } else { "superseded" };
    sql::settle_candidate(&mut change, app.clock.now(), candidate.id, state, reason).await?;
    change.commit().await
}

/// An owner takes a candidate as it is.
pub async fn accept(app: &App, by: &Actor, id: u64) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    crate::auth::sql::lock_generation(&mut change).await?;
    let candidate = sql::lock_candidate(&mut change, id).await?.ok_or(AppError::NotFound("waiting candidate"))?;
    let login = open(app, &candidate)?;
    change.record("admin.auth.candidate.accept", format!("candidate {id}"), (), json!({ "digest": login.digest }));
    promote(app, change, &candidate, &login, Some("accepted without a proof")).await
}

/// Somebody throws a candidate away.
pub async fn reject(app: &App, by: &Actor, id: u64) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    sql::lock_candidate(&mut change, id).await?.ok_or(AppError::NotFound("waiting candidate"))?;
    sql::settle_candidate(&mut change, app.clock.now(), id, "rejected", Some("thrown away")).await?;
    change.record("admin.auth.candidate.reject", format!("candidate {id}"), (), ());
    change.commit().await
}
