//! What the server has acknowledged, and how it answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::usage::Row;

/// What callers were promised.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Answers of models by host: each is to be stored so many times.
    pub usage: HashMap<(u64, Row), u32>,
    /// The same, where no answer came: stored or not.
    pub doubtful: HashMap<(u64, Row), u32>,
    /// Files that hosts have pushed: host, path, SHA-256.
    pub pushes: BTreeSet<(u64, String, String)>,
    /// Logins of hosts that became the fleet's, by host.
    pub logins: BTreeMap<u64, u32>,
    /// SHA-256 of texts that operators have stored.
    pub texts: BTreeSet<String>,
    /// Bodies that were sent twice, as after an answer that was lost on its way.
    pub repeats: u64,
    /// Answers that held a real refresh token.
    pub real_tokens: u64,
    /// Calls by what they were for.
    pub calls: BTreeMap<&'static str, Calls>,
    /// Calls without a whole answer in time.
    pub unanswered: u64,
    /// Exchanges of handles that were told to come back: another process refreshes just now.
    pub not_now: u64,
    /// Answers by status, where it was not 200.
    pub statuses: BTreeMap<u16, u64>,
    /// Some of them, for people.
    pub complaints: Vec<String>,
}

/// Calls of one kind.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// In milliseconds.
    times: Vec<f32>,
}

/// As long as `cdx` waits for its server before it goes on without it.
const PATIENCE_MS: f32 = 5000.0;
/// More complaints than these say nothing new.
const COMPLAINTS: usize = 20;

impl Ledger {
    /// Notes an answer.
    pub fn answered(&mut self, kind: &'static str, took: Duration) {
        self.calls.entry(kind).or_default().times.push(took.as_secs_f32() * 1e3);
    }

    /// Notes that something is not as it should be.
    pub fn complain(&mut self, complaint: String) {
        if self.complaints.len() < COMPLAINTS {
            self.complaints.push(complaint);
        }
    }

    /// Notes rows that the server has said it has.
    pub fn stored(&mut self, host: u64, rows: &[Row]) {
        for row in rows {
            *self.usage.entry((host, *row)).or_default() += 1;
        }
    }

    /// Calls that `cdx` would not have waited for.
    pub fn slow(&self) -> usize {
        self.calls.values().map(|calls| calls.times.iter().filter(|ms| **ms > PATIENCE_MS).count()).sum()
    }

    /// All calls.
    pub fn count(&self) -> usize {
        self.calls.values().map(Calls::count).sum()
    }
}

impl Calls {
    /// How many.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// The time in which so many of a hundred were answered.
    pub fn percentile(&self, percent: usize) -> f32 {
        let mut times = self.times.clone();
        times.sort_by(f32::total_cmp);
        times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or(f32::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let mut ledger = Ledger::default();
        for ms in [4, 1, 3, 2] {
            ledger.answered("x", Duration::from_millis(ms));
        }
        let calls = &ledger.calls["x"];
        let whole = |percent| format!("{:.0}", calls.percentile(percent));
        assert_eq!((calls.count(), whole(0), whole(50), whole(99)), (4, "1".into(), "3".into(), "4".into()));
    }
}
