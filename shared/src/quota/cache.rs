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
    /// The first good one of the UTC day in which this was read.
    first_of_day: Option<Snapshot>,
}

impl Known {
    /// When the next unforced attempt may be made.
    pub fn next_eligible_at(&self) -> Option<DateTime<Utc>> {
        self.newest.as_ref().map(|newest| newest.fetched_at + COOL_DOWN)
    }

    /// The first good one of the UTC day that `now` is in: what was the first yesterday is none of today.
    pub fn baseline(&self, now: DateTime<Utc>) -> Option<&Snapshot> {
        self.first_of_day.as_ref().filter(|first| first.fetched_at >= midnight(now))
    }

    fn of(found: &[Snapshot], midnight: DateTime<Utc>) -> Self {
        let mut good = found.iter().filter(|one| one.is_good);
        Self {
            newest: found.last().cloned(),
            first_of_day: good.clone().find(|one| one.fetched_at >= midnight).cloned(),
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
pub async fn known(app: &App, snapshot: u64) -> sqlx::Result<Arc<Known>> {
    if let Some(known) = app.quota.get(snapshot) {
        return Ok(known);
    }
    let known = Arc::new(look(app).await?);
    app.quota.put(snapshot, &known);
    Ok(known)
}

fn midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// The same from the database.
pub async fn look(app: &App) -> sqlx::Result<Known> {
    let midnight = midnight(app.clock.now());
    let mut conn = app.db.acquire().await?;
    Ok(Known::of(&sql::current(&mut conn, midnight).await?, midnight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, is_good: bool) -> Snapshot {
        Snapshot { is_good, fetched_at: DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap(), ..Snapshot::default() }
    }

    #[test]
    fn a_failed_attempt_hides_nothing_and_a_day_has_its_own_baseline() {
        // 08:00 UTC.
        let now = at(0, true).fetched_at;
        let (first, good, failed) = (at(-7 * 3600, true), at(-3600, true), at(0, false));
        let known = Known::of(&[first.clone(), good.clone(), failed.clone()], midnight(now));
        assert_eq!(known.good.as_ref().map(|one| one.fetched_at), Some(good.fetched_at));
        assert_eq!(known.newest.as_ref().map(|one| one.fetched_at), Some(failed.fetched_at));
        assert_eq!(known.baseline(now).map(|one| one.fetched_at), Some(first.fetched_at));
        assert!(known.baseline(now + chrono::TimeDelta::hours(16)).is_none(), "tomorrow");
        let yesterday = Known::of(&[at(-9 * 3600, true), failed], midnight(now));
        assert!(yesterday.baseline(now).is_none() && yesterday.good.is_some());
        assert!(Known::of(&[], midnight(now)).newest.is_none());
    }
}
