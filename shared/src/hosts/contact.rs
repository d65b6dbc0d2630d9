//! Counting contacts without a write at every call.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Host, sql};
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

/// Whether this call must be written now: something reported has changed, or the last write is old.
fn is_due(host: &Host, now: DateTime<Utc>, codex: Option<&str>, wrapper: Option<&str>) -> bool {
    let changed = |new: Option<&str>, old: &Option<String>| new.is_some_and(|new| Some(new) != old.as_deref());
    let stale = host.last_contact_at.is_none_or(|last| now - last >= WRITE_EVERY);
    stale || changed(codex, &host.client_version) || changed(wrapper, &host.wrapper_version)
}

/// Notes one call and what it reported; absent versions never overwrite known ones. At most one statement, usually none.
pub async fn note(app: &App, host: &mut Host, codex: Option<&str>, wrapper: Option<&str>) -> sqlx::Result<()> {
    let now = app.clock.now();
    let unwritten = app.contacts.add(host.id);
    if !is_due(host, now, codex, wrapper) {
        host.api_calls += unwritten;
        return Ok(());
    }
    let calls = app.contacts.take(host.id);
    let mut conn = app.db.acquire().await?;
    sql::write_contact(&mut conn, now, host.id, calls, codex, wrapper).await?;
    host.api_calls += calls;
    host.client_version = codex.map(str::to_owned).or(host.client_version.take());
    host.wrapper_version = wrapper.map(str::to_owned).or(host.wrapper_version.take());
    host.updated_at = now;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Contacts;

    #[test]
    fn a_call_is_counted_once() {
        let contacts = Contacts::default();
        assert_eq!((contacts.add(1), contacts.add(1), contacts.add(2)), (1, 2, 1));
        assert_eq!((contacts.take(1), contacts.take(1), contacts.take(2)), (2, 0, 1));
    }
}
