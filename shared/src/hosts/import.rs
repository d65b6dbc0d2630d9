//! A host that comes from another server, with the key it has.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::admit::Place;
use super::archive::Reason;
use super::fqdn::Fqdn;
use super::key::HostKey;
use super::register::TEMPORARY_MINUTES;
use super::{Host, sql};
use crate::audit::Change;
use crate::crypto::Keyring;
use crate::{AppError, AppResult};

/// What the other server knows of a host.
#[derive(Clone, Debug)]
pub struct Facts {
    pub is_active: bool,
    pub secure: bool,
    pub vip: bool,
    pub allow_roaming_ips: bool,
    pub force_ipv4: bool,
    pub curl_insecure: bool,
    pub insecure_enabled_until: Option<DateTime<Utc>>,
    pub insecure_window_minutes: Option<u16>,
    /// A temporary host: when it goes unless it calls.
    pub expires_at: Option<DateTime<Utc>>,
    pub model_override: Option<String>,
    pub reasoning_effort_override: Option<String>,
    pub client_version_override: Option<String>,
    pub client_version: Option<String>,
    pub wrapper_version: Option<String>,
    pub last_refresh: Option<String>,
    pub api_calls: u64,
    /// The address it calls from.
    pub address: Option<IpAddr>,
    /// Last call; `None`: it never called.
    pub last_contact_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Its time was over there already: it comes for its history.
    pub is_gone: Option<Reason>,
}

impl Facts {
    /// A secure host that was registered then, and of which nothing else is known.
    pub const fn of_nothing(at: DateTime<Utc>) -> Self {
        Self {
            is_active: true,
            secure: true,
            vip: false,
            allow_roaming_ips: false,
            force_ipv4: false,
            curl_insecure: false,
            insecure_enabled_until: None,
            insecure_window_minutes: None,
            expires_at: None,
            model_override: None,
            reasoning_effort_override: None,
            client_version_override: None,
            client_version: None,
            wrapper_version: None,
            last_refresh: None,
            api_calls: 0,
            address: None,
            last_contact_at: None,
            created_at: at,
            updated_at: at,
            is_gone: None,
        }
    }
}

/// A key that a host has here.
#[derive(Clone, Debug)]
pub struct Known {
    /// Of the key.
    pub hash: [u8; 32],
    /// It works, or will once it is used.
    pub works: bool,
    /// This server made it.
    pub ours: bool,
}

/// What is here under a name.
#[derive(Clone, Debug)]
pub struct Here {
    /// The host.
    pub host: Host,
    /// Its keys.
    pub keys: Vec<Known>,
}

/// What becomes of a host that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is none of this name.
    New,
    /// It is here, and its key works, or it brings none.
    Same,
    /// It is here from an earlier import, and got another key there since.
    NewKey,
    /// It was archived here.
    Archived,
    /// A host of this name was registered here.
    Registered,
}

/// Decides it. A key that this server made is never replaced by a foreign one.
pub fn standing(here: Option<&Here>, key: Option<[u8; 32]>) -> Standing {
    let Some(Here { host, keys }) = here else { return Standing::New };
    let Some(key) = key else { return Standing::Same };
    if host.archived_at.is_some() {
        Standing::Archived
    } else if keys.iter().any(|known| known.works && known.hash == key) {
        Standing::Same
    } else if keys.iter().any(|known| known.works && known.ours) {
        Standing::Registered
    } else {
        Standing::NewKey
    }
}

/// Looks a name up, with its keys.
pub async fn find(conn: &mut MySqlConnection, fqdn: &Fqdn, keyring: &Keyring) -> AppResult<Option<Here>> {
    let Some(host) = sql::by_fqdn(conn, fqdn.as_str()).await? else { return Ok(None) };
    let rows: Vec<(Vec<u8>, String, String)> =
        sqlx::query_as("SELECT key_hash, key_sealed, state FROM host_keys WHERE host_id = ? ORDER BY id")
            .bind(host.id)
            .fetch_all(conn)
            .await?;
    let known = |(hash, sealed, state): (Vec<u8>, String, String)| {
        let ours = HostKey::is_ours(&keyring.open(&sealed)?);
        Ok(Known { hash: hash.try_into().unwrap_or_default(), works: state != "retired", ours })
    };
    Ok(Some(Here { host, keys: rows.into_iter().map(known).collect::<AppResult<_>>()? }))
}

