//! Counting contacts without a write at every call.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Host, sql, window};
use crate::App;

/// A contact is written when the last written one is older than this; calls in between are counted in memory.
const WRITE_EVERY: TimeDelta = TimeDelta::seconds(60);

/// Calls that are counted and not yet written, by host. They are a statistic: a killed process forgets them.
#[derive(Debug, Default)]
pub struct Contacts(Mutex<HashMap<u64, u64>>);

impl Contacts {
    fn add(&self, host: u64) -> u64 {
        let mut map = self.0.lock().expect("no thread panics while it counts");
        let count = map.entry(host).or_insert(0);
        *count += 1;
        *count
    }

    fn take(&self, host: u64) -> u64 {
        self.0.lock().expect("no thread panics while it counts").remove(&host).unwrap_or(0)
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
}

impl Report<'_> {
    /// A call by a person that says nothing.
    pub const PLAIN: Self = Self { codex: None, wrapper: None, attended: true, holds_login: false };
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
        || changed(report.codex, &host.client_version)
        || changed(report.wrapper, &host.wrapper_version)
}

/// Notes one call and what it reported; absent versions never overwrite known ones. At most one statement, usually none.
pub async fn note(app: &App, host: &mut Host, report: Report<'_>) -> sqlx::Result<()> {
    let now = app.clock.now();
    let unwritten = app.contacts.add(host.id);
    let moved = moved(host, now, report);
    if !is_due(host, now, report, moved) {
        host.api_calls += unwritten;
        return Ok(());
    }
    let calls = app.contacts.take(host.id);
    let mut conn = app.db.acquire().await?;
    sql::write_contact(&mut conn, now, host, calls, report, moved).await?;
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
        assert_eq!((contacts.add(1), contacts.add(1), contacts.add(2)), (1, 2, 1));
        assert_eq!((contacts.take(1), contacts.take(1), contacts.take(2)), (2, 0, 1));
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
        assert!(due(&known, 1, Report { attended: false, ..Report::PLAIN }), "the first call of a timer");
        let never_synced = Host { last_login_sync_at: None, ..known.clone() };
        assert!(due(&never_synced, 1, Report { holds_login: true, ..Report::PLAIN }));
        let short = Host { secure: false, insecure_enabled_until: Some(at(1)), insecure_window_minutes: Some(1), ..known };
        assert!(!due(&short, 14, Report::PLAIN) && due(&short, 15, Report::PLAIN), "a window of a minute moves every 15 s");
    }
}
