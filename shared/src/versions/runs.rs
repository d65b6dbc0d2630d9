//! How runs of Codex ended: hosts say it with their next call, and it is counted by host, version and day.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::MySqlConnection;

use super::{normalise, rank, sql};
use crate::{App, AppResult};

/// Most runs one call may tell of.
pub const MANY: usize = 20;
/// A run that fails later than this is not a failed launch: Codex worked, and then something happened.
const AT_ONCE: u32 = 10;
/// 128 and a signal that somebody sends: HUP, INT, QUIT, KILL, PIPE, TERM. The others (ILL, ABRT, BUS, SEGV …) are crashes.
const SENT_SIGNALS: [u16; 6] = [129, 130, 131, 137, 141, 143];
/// Counts are kept for so long.
const KEPT: TimeDelta = TimeDelta::days(90);

/// One run that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The Codex that ran.
    pub version: String,
    /// Its exit status as a shell has it: 128 and the signal when one ended it.
    pub status: u16,
    /// How long it ran.
    pub seconds: u32,
}

impl Ended {
    /// `<version> <status> <seconds>`. `None`: it cannot be understood, or it is no version of a release.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let version = normalise(words.next()?).filter(|version| rank(version).is_some())?;
        let (status, seconds) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        (status <= 255 && words.next().is_none()).then_some(Self { version, status, seconds })
    }

    /// Whether it counts as a failed launch. A user's own mistake (a wrong option) counts too: it happens to every
    /// version alike, and versions are only ever compared.
    pub fn failed(&self) -> bool {
        self.status != 0 && self.seconds <= AT_ONCE && !SENT_SIGNALS.contains(&self.status)
    }
}

/// Runs of one version under one roll-out that are counted and not yet written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The version.
    pub version: String,
    /// The roll-out that was running; 0: none.
    pub rollout: u64,
    /// How many runs.
    pub launches: u32,
    /// How many of them failed.
    pub failures: u32,
}

/// Adds runs to what is counted.
pub fn add(counts: &mut Vec<Count>, rollout: u64, ended: &[Ended]) {
    for run in ended {
        let place = counts.iter().position(|count| count.version == run.version && count.rollout == rollout).unwrap_or_else(|| {
            counts.push(Count { version: run.version.clone(), rollout, launches: 0, failures: 0 });
            counts.len() - 1
        });
        counts[place].launches += 1;
        counts[place].failures += u32::from(run.failed());
    }
}

/// Writes what was counted of one host: one statement, or none.
pub async fn write(conn: &mut MySqlConnection, now: DateTime<Utc>, host_id: u64, counts: &[Count]) -> sqlx::Result<()> {
    sql::add_runs(conn, now.date_naive(), host_id, counts).await
}

/// Removes old counts. Returns how many.
pub async fn sweep(app: &App) -> AppResult<u64> {
    let before = (app.clock.now() - KEPT).date_naive();
    Ok(sql::remove_runs(&mut *app.db.acquire().await?, before).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_launch_ends_at_once_and_by_itself() {
        for (text, failed) in [
            ("0.170.0 0 0", Some(false)),
            ("0.170.0 1 3", Some(true)),
            ("codex-cli 1 3", None),
            ("0.170.0 2 10", Some(true)),
            ("0.170.0 1 11", Some(false)),
            ("0.170.0 127 0", Some(true)),
            ("0.170.0 139 1", Some(true)),
            ("0.170.0 134 1", Some(true)),
            ("0.170.0 130 1", Some(false)),
            ("0.170.0 143 1", Some(false)),
            ("0.170.0 137 1", Some(false)),
            ("0.170.0 256 1", None),
            ("0.170.0 1", None),
            ("0.170.0 1 -1", None),
            ("0.170.0 1 1 1", None),
            ("$(id) 1 1", None),
            ("built-here 1 1", None),
            ("0.170.0-alpha.1 1 1", Some(true)),
            ("", None),
        ] {
            assert_eq!(Ended::parse(text).map(|ended| ended.failed()), failed, "{text}");
        }
    }

    #[test]
    fn runs_are_counted_by_version_and_roll_out() {
        let ended = |version: &str, status| Ended { version: version.into(), status, seconds: 1 };
        let mut counts = Vec::new();
        add(&mut counts, 0, &[ended("1.0.0", 0), ended("1.0.0", 1), ended("1.1.0", 0)]);
        add(&mut counts, 5, &[ended("1.0.0", 0)]);
        let count = |version: &str, rollout, launches, failures| Count { version: version.into(), rollout, launches, failures };
        assert_eq!(counts, [count("1.0.0", 0, 2, 1), count("1.1.0", 0, 1, 0), count("1.0.0", 5, 1, 0)]);
    }
}
