//! Counting contacts without a write at every call.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Host, sql, window};
use crate::App;
use crate::versions::reported;
use crate::versions::runs::{self, Count, Ended};

/// A contact is written when the last written one is older than this; calls in between are counted in memory.
const WRITE_EVERY: TimeDelta = TimeDelta::seconds(60);

/// What is counted of one host and not yet written.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    calls: u64,
    runs: Vec<Count>,
}

/// Calls and runs that are counted and not yet written, by host. They are a statistic: a killed process forgets them.
#[derive(Debug, Default)]
pub struct Contacts(Mutex<HashMap<u64, Counted>>);

impl Contacts {
    fn add(&self, host: u64, report: Report<'_>) -> u64 {
        let mut map = self.0.lock().expect("no thread panics while it counts");
        let counted = map.entry(host).or_default();
        counted.calls += 1;
        runs::add(&mut counted.runs, report.rollout, report.ended);
        counted.calls
    }

    fn take(&self, host: u64) -> Counted {
        self.0.lock().expect("no thread panics while it counts").remove(&host).unwrap_or_default()
    }
}

/// What one call says about its host.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Its Codex, if it says.
    pub codex: Option<&'a str>,
    /// Its `cdx`, if it says.
    pub wrapper: Option<&'a str>,
    /// A person caused the call; otherwise a timer did, which keeps nothing alive.
    pub attended: bool,
    /// It turned out to hold the current login.
    pub holds_login: bool,
    /// How its last runs of Codex ended.
    pub ended: &'a [Ended],
    /// The roll-out that is running; 0: none.
    pub rollout: u64,
}

impl Report<'_> {
    /// A call by a person that says nothing.
    pub const PLAIN: Self = Self { codex: None, wrapper: None, attended: true, holds_login: false, ended: &[], rollout: 0 };
}

/// Whether a moment that is kept to the minute is due to be written again.
pub fn is_old(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last.is_none_or(|last| now - last >= WRITE_EVERY)
}

/// Where this call moves the ends of a host's window and of its life; `None`: they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The end of the insecure window.
    pub window: Option<DateTime<Utc>>,
    /// When a temporary host goes.
    pub expiry: Option<DateTime<Utc>>,
}

/// Only a person's call moves anything.
fn moved(host: &Host, now: DateTime<Utc>, report: Report<'_>) -> Moved {
    if !report.attended {
        return Moved { window: None, expiry: None };
    }
    let idle = host.expires_idle_minutes.map(|minutes| now + TimeDelta::minutes(minutes.into()));
    Moved { window: window::slid(host, now), expiry: idle.filter(|moved| host.expires_at.is_some_and(|at| at < *moved)) }
}

/// Whether this call must be written now: something reported has changed, the last write is old, or a short window
/// would move noticeably.
fn is_due(host: &Host, now: DateTime<Utc>, report: Report<'_>, moved: Moved) -> bool {
    let changed = |new: Option<&str>, old: &Option<String>| new.is_some_and(|new| Some(new) != old.as_deref());
    let last = if report.attended { host.last_contact_at } else { host.last_cron_at };
    let step = (window::length(host) / 4).min(WRITE_EVERY);
    is_old(last, now)
        || (report.holds_login && is_old(host.last_login_sync_at, now))
        || moved.window.zip(host.insecure_enabled_until).is_some_and(|(moved, until)| moved - until >= step)
        // A roll-out that does harm is seen soon; otherwise nobody waits for these numbers.
        || (report.rollout > 0 && report.ended.iter().any(Ended::failed))
        || changed(report.codex, &host.client_version)
        || changed(report.wrapper, &host.wrapper_version)
}

