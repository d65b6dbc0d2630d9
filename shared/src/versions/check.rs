//! Knowing which Codex releases there are, when upstream answers and when it does not.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use super::github::{Which, refresh};
use super::{assets, sql};
use crate::fleet;
use crate::{App, AppError, AppResult};

/// After a failure upstream is not asked again for so long by this instance.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// When upstream last failed, in microseconds since the epoch.
#[derive(Debug)]
pub struct Failed(AtomicI64);

impl Default for Failed {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Failed {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.0.load(Ordering::Relaxed) > (now - PAUSE).timestamp_micros()
    }

    fn note(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp_micros(), Ordering::Relaxed);
    }
}

/// The newest release, as far as it is known.
#[derive(Clone, Debug)]
pub struct Newest {
    /// Its version.
    pub version: String,
    /// When upstream said so.
    pub at: DateTime<Utc>,
    /// `github`: just now; `cache_stale`: upstream does not answer, this is what it said before.
    pub source: &'static str,
}

/// Asks upstream for the newest release. While it does not answer, what it said before is the answer; an error only where there is nothing.
pub async fn newest(app: &App) -> AppResult<Newest> {
    let now = app.clock.now();
    let error = if app.releases_failed.is_fresh(now) {
        AppError::Upstream("the Codex release list did not answer a moment ago: it is asked again in a minute".to_owned())
    } else {
        match refresh(app, Which::Latest).await {
            Ok(Some(version)) => return Ok(Newest { version, at: now, source: "github" }),
            Ok(None) => AppError::Upstream("the Codex release list has no newest release".to_owned()),
            Err(error) => error,
        }
    };
    if !app.releases_failed.is_fresh(now) {
        app.releases_failed.note(now);
    }
    let fleet = fleet::get(&mut *app.db.acquire().await?).await?;
    match fleet.client_available.zip(fleet.client_available_at) {
        Some((version, at)) => {
            tracing::warn!(%error, "the newest Codex release is the one that was known before");
            Ok(Newest { version, at, source: "cache_stale" })
        }
        None => Err(error),
    }
}

/// Makes sure that hosts can be told where the files of a version are. A version that does not exist is refused as `field`.
pub async fn ensure(app: &App, field: &str, version: &str) -> AppResult<()> {
    if assets::known(&mut *app.db.acquire().await?, version).await? {
        return Ok(());
    }
    match refresh(app, Which::Version(version)).await? {
        Some(_) => Ok(()),
        None => Err(AppError::invalid(field, format!("there is no Codex release {version}"))),
    }
}

/// Learns the newest release, and the files of versions somebody is told to run. Gives how many releases it read.
pub async fn tend(app: &App) -> AppResult<u64> {
    let mut read = u64::from(refresh(app, Which::Latest).await?.is_some());
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let pins = sql::host_pins(&mut conn).await?.into_iter().map(|(pin,)| pin);
    let mut missing = Vec::new();
    for version in pins.chain(fleet.client_version_lock).chain(fleet.rollout_version) {
        if !assets::known(&mut conn, &version).await? {
            missing.push(version);
        }
    }
    drop(conn);
    for version in missing {
        read += u64::from(refresh(app, Which::Version(&version)).await?.is_some());
    }
    Ok(read)
}
