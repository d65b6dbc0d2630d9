//! Registration: a new host, or a new key for a known one, and the installer that delivers it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::fqdn::Fqdn;
use super::key::HostKey;
use super::view::atom;
use super::{Host, sql, window};
use crate::audit::{Actor, Change, difference};
use crate::single_use::{self, Purpose};
use crate::{App, AppError, AppResult};

/// Life of a temporary host without a call by a person, in minutes.
pub const TEMPORARY_MINUTES: u16 = 120;

/// What an operator asks for. `None` leaves a known host as it is.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its name.
    pub fqdn: Fqdn,
    /// Default true.
    pub secure: Option<bool>,
    /// Default false.
    pub vip: Option<bool>,
    /// True: goes after [`TEMPORARY_MINUTES`] without a call; false: stays.
    pub temporary: Option<bool>,
    /// Default false.
    pub curl_insecure: Option<bool>,
    /// Default false.
    pub force_ipv4: Option<bool>,
}

impl Registration {
    /// A host with this name and nothing special about it.
    pub const fn plain(fqdn: Fqdn) -> Self {
        Self { fqdn, secure: None, vip: None, temporary: None, curl_insecure: None, force_ipv4: None }
    }
}

/// What registration gives back; the key is shown this once.
#[derive(Debug)]
pub struct Registered {
    /// The host.
    pub host: Host,
    /// Its new key; an older one works until this one has been used.
    pub key: HostKey,
    /// The installer's single-use token.
    pub installer: String,
    /// When the installer stops working.
    pub expires_at: DateTime<Utc>,
}

/// Registers in one transaction: a failure leaves nothing changed. An archived host comes back with its history.
pub async fn register(app: &App, by: &Actor, wanted: &Registration) -> AppResult<Registered> {
    let now = app.clock.now();
    let mut change = Change::begin(app, by).await?;
    let is_new = sql::insert(&mut change, now, wanted.fqdn.as_str()).await?;
    let mut host = sql::lock_by_fqdn(&mut change, wanted.fqdn.as_str()).await?.ok_or(AppError::NotFound("host"))?;
    let result = match (is_new, host.archived_at) {
        (true, _) => "created",
        (false, Some(_)) => "restored",
        (false, None) => "rotated",
    };
    let before = host.facts();
    if host.archived_at.is_some() {
        restore(&mut host);
    }
    apply(&mut host, wanted, now);
    sql::save(&mut change, &host).await?;
    let key = HostKey::generate();
    let key_id = sql::add_pending_key(&mut change, now, host.id, &key, &app.config.keyring).await?;
    let (installer, expires_at) =
        single_use::mint(&mut change, now, Purpose::Install, app.config.install_token_ttl, Some(key_id), None).await?;
    let (before, after) = difference(before, host.facts());
    change.record("register", &host.fqdn, before, json!({ "result": result, "changed": after, "installer_expires_at": atom(expires_at) }));
    change.commit().await?;
    Ok(Registered { host, key, installer, expires_at })
}

/// An archived host comes back: its settings as they were, its access as a new one's.
fn restore(host: &mut Host) {
    "active".clone_into(&mut host.status);
    (host.archived_at, host.archived_reason) = (None, None);
    (host.bound_ipv4, host.bound_ipv6) = (None, None);
    (host.expires_at, host.expires_idle_minutes) = (None, None);
    forget_login(host);
}

/// The server no longer takes it that this host holds a login.
pub fn forget_login(host: &mut Host) {
    (host.last_refresh, host.view_generation, host.view_digest) = (None, 0, None);
}

/// The rules of registration over a host's attributes.
fn apply(host: &mut Host, wanted: &Registration, now: DateTime<Utc>) {
    host.secure = wanted.secure.unwrap_or(host.secure);
    host.vip = wanted.vip.unwrap_or(host.vip);
    host.curl_insecure = wanted.curl_insecure.unwrap_or(host.curl_insecure);
    host.force_ipv4 = wanted.force_ipv4.unwrap_or(host.force_ipv4);
    host.registered_at = Some(now);
    host.updated_at = now;
    match wanted.temporary {
        Some(true) => make_temporary(host, TEMPORARY_MINUTES, now),
        Some(false) => (host.expires_at, host.expires_idle_minutes) = (None, None),
        None => {}
    }
    if !host.secure {
        window::provision(host, now);
    }
}

/// The host goes after so many minutes without a call by a person.
pub fn make_temporary(host: &mut Host, idle_minutes: u16, now: DateTime<Utc>) {
    host.expires_at = Some(now + TimeDelta::minutes(idle_minutes.into()));
    host.expires_idle_minutes = Some(idle_minutes);
}
