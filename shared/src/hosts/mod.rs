//! Hosts: machines that may ask for the login.

pub mod contact;
pub mod fqdn;
pub mod key;
pub mod register;
pub mod sql;
pub mod view;

use chrono::{DateTime, Utc};

use crate::fleet::Fleet;

/// One host as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Host {
    /// Row id.
    pub id: u64,
    /// Lower case, unique.
    pub fqdn: String,
    /// `active` or `suspended`.
    pub status: String,
    /// An insecure host's login is removed after each run.
    pub secure: bool,
    /// Never stopped by quota.
    pub vip: bool,
    /// May change its address.
    pub allow_roaming_ips: bool,
    /// `cdx` uses IPv4 only.
    pub force_ipv4: bool,
    /// `cdx` does not verify the server's certificate.
    pub curl_insecure: bool,
    /// Insecure hosts: until when the API answers.
    pub insecure_enabled_until: Option<DateTime<Utc>>,
    /// Kept for the contract; nothing sets it.
    pub insecure_grace_until: Option<DateTime<Utc>>,
    /// Length of the sliding window.
    pub insecure_window_minutes: Option<u16>,
    /// Temporary hosts: when they go.
    pub expires_at: Option<DateTime<Utc>>,
    /// This host's model instead of the fleet's.
    pub model_override: Option<String>,
    /// This host's reasoning effort instead of the fleet's.
    pub reasoning_effort_override: Option<String>,
    /// This host's Codex version instead of the fleet's.
    pub client_version_override: Option<String>,
    /// Codex, as last reported.
    pub client_version: Option<String>,
    /// `cdx`, as last reported.
    pub wrapper_version: Option<String>,
    /// Of the login this host was last known to hold.
    pub last_refresh: Option<String>,
    /// Generation of [`Host::view_digest`].
    pub view_generation: u64,
    /// SHA-256 of this host's view of the login.
    pub view_digest: Option<String>,
    /// Calls of `/auth` and `/sync`.
    pub api_calls: u64,
    /// Last authenticated call.
    pub last_contact_at: Option<DateTime<Utc>>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// Columns of [`Host`], for queries that join.
pub const COLUMNS: &str = "h.id, h.fqdn, h.status, h.secure, h.vip, h.allow_roaming_ips, h.force_ipv4, h.curl_insecure, \
     h.insecure_enabled_until, h.insecure_grace_until, h.insecure_window_minutes, h.expires_at, h.model_override, \
     h.reasoning_effort_override, h.client_version_override, h.client_version, h.wrapper_version, h.last_refresh, \
     h.view_generation, h.view_digest, h.api_calls, h.last_contact_at, h.created_at, h.updated_at";

/// Who is calling, with all the hot path needs: one indexed read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Identity {
    /// The key that was presented.
    pub key_id: u64,
    /// `pending` until its installer has succeeded.
    pub key_state: String,
    /// The host it belongs to.
    #[sqlx(flatten)]
    pub host: Host,
    /// The fleet's settings.
    #[sqlx(flatten)]
    pub fleet: Fleet,
    /// `last_refresh` of the current login, if there is one.
    pub canonical_last_refresh: Option<String>,
    /// Digest of the current login itself (not of a view).
    pub canonical_digest: Option<String>,
}
