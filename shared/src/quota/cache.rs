//! What is known of the quota, kept until there is a new snapshot: a launch asks the database for nothing more.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveTime, Utc};

use super::{COOL_DOWN, Snapshot, sql};
use crate::App;

/// What is known of the quota.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The newest attempt, good or not.
    pub newest: Option<Snapshot>,
    /// The newest good one: an attempt that failed never hides it.
    pub good: Option<Snapshot>,
    /// The first good one of the UTC day.
    pub baseline: Option<Snapshot>,
}

impl Known {
    /// When the next unforced attempt may be made.
    pub fn next_eligible_at(&self) -> Option<DateTime<Utc>> {
        self.newest.as_ref().map(|newest| newest.fetched_at + COOL_DOWN)
    }

    /// The same on another day: what was its first snapshot yesterday is none of today.
    fn on(&self, midnight: DateTime<Utc>) -> Self {
        Self { baseline: self.baseline.clone().filter(|baseline| baseline.fetched_at >= midnight), ..self.clone() }
    }

    fn of(found: &[Snapshot], midnight: DateTime<Utc>) -> Self {
        let mut good = found.iter().filter(|one| one.is_good);
        Self {
            newest: found.last().cloned(),
            baseline: good.clone().find(|one| one.fetched_at >= midnight).cloned(),
            good: good.next_back().cloned(),
        }
    }
}

/// What was read last, and what the fleet's row called it.
#[derive(Debug, Default)]
pub struct Cache(Mutex<(u64, Arc<Known>)>);

impl Cache {
    fn get(&self, snapshot: u64) -> Option<Arc<Known>> {
        let kept = self.0.lock().expect("no thread panics while it looks");
        (kept.0 >= snapshot).then(|| kept.1.clone())
    }

    fn put(&self, snapshot: u64, known: &Arc<Known>) {
        *self.0.lock().expect("no thread panics while it looks") = (snapshot, known.clone());
    }
}

/// What is known; `snapshot` is the fleet's ([`crate::fleet::Fleet::quota_snapshot`]), which every call of a host has read
/// anyway. One statement after a new snapshot, otherwise none.
pub async fn known(app: &App, snapshot: u64) -> sqlx::Result<Known> {
    let midnight = midnight(app);
    if let Some(known) = app.quota.get(snapshot) {
        return Ok(known.on(midnight));
    }
    let known = Arc::new(look(app).await?);
    app.quota.put(snapshot, &known);
    Ok(known.on(midnight))
}

fn midnight(app: &App) -> DateTime<Utc> {
    app.clock.now().date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// The same from the database.
pub async fn look(app: &App) -> sqlx::Result<Known> {
    let midnight = midnight(app);
    let mut conn = app.db.acquire().await?;
    Ok(Known::of(&sql::current(&mut conn, midnight).await?, midnight))
}
