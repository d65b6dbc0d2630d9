//! Counting contacts without a write at every call.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::MySqlConnection;

use super::Host;

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
pub async fn note(contacts: &Contacts, conn: &mut MySqlConnection, host: &mut Host, now: DateTime<Utc>, codex: Option<&str>, wrapper: Option<&str>) -> sqlx::Result<()> {
    let unwritten = contacts.add(host.id);
    if !is_due(host, now, codex, wrapper) {
        host.api_calls += unwritten;
        return Ok(());
    }
    let calls = contacts.take(host.id);
    sqlx::query(
        "UPDATE hosts SET api_calls = api_calls + ?, client_version = COALESCE(?, client_version), \
         wrapper_version = COALESCE(?, wrapper_version), last_contact_at = ?, updated_at = ? WHERE id = ?",
    )
    .bind(calls)
    .bind(codex)
    .bind(wrapper)
    .bind(now)
    .bind(now)
    .bind(host.id)
    .execute(conn)
    .await?;
    host.api_calls += calls;
    host.client_version = codex.map(str::to_owned).or(host.client_version.take());
    host.wrapper_version = wrapper.map(str::to_owned).or(host.wrapper_version.take());
    host.updated_at = now;
    Ok(())
}
