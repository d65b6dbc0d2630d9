//! Hosts: machines that may ask for the login.

mod admit;
pub mod archive;
pub mod contact;
pub mod edit;
pub mod fqdn;
pub mod gate;
pub mod import;
pub mod key;
pub mod known;
pub mod labels;
pub mod list;
pub mod order;
pub mod prune;
pub mod register;
pub mod rotate;
pub mod sql;
pub mod users;
pub mod view;
pub mod window;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

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
    /// When it goes; `None`: it stays.
    pub expires_at: Option<DateTime<Utc>>,
    /// Temporary hosts: every call by a person moves `expires_at` so many minutes ahead.
    pub expires_idle_minutes: Option<u16>,
    /// The IPv4 address it calls from; `None`: the next call binds it.
    pub bound_ipv4: Option<String>,
    /// The IPv6 /64 it calls from, in CIDR form.
    pub bound_ipv6: Option<String>,
    /// Comma-separated, sorted, lower case ([`labels`]).
    pub tags: String,
    /// An operator's own words.
    pub notes: String,
    /// This host's model instead of the fleet's.
    pub model_override: Option<String>,
    /// This host's reasoning effort instead of the fleet's.
    pub reasoning_effort_override: Option<String>,
    /// This host's Codex version instead of the fleet's.
    pub client_version_override: Option<String>,
    /// What its view holds instead of the refresh token; `None`: as the fleet ([`crate::auth::mode::RefreshMode`]).
    pub refresh_mode_override: Option<String>,
    /// What becomes of what it pushes; `None`: as the fleet says ([`crate::artifacts::policy::Policy`]).
    #[sqlx(rename = "host_push_policy")]
    pub push_policy: Option<String>,
    /// What it may cost in a month; `None`: no budget of its own ([`crate::usage::budget`]).
    #[sqlx(rename = "host_budget_month")]
    pub budget_month: Option<Decimal>,
    /// Over it, it does not start Codex.
    #[sqlx(rename = "host_budget_stops")]
    pub budget_stops: bool,
    /// Empty, `warn` or `over` …
    #[sqlx(rename = "host_budget_state")]
    pub budget_state: String,
    /// … in this month.
    #[sqlx(rename = "host_budget_state_month")]
    pub budget_state_month: String,
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
    /// What the home that was brought up to date last calls its files …
    pub files_sha: Option<String>,
    /// … and what decided about them.
    pub files_stamp: Option<String>,
    /// Calls of `/auth`, `/sync` and `/mcp`.
    pub api_calls: u64,
    /// Last call that a person caused, to the minute.
    pub last_contact_at: Option<DateTime<Utc>>,
    /// Last call that nobody caused.
    pub last_cron_at: Option<DateTime<Utc>>,
    /// Last time it was given the current login, or confirmed to hold it.
    pub last_login_sync_at: Option<DateTime<Utc>>,
    /// Last time its valid key was refused, to the minute, …
    pub refused_at: Option<DateTime<Utc>>,
    /// … with this code …
    pub refused_code: Option<String>,
    /// … at this address.
    pub refused_from: Option<String>,
    /// Last registration; `None`: [`Host::created_at`].
    pub registered_at: Option<DateTime<Utc>>,
    /// Since when it is gone.
    pub archived_at: Option<DateTime<Utc>>,
    /// Why it is gone ([`archive::Reason`]).
    pub archived_reason: Option<String>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
}

/// Columns of [`Host`], for queries that join.
pub const COLUMNS: &str = "h.id, h.fqdn, h.status, h.secure, h.vip, h.allow_roaming_ips, h.force_ipv4, h.curl_insecure, \
     h.insecure_enabled_until, h.insecure_grace_until, h.insecure_window_minutes, h.expires_at, h.expires_idle_minutes, \
     h.bound_ipv4, h.bound_ipv6, h.tags, h.notes, h.model_override, \
     h.reasoning_effort_override, h.client_version_override, h.refresh_mode_override, h.push_policy AS host_push_policy, \
     h.budget_month AS host_budget_month, h.budget_stops AS host_budget_stops, h.budget_state AS host_budget_state, \
     h.budget_state_month AS host_budget_state_month, \
     h.client_version, h.wrapper_version, h.last_refresh, h.view_generation, h.view_digest, h.files_sha, h.files_stamp, h.api_calls, \
     h.last_contact_at, h.last_cron_at, h.last_login_sync_at, \
     h.refused_at, h.refused_code, h.refused_from, h.registered_at, h.archived_at, h.archived_reason, h.created_at, h.updated_at";