/// Notes one call and what it reported; absent versions never overwrite known ones. Usually no statement; else one, one more for
/// runs that were counted, and one for a version this host did not have before.
pub async fn note(app: &App, host: &mut Host, report: Report<'_>) -> sqlx::Result<()> {
    let now = app.clock.now();
    let unwritten = app.contacts.add(host.id, report);
    let moved = moved(host, now, report);
    if !is_due(host, now, report, moved) {
        host.api_calls += unwritten;
        return Ok(());
    }
    let Counted { calls, runs: counts } = app.contacts.take(host.id);
    let mut conn = app.db.acquire().await?;
    sql::write_contact(&mut conn, now, host, calls, report, moved).await?;
    runs::write(&mut conn, now, host.id, &counts).await?;
    if let Some(codex) = report.codex.filter(|codex| host.client_version.as_deref() != Some(*codex)) {
        reported::raise(&mut conn, codex).await?;
    }
    host.api_calls += calls;
    host.client_version = report.codex.map(str::to_owned).or(host.client_version.take());
    host.wrapper_version = report.wrapper.map(str::to_owned).or(host.wrapper_version.take());
    host.insecure_enabled_until = moved.window.or(host.insecure_enabled_until);
    host.expires_at = moved.expiry.or(host.expires_at);
    host.updated_at = now;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{at, host};

    #[test]
    fn a_call_is_counted_once() {
        let contacts = Contacts::default();
        let ended = Ended { version: "0.170.0".into(), status: 1, seconds: 1 };
        let told = Report { ended: std::slice::from_ref(&ended), rollout: 3, ..Report::PLAIN };
        assert_eq!((contacts.add(1, told), contacts.add(1, told), contacts.add(2, Report::PLAIN)), (1, 2, 1));
        let runs = vec![Count { version: "0.170.0".into(), rollout: 3, launches: 2, failures: 2 }];
        assert_eq!(contacts.take(1), Counted { calls: 2, runs });
        assert_eq!((contacts.take(1), contacts.take(2)), (Counted::default(), Counted { calls: 1, runs: Vec::new() }));
    }

    #[test]
    fn only_a_persons_call_moves_a_window_or_a_life() {
        let temporary = Host { expires_at: Some(at(5)), expires_idle_minutes: Some(120), ..host() };
        let one = Host { secure: false, insecure_enabled_until: Some(at(1)), ..temporary };
        let cron = Report { attended: false, ..Report::PLAIN };
        assert_eq!(moved(&one, at(0), Report::PLAIN), Moved { window: Some(at(10)), expiry: Some(at(120)) });
        assert_eq!(moved(&one, at(0), cron), Moved { window: None, expiry: None });
        let dated = Host { expires_idle_minutes: None, ..one };
        assert_eq!(moved(&dated, at(0), Report::PLAIN).expiry, None, "a date that an operator gave stays");
    }

    #[test]
    fn a_contact_is_written_once_a_minute_and_when_it_tells_something() {
        let second = TimeDelta::seconds(1);
        let known = Host { last_contact_at: Some(at(0)), last_login_sync_at: Some(at(0)), client_version: Some("1".into()), ..host() };
        let due = |host: &Host, seconds: i32, report: Report<'_>| {
            let now = at(0) + second * seconds;
            is_due(host, now, report, moved(host, now, report))
        };
        assert!(!due(&known, 59, Report { codex: Some("1"), holds_login: true, ..Report::PLAIN }));
        assert!(due(&known, 60, Report::PLAIN));
        assert!(due(&known, 1, Report { codex: Some("2"), ..Report::PLAIN }));
        let (good, bad) = ([Ended { version: "1".into(), status: 0, seconds: 1 }], [Ended { version: "1".into(), status: 1, seconds: 1 }]);
        assert!(due(&known, 1, Report { ended: &bad, rollout: 1, ..Report::PLAIN }), "a roll-out that fails");
        assert!(!due(&known, 1, Report { ended: &good, rollout: 1, ..Report::PLAIN }));
        assert!(!due(&known, 1, Report { ended: &bad, ..Report::PLAIN }), "no roll-out");
        assert!(due(&known, 1, Report { attended: false, ..Report::PLAIN }), "the first call of a timer");
        let never_synced = Host { last_login_sync_at: None, ..known.clone() };
        assert!(due(&never_synced, 1, Report { holds_login: true, ..Report::PLAIN }));
        let short = Host { secure: false, insecure_enabled_until: Some(at(1)), insecure_window_minutes: Some(1), ..known };
        assert!(!due(&short, 14, Report::PLAIN) && due(&short, 15, Report::PLAIN), "a window of a minute moves every 15 s");
    }
}
