//! A new key for a host without a new installation.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::key::HostKey;
use super::view::atom;
use super::{Host, edit, sql};
use crate::audit::{Actor, Change};
use crate::{App, AppResult, auth};

/// Longest time for which an old key goes on working, in minutes: a week.
pub const MAX_OVERLAP_MINUTES: u16 = 10_080;

/// A rotated key.
#[derive(Debug)]
pub struct Rotated {
    /// The host.
    pub host: Host,
    /// The new key: shown this once.
    pub key: HostKey,
    /// Until when the old one works; `None`: it does not.
    pub old_key_until: Option<DateTime<Utc>>,
}

/// Gives a host a new key, which works at once; the old one, and the handle in its login, go on for `overlap` minutes.
/// A pending installer ends: its key would retire this one.
pub async fn rotate(app: &App, by: &Actor, id: u64, overlap: u16) -> AppResult<Rotated> {
    let now = app.clock.now();
    let mut change = Change::begin(app, by).await?;
    let host = edit::lock(&mut change, id).await?;
    let old_key_until = (overlap > 0).then(|| now + TimeDelta::minutes(overlap.min(MAX_OVERLAP_MINUTES).into()));
    let key = HostKey::generate();
    sql::end_keys(&mut change, id, old_key_until).await?;
    sql::add_key(&mut change, now, id, &key, "active", &app.config.keyring).await?;
    auth::sql::end_handles(&mut change, id, old_key_until.unwrap_or(now)).await?;
    sql::set_view(&mut change, id, 0, None).await?;
    change.record("admin.host.key_rotate", &host.fqdn, (), json!({ "old_key_until": old_key_until.map(atom) }));
    change.commit().await?;
    Ok(Rotated { host, key, old_key_until })
}