impl Host {
    /// What the audit says of it: what operators decide. It holds no secret.
    pub fn facts(&self) -> Value {
        json!({
            "status": self.status, "secure": self.secure, "vip": self.vip, "allow_roaming_ips": self.allow_roaming_ips,
            "force_ipv4": self.force_ipv4, "curl_insecure": self.curl_insecure,
            "insecure_enabled_until": self.insecure_enabled_until, "insecure_window_minutes": self.insecure_window_minutes,
            "expires_at": self.expires_at, "expires_idle_minutes": self.expires_idle_minutes,
            "bound_ipv4": self.bound_ipv4, "bound_ipv6": self.bound_ipv6, "tags": self.tags, "notes": self.notes,
            "model_override": self.model_override, "reasoning_effort_override": self.reasoning_effort_override,
            "client_version_override": self.client_version_override, "refresh_mode_override": self.refresh_mode_override, "push_policy": self.push_policy,
            "budget_month": self.budget_month.map(|budget| budget.normalize().to_string()), "budget_stops": self.budget_stops,
            "last_refresh": self.last_refresh,
            "archived_at": self.archived_at, "archived_reason": self.archived_reason,
        })
    }
}

/// Who is calling, with all the hot path needs: one indexed read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Identity {
    /// The key that was presented.
    pub key_id: u64,
    /// `pending` until the host has used it.
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

#[cfg(test)]
pub(crate) mod tests {
    //! Hosts for the tables of this folder.

    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Host, Identity};
    use crate::fleet::Fleet;

    /// So many minutes after a fixed moment.
    pub fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    /// A secure host that nobody has used yet.
    pub fn host() -> Host {
        Host {
            id: 1,
            fqdn: "a.example".into(),
            status: "active".into(),
            secure: true,
            vip: false,
            allow_roaming_ips: false,
            force_ipv4: false,
            curl_insecure: false,
            insecure_enabled_until: None,
            insecure_grace_until: None,
            insecure_window_minutes: None,
            expires_at: None,
            expires_idle_minutes: None,
            bound_ipv4: None,
            bound_ipv6: None,
            tags: String::new(),
            notes: String::new(),
            model_override: None,
            reasoning_effort_override: None,
            client_version_override: None,
            refresh_mode_override: None,
            push_policy: None,
            budget_month: None,
            budget_stops: false,
            budget_state: String::new(),
            budget_state_month: String::new(),
            client_version: None,
            wrapper_version: None,
            last_refresh: None,
            view_generation: 0,
            view_digest: None,
            files_sha: None,
            files_stamp: None,
            api_calls: 0,
            last_contact_at: None,
            last_cron_at: None,
            last_login_sync_at: None,
            refused_at: None,
            refused_code: None,
            refused_from: None,
            registered_at: None,
            archived_at: None,
            archived_reason: None,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    /// That host as a caller, with a key in this state.
    pub fn identity(host: Host, key_state: &str) -> Identity {
        let fleet = Fleet {
            auth_generation: 0,
            auth_state: "ok".into(),
            auth_state_code: None,
            runner_state: None,
            runner_last_ok: None,
            runner_last_fail: None,
            runner_last_check: None,
            refresh_mode: "broker".into(),
            config_version: 0,
            api_disabled: false,
            cdx_silent: false,
            quota_hard_fail: true,
            quota_limit_percent: 100,
            quota_week_partition: 0,
            client_version_lock: None,
            client_version_lock_at: None,
            client_available: None,
            client_available_at: None,
            client_reported: None,
            rollout_id: 0,
            rollout_version: None,
            rollout_percent: None,
            rollout_tag: None,
            rollout_at: None,
            artifacts_revision: 0,
            push_policy: "review".into(),
            budget_month: None,
            budget_warn_percent: 80,
            budget_stops: false,
            budget_state: String::new(),
            budget_state_month: String::new(),
            signing_key: String::new(),
            quota_snapshot: 0,
        };
        Identity { key_id: 1, key_state: key_state.into(), host, fleet, canonical_last_refresh: None, canonical_digest: None }
    }
}
