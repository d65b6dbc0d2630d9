//! Answers that hosts got with the login are proof that it works.

use chrono::{DateTime, Utc};

use super::rules::Verdict;
use super::sql::{self, Subject};
use super::{Proof, check};
use crate::auth::sql as auth_sql;
use crate::hosts::Identity;
use crate::{App, AppResult};

/// Notes a model's answer, got at `at` by a host that holds the current login. Once in half the time a proof counts is enough;
/// without a runner nobody asks for proofs.
pub async fn note(app: &App, who: &Identity, at: Option<DateTime<Utc>>) -> AppResult<()> {
    let Some((at, config)) = at.zip(app.config.runner.as_ref()) else { return Ok(()) };
    let generation = who.fleet.auth_generation;
    if generation == 0 || who.host.view_generation != generation {
        return Ok(());
    }
    let mut conn = app.db.acquire().await?;
    let since = auth_sql::origin(&mut conn, generation).await?.map(|(since, _)| since);
    let last = sql::last_check(&mut conn, generation).await?;
    if since.is_none_or(|since| at < since)
        || last.is_some_and(|last| last.failures == 0 && app.clock.now() - last.at < config.interval / 2)
    {
        return Ok(());
    }
    if last.is_some_and(|last| last.failures > 0 && at < last.at) {
        return Ok(());
    }
    let proof = Proof {
        verdict: Verdict::Verified,
        reason: None,
        latency_ms: None,
        codex_version: who.host.client_version.clone(),
        reachable: false,
    };
    sql::add_check(&mut conn, app.clock.now(), Subject::Traffic(generation), &proof).await?;
    drop(conn);
    check::works_after_all(app, generation).await
}
