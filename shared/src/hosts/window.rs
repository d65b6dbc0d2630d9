//! The access window of insecure hosts: open until a moment, moved ahead by calls that a person caused.

use chrono::{DateTime, TimeDelta, Utc};

use super::Host;

/// Longest window, in minutes.
pub const MAX_MINUTES: u16 = 480;
/// How long a freshly registered insecure host may call before an operator opens its window, in minutes.
pub const PROVISIONING_MINUTES: u16 = 30;
/// Length of the window where nothing else was said, in minutes.
pub const DEFAULT_MINUTES: u16 = 10;

/// The one predicate: whether a host may use the API now. Its last moment counts.
pub fn is_open(host: &Host, now: DateTime<Utc>) -> bool {
    host.secure || host.insecure_enabled_until.is_some_and(|until| now <= until)
}

/// Where a call by a person moves the end of an open window: never back, so the first call does not shorten the
/// provisioning window. `None`: it stays. A window of 0 minutes does not move.
pub fn slid(host: &Host, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = host.insecure_enabled_until.filter(|_| !host.secure && is_open(host, now))?;
    let moved = now + length(host);
    (moved > until).then_some(moved)
}

/// The length of a host's window.
pub fn length(host: &Host) -> TimeDelta {
    TimeDelta::minutes(host.insecure_window_minutes.unwrap_or(DEFAULT_MINUTES).into())
}

/// Opens the window for at least so many minutes from now, and remembers them as its length. A window that is open
/// longer already stays so.
pub fn open(host: &mut Host, minutes: Option<u16>, now: DateTime<Utc>) {
    host.insecure_window_minutes = minutes.or(host.insecure_window_minutes).or(Some(DEFAULT_MINUTES)).map(|m| m.min(MAX_MINUTES));
    ensure(host, now + length(host));
}

/// Opens the window of a freshly registered host.
pub fn provision(host: &mut Host, now: DateTime<Utc>) {
    host.insecure_window_minutes = host.insecure_window_minutes.or(Some(DEFAULT_MINUTES));
    ensure(host, now + TimeDelta::minutes(PROVISIONING_MINUTES.into()));
}

fn ensure(host: &mut Host, until: DateTime<Utc>) {
    host.insecure_enabled_until = Some(host.insecure_enabled_until.map_or(until, |open| open.max(until)));
    host.insecure_grace_until = None;
}

/// Closes the window at once; its length is kept.
pub const fn close(host: &mut Host) {
    host.insecure_enabled_until = None;
    host.insecure_grace_until = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{at, host};

    /// An insecure host whose window is open until `until` minutes and `length` minutes long.
    fn insecure(until: Option<i64>, length: Option<u16>) -> Host {
        Host { secure: false, insecure_enabled_until: until.map(at), insecure_window_minutes: length, ..host() }
    }

    #[test]
    fn a_window_is_open_up_to_its_last_moment() {
        assert!(is_open(&host(), at(0)), "a secure host needs none");
        for (until, open) in [(None, false), (Some(-1), false), (Some(0), true), (Some(1), true)] {
            assert_eq!(is_open(&insecure(until, None), at(0)), open, "{until:?}");
        }
    }

    #[test]
    fn a_call_moves_an_open_window_ahead_and_never_back() {
        for (until, length, expected) in [
            (Some(5), Some(10), Some(10)),
            (Some(5), None, Some(10)),
            (Some(30), Some(10), None),
            (Some(10), Some(10), None),
            (Some(5), Some(0), None),
            (Some(0), Some(480), Some(480)),
            (Some(-1), Some(10), None),
            (None, Some(10), None),
        ] {
            assert_eq!(slid(&insecure(until, length), at(0)), expected.map(at), "{until:?} {length:?}");
        }
        assert_eq!(slid(&Host { insecure_enabled_until: Some(at(1)), ..host() }, at(0)), None, "a secure host has none");
    }

    #[test]
    fn opening_counts_from_now_and_is_limited() {
        for (until, stored, asked, expected) in [
            (None, None, None, (10, 10)),
            (None, Some(20), None, (20, 20)),
            (None, Some(20), Some(5), (5, 5)),
            (Some(60), Some(20), Some(5), (60, 5)),
            (None, None, Some(9999), (480, 480)),
            (None, None, Some(0), (0, 0)),
        ] {
            let mut one = insecure(until, stored);
            open(&mut one, asked, at(0));
            assert_eq!((one.insecure_enabled_until, one.insecure_window_minutes), (Some(at(expected.0)), Some(expected.1)));
        }
        let mut fresh = insecure(None, None);
        provision(&mut fresh, at(0));
        assert_eq!((fresh.insecure_enabled_until, fresh.insecure_window_minutes), (Some(at(30)), Some(10)));
        close(&mut fresh);
        assert_eq!((is_open(&fresh, at(0)), fresh.insecure_window_minutes), (false, Some(10)));
    }
}