/// The name of the host that has this key.
pub async fn owner(conn: &mut MySqlConnection, key: &HostKey) -> sqlx::Result<Option<String>> {
    let sql = "SELECT h.fqdn FROM host_keys k JOIN hosts h ON h.id = k.host_id WHERE k.key_hash = ?";
    sqlx::query_scalar(sql).bind(key.hash().as_slice()).fetch_optional(conn).await
}

/// How many living hosts have a key that this server made.
pub async fn own(conn: &mut MySqlConnection, keyring: &Keyring) -> AppResult<u64> {
    let sql = "SELECT k.key_sealed FROM host_keys k JOIN hosts h ON h.id = k.host_id WHERE h.archived_at IS NULL AND k.state <> 'retired'";
    let sealed: Vec<String> = sqlx::query_scalar(sql).fetch_all(conn).await?;
    let ours = sealed.iter().map(|sealed| Ok(HostKey::is_ours(&keyring.open(sealed)?))).collect::<AppResult<Vec<_>>>()?;
    Ok(ours.into_iter().filter(|ours| *ours).count() as u64)
}

/// Adds a host as it was there; its key works at once.
pub async fn add(
    change: &mut Change,
    now: DateTime<Utc>,
    fqdn: &Fqdn,
    facts: &Facts,
    key: Option<&HostKey>,
    keyring: &Keyring,
) -> AppResult<Host> {
    sql::insert(change, facts.created_at, fqdn.as_str()).await?;
    let mut host = sql::lock_by_fqdn(change, fqdn.as_str()).await?.ok_or(AppError::NotFound("host"))?;
    set(&mut host, facts, now);
    sql::save(change, &host).await?;
    let sql = "UPDATE hosts SET api_calls = ?, client_version = ?, wrapper_version = ?, last_contact_at = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(facts.api_calls).bind(&facts.client_version).bind(&facts.wrapper_version);
    query.bind(facts.last_contact_at).bind(host.id).execute(&mut **change).await?;
    if let Some(key) = key.filter(|_| facts.is_gone.is_none()) {
        sql::add_key(change, now, host.id, key, "active", keyring).await?;
    }
    Ok(host)
}

/// Gives a host the key that it got there since.
pub async fn replace_key(change: &mut Change, now: DateTime<Utc>, host_id: u64, key: &HostKey, keyring: &Keyring) -> AppResult<()> {
    sql::end_keys(change, host_id, None).await?;
    sql::add_key(change, now, host_id, key, "active", keyring).await?;
    Ok(())
}

