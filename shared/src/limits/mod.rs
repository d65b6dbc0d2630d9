//! Rate limits per address, shared by all instances through the database: `reference/host-api.md` 2.6. An IPv6 machine
//! counts by its /64.

mod bucket;
#[cfg(test)]
mod simulation;
mod sql;

use std::net::IpAddr;
use std::sync::Mutex;

use serde_json::json;

use crate::audit::{Actor, Change};
use crate::fading::Fading;
use crate::networks::site;
use crate::{App, AppError, AppResult};
use bucket::{Bucket, Step};

/// What an address may do; times in seconds. A `global` value of 0 switches that bucket off.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests of one address in a window, on every path but `/admin` and health.
    pub global_hits: u32,
    /// Length of that window.
    pub global_window: u32,
    /// Wrong or missing keys of one address in a window.
    pub failures: u32,
    /// Length of that window.
    pub failure_window: u32,
    /// How long an address is refused after more; every further one starts it anew.
    pub failure_block: u32,
}

/// This instance's part of the `global` buckets, by site.
#[derive(Debug, Default)]
pub struct Buckets(Mutex<Fading<String, Bucket>>);

impl Buckets {
    fn hit(&self, site: &str, now: i64, limit: u32) -> Step {
        let mut all = self.0.lock().expect("no thread panics while it counts");
        let all = all.swept(|bucket| !bucket.is_over(now));
        all.entry(site.to_owned()).or_default().hit(now, limit)
    }

    fn learn(&self, site: &str, hits: u32, answer: Option<sql::State>) {
        let mut all = self.0.lock().expect("no thread panics while it counts");
        let bucket = all.all_mut().entry(site.to_owned()).or_default();
        bucket.arrived(hits);
        if let Some(shared) = answer {
            bucket.learn(shared);
        }
    }
}

/// Counts one request of `address`, and refuses it when there were too many. Asks the database for the first of a window
/// and then ever more often the nearer the limit is: alone this instance is exact.
pub async fn request(app: &App, address: IpAddr) -> AppResult<()> {
    let Limits { global_hits: limit, global_window, .. } = app.config.limits;
    if limit == 0 || global_window == 0 {
        return Ok(());
    }
    let now = app.clock.now().timestamp();
    let site = site(address).addr().to_string();
    let shared = match app.buckets.hit(&site, now, limit) {
        Step::Pass => return Ok(()),
        Step::Block(state) => state,
        Step::Share(hits) => {
            let answer = share(app, &site, hits, now, global_window).await;
            app.buckets.learn(&site, hits, answer.as_ref().ok().copied());
            answer?
        }
    };
    if shared.hits > limit { Err(refusal("Rate limit exceeded", "global", limit, shared.ends_at, now)) } else { Ok(()) }
}

async fn share(app: &App, site: &str, hits: u32, now: i64, window: u32) -> sqlx::Result<sql::State> {
    let mut conn = app.db.acquire().await?;
    sql::add(&mut conn, site, "global", hits, now, i64::from(window), None).await
}

/// Counts a wrong or missing key of `address`. Gives `error` back, or 429 when there were too many. A valid key is never
/// asked about this: it works from a blocked address too, so that one broken host does not lock its neighbours out.
pub async fn failure(app: &App, actor: Actor, error: AppError) -> AppError {
    match count_failure(app, actor).await {
        Ok(None) => error,
        Ok(Some(refusal)) | Err(refusal) => refusal,
    }
}

async fn count_failure(app: &App, actor: Actor) -> AppResult<Option<AppError>> {
    let Some(address) = actor.address else { return Ok(None) };
    let Limits { failures, failure_window, failure_block, .. } = app.config.limits;
    let now = app.clock.now().timestamp();
    let site = site(address).addr().to_string();
    let mut conn = app.db.acquire().await?;
    let block = sql::Block { above: failures, seconds: i64::from(failure_block) };
    let shared = sql::add(&mut conn, &site, "auth-fail", 1, now, i64::from(failure_window), Some(block)).await?;
    drop(conn);
    if shared.hits <= failures {
        return Ok(None);
    }
    if shared.hits == failures + 1 {
        // The one that crosses the line is audited; those after it only count.
        let mut change = Change::begin(app, &actor).await?;
        change.record("security.rate_limit", &site, (), json!({ "bucket": "auth-fail", "limit": failures }));
        change.commit().await?;
    }
    Ok(Some(refusal("Too many failed authentication attempts", "auth-fail", failures, shared.ends_at, now)))
}

fn refusal(message: &'static str, bucket: &'static str, limit: u32, resets_at: i64, now: i64) -> AppError {
    AppError::RateLimited { message, bucket, limit, resets_at, retry_after: (resets_at - now).max(1) }
}

/// Removes buckets whose window has ended. Returns how many.
pub async fn sweep(app: &App) -> AppResult<u64> {
    let mut conn = app.db.acquire().await?;
    Ok(sql::sweep(&mut conn, app.clock.now().timestamp()).await?)
}
