//! What is known of the quota, kept for some seconds: a launch asks the database for nothing more.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::{COOL_DOWN, Snapshot, sql};
use crate::App;

/// For so long an instance believes what it has read; what it writes itself it knows at once.
const BELIEVED: TimeDelta = TimeDelta::seconds(15);

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

    fn of(found: &[Snapshot], midnight: DateTime<Utc>) -> Self {
        let mut good = found.iter().filter(|one| one.is_good);
        Self {
            newest: found.last().cloned(),
            baseline: good.clone().find(|one| one.fetched_at >= midnight).cloned(),
            good: good.next_back().cloned(),
        }
    }
}

/// What was read last, and when.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<(DateTime<Utc>, Arc<Known>)>>);

impl Cache {
    fn get(&self, now: DateTime<Utc>) -> Option<Arc<Known>> {
        let kept = self.0.lock().expect("no thread panics while it looks");
        kept.as_ref().filter(|(at, _)| now - *at < BELIEVED && now >= *at).map(|(_, known)| known.clone())
    }

    fn put(&self, now: DateTime<Utc>, known: &Arc<Known>) {
        *self.0.lock().expect("no thread panics while it looks") = Some((now, known.clone()));
    }

    /// Forgets it: something was written.
    pub fn clear(&self) {
        *self.0.lock().expect("no thread panics while it looks") = None;
    }
}

/// What is known; one statement when the last look was some seconds ago, otherwise none.
pub async fn known(app: &App) -> sqlx::Result<Arc<Known>> {
    let now = app.clock.now();
    if let Some(known) = app.quota.get(now) {
        return Ok(known);
    }
    let known = Arc::new(look(app).await?);
    app.quota.put(now, &known);
    Ok(known)
}

/// The same from the database.
pub async fn look(app: &App) -> sqlx::Result<Known> {
    let midnight = app.clock.now().date_naive().and_time(NaiveTime::MIN).and_utc();
    let mut conn = app.db.acquire().await?;
    Ok(Known::of(&sql::current(&mut conn, midnight).await?, midnight))
}