/// Adds a user of a host; one that is here already was seen at both times.
pub async fn add_user(
    conn: &mut MySqlConnection,
    host_id: u64,
    (username, hostname): (&str, Option<&str>),
    (first_seen, last_seen): (DateTime<Utc>, DateTime<Utc>),
) -> sqlx::Result<bool> {
    let sql = "INSERT INTO host_users (host_id, username, hostname, first_seen, last_seen) VALUES (?, ?, ?, ?, ?) \
               ON DUPLICATE KEY UPDATE first_seen = LEAST(first_seen, VALUES(first_seen)), last_seen = GREATEST(last_seen, VALUES(last_seen))";
    let query = sqlx::query(sql).bind(host_id).bind(username).bind(hostname).bind(first_seen).bind(last_seen);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

fn set(host: &mut Host, facts: &Facts, now: DateTime<Utc>) {
    if facts.is_active { "active" } else { "suspended" }.clone_into(&mut host.status);
    (host.secure, host.vip, host.allow_roaming_ips) = (facts.secure, facts.vip, facts.allow_roaming_ips);
    (host.force_ipv4, host.curl_insecure) = (facts.force_ipv4, facts.curl_insecure);
    (host.insecure_enabled_until, host.insecure_window_minutes) = (facts.insecure_enabled_until, facts.insecure_window_minutes);
    (host.expires_at, host.expires_idle_minutes) = (facts.expires_at, facts.expires_at.map(|_| TEMPORARY_MINUTES));
    host.model_override.clone_from(&facts.model_override);
    host.reasoning_effort_override.clone_from(&facts.reasoning_effort_override);
    host.client_version_override.clone_from(&facts.client_version_override);
    host.last_refresh.clone_from(&facts.last_refresh);
    host.updated_at = facts.updated_at;
    if let Some(place) = facts.address.map(Place::of) {
        place.bind(host);
    }
    if let Some(reason) = facts.is_gone {
        (host.archived_at, host.archived_reason) = (Some(now), Some(reason.name().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{at, host};

    #[test]
    fn a_key_of_ours_is_never_replaced_by_a_foreign_one() {
        let (foreign, other) = ([1; 32], [2; 32]);
        let known = |hash, works, ours| Known { hash, works, ours };
        let here = |keys: &[Known]| Here { host: host(), keys: keys.to_vec() };
        let archived = Here { host: Host { archived_at: Some(at(0)), ..host() }, keys: vec![known(foreign, false, false)] };
        for (what, here, key, expected) in [
            ("nobody", None, Some(foreign), Standing::New),
            ("nobody, without a key", None, None, Standing::New),
            ("imported before", Some(here(&[known(foreign, true, false)])), Some(foreign), Standing::Same),
            ("imported before, its key is lost now", Some(here(&[known(foreign, true, false)])), None, Standing::Same),
            ("imported before, rotated there", Some(here(&[known(other, true, false)])), Some(foreign), Standing::NewKey),
            ("imported without a key", Some(here(&[])), Some(foreign), Standing::NewKey),
            ("rotated here", Some(here(&[known(foreign, false, false), known(other, true, true)])), Some(foreign), Standing::Registered),
            ("both work for now", Some(here(&[known(foreign, true, false), known(other, true, true)])), Some(foreign), Standing::Same),
            ("archived here", Some(archived), Some(foreign), Standing::Archived),
        ] {
            assert_eq!(standing(here.as_ref(), key), expected, "{what}");
        }
    }

    #[test]
    fn what_was_decided_about_a_host_stays_decided() {
        let facts = Facts {
            is_active: false,
            secure: false,
            vip: true,
            allow_roaming_ips: true,
            force_ipv4: true,
            curl_insecure: true,
            insecure_enabled_until: Some(at(5)),
            insecure_window_minutes: Some(20),
            expires_at: Some(at(60)),
            model_override: Some("gpt-5.2".into()),
            client_version_override: Some("0.80.0".into()),
            address: Some("192.0.2.7".parse().unwrap()),
            ..Facts::of_nothing(at(0))
        };
        let mut one = host();
        set(&mut one, &facts, at(2));
        assert_eq!((one.status.as_str(), one.secure, one.vip, one.allow_roaming_ips), ("suspended", false, true, true));
        assert_eq!((one.force_ipv4, one.curl_insecure, one.expires_at, one.expires_idle_minutes), (true, true, Some(at(60)), Some(120)));
        assert_eq!((one.insecure_enabled_until, one.insecure_window_minutes), (Some(at(5)), Some(20)));
        assert_eq!((one.bound_ipv4.as_deref(), one.bound_ipv6.as_deref()), (Some("192.0.2.7"), None));
        assert_eq!((one.model_override.as_deref(), one.client_version_override.as_deref()), (Some("gpt-5.2"), Some("0.80.0")));
        set(&mut one, &Facts { is_gone: Some(Reason::Expired), ..facts }, at(2));
        assert_eq!((one.archived_at, one.archived_reason.as_deref()), (Some(at(2)), Some("expired")));
    }
}
