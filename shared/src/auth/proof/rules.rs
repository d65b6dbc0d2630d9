//! What follows from a verdict, and when the next is due.

use chrono::{DateTime, TimeDelta, Utc};

/// Whether a login works. Only a definite refusal is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A model answered.
    Verified,
    /// OpenAI refused the access token.
    Rejected,
    /// Anything else: a network, a limit, a runner that is busy.
    Unknown,
}

impl Verdict {
    /// Its name in the database and in the runner's answer.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }

    /// What is neither of the two is unknown.
    pub fn parse(name: &str) -> Self {
        [Self::Verified, Self::Rejected].into_iter().find(|verdict| verdict.name() == name).unwrap_or(Self::Unknown)
    }
}

/// The last check of a login and how many in a row did not verify it.
#[derive(Clone, Copy, Debug)]
pub struct Last {
    /// When.
    pub at: DateTime<Utc>,
    /// Checks in a row, up to the last, that did not verify it.
    pub failures: u32,
}

/// After a failure the next check comes sooner, and then later and later.
const SOON: TimeDelta = TimeDelta::minutes(1);
const LATE: TimeDelta = TimeDelta::hours(1);

/// When a login is checked next; one that never was is checked now.
pub fn next_check(last: Option<Last>, interval: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
    match last {
        None => now,
        Some(Last { at, failures: 0 }) => at + interval,
        Some(Last { at, failures }) => at + (SOON * 2_i32.pow(failures.min(7) - 1)).min(LATE).min(interval),
    }
}

/// What becomes of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is offered as the next login.
    Promote,
    /// It is thrown away.
    Reject,
    /// It is tried again.
    Wait,
}

/// Decides about a candidate. Without a login that works there is nothing to lose by taking an unproven one.
pub const fn fate(verdict: Verdict, current_works: bool) -> Fate {
    match verdict {
        Verdict::Rejected => Fate::Reject,
        Verdict::Unknown if current_works => Fate::Wait,
        Verdict::Verified | Verdict::Unknown => Fate::Promote,
    }
}

/// What follows when the current login is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Its refresh token may still be good.
    Refresh,
    /// It was refreshed just now, or cannot be: somebody has to sign in.
    SignIn,
}

/// A login that is refused although it is new will not get better by being refreshed again.
pub fn remedy(age: TimeDelta, refreshable: bool) -> Remedy {
    if refreshable && age >= TimeDelta::minutes(10) { Remedy::Refresh } else { Remedy::SignIn }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_looked_at_sooner_and_then_ever_later() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let minutes = |failures| (next_check(Some(Last { at: now, failures }), TimeDelta::hours(8), now) - now).num_minutes();
        assert_eq!([0, 1, 2, 3, 6, 7, 99].map(minutes), [480, 1, 2, 4, 32, 60, 60]);
        assert_eq!(next_check(None, TimeDelta::hours(8), now), now);
        assert_eq!(next_check(Some(Last { at: now, failures: 9 }), TimeDelta::minutes(5), now) - now, TimeDelta::minutes(5));
    }

    #[test]
    fn only_a_definite_refusal_demotes() {
        for (verdict, works, expected) in [
            (Verdict::Verified, true, Fate::Promote),
            (Verdict::Verified, false, Fate::Promote),
            (Verdict::Rejected, true, Fate::Reject),
            (Verdict::Rejected, false, Fate::Reject),
            (Verdict::Unknown, true, Fate::Wait),
            (Verdict::Unknown, false, Fate::Promote),
        ] {
            assert_eq!(fate(verdict, works), expected, "{verdict:?} {works}");
        }
        assert_eq!(remedy(TimeDelta::hours(1), true), Remedy::Refresh);
        assert_eq!(remedy(TimeDelta::minutes(9), true), Remedy::SignIn);
        assert_eq!(remedy(TimeDelta::hours(1), false), Remedy::SignIn);
        assert_eq!(Verdict::parse("ok"), Verdict::Unknown);
    }
}
