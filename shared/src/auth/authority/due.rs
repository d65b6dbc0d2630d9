//! When a login is refreshed ahead of its end.

use chrono::{DateTime, TimeDelta, Utc};

/// A login whose access token does not tell is refreshed so long after it came: Codex itself does after eight days.
const BLIND: TimeDelta = TimeDelta::days(4);
/// A login that lives longer than twice this is new again at least this long before it ends.
const SAFE: TimeDelta = TimeDelta::hours(24);
/// So much of a lifetime, at most, is a refresh early: fleets that were set up together do not all ask at once.
const JITTER: f64 = 0.05;

/// How old a login is.
#[derive(Clone, Copy, Debug)]
pub struct Age {
    /// When the server got it.
    pub since: DateTime<Utc>,
    /// When its access token was issued, epoch seconds.
    pub issued_at: Option<i64>,
    /// When that ends.
    pub expires_at: Option<i64>,
}

/// When it is time. `spread`, from 0 to 1, is this login's own and the same on every instance. `None`: never in a calendar.
pub fn due_at(age: Age, spread: f64) -> Option<DateTime<Utc>> {
    let Some(end) = age.expires_at else { return age.since.checked_add_signed(BLIND) };
    let end = DateTime::from_timestamp(end, 0)?;
    let start = age.issued_at.and_then(|start| DateTime::from_timestamp(start, 0)).unwrap_or(age.since);
    let life = end - start;
    let half = if life >= SAFE * 2 { (life / 2).max(SAFE) } else { life / 2 };
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a lifetime in seconds is small")]
    let early = TimeDelta::seconds((life.as_seconds_f64() * JITTER * spread.clamp(0.0, 1.0)) as i64);
    end.checked_sub_signed(half + early)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_life_is_enough() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let due = |life: i64, after: i64, spread: f64| {
            let age = Age { since: start, issued_at: Some(start.timestamp()), expires_at: Some(start.timestamp() + life) };
            due_at(age, spread).unwrap() <= start + TimeDelta::seconds(after)
        };
        let day = 86_400;
        for (life, before, after) in
            [(10 * day, 5 * day - 1, 5 * day), (2 * day, day - 1, day), (day, day / 2 - 1, day / 2), (3600, 1799, 1800)]
        {
            assert!(!due(life, before, 0.0) && due(life, after, 0.0), "{life}");
        }
        assert!(due(10 * day, 9 * day / 2, 1.0) && !due(10 * day, 9 * day / 2 - 1, 1.0), "at most a twentieth early");
        let blind = Age { since: start, issued_at: None, expires_at: None };
        assert_eq!(due_at(blind, 1.0), Some(start + TimeDelta::hours(96)));
        assert_eq!(due_at(Age { expires_at: Some(i64::MAX), ..blind }, 0.0), None);
    }
}
