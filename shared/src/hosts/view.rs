//! A host as answers show it: the contract's host block.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{Host, labels};
use crate::usage::Money;

/// The host block of `/auth` and of the admin API. Holds no key, hash or ciphertext.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HostBlock {
    fqdn: String,
    /// `active`, `suspended`, or, where it is shown at all, `archived`.
    status: String,
    last_refresh: Option<String>,
    updated_at: String,
    expires_at: Option<String>,
    client_version: Option<String>,
    client_version_override: Option<String>,
    wrapper_version: Option<String>,
    api_calls: u64,
    allow_roaming_ips: bool,
    secure: bool,
    vip: bool,
    insecure_enabled_until: Option<String>,
    insecure_grace_until: Option<String>,
    insecure_window_minutes: Option<u16>,
    force_ipv4: bool,
    model_override: Option<String>,
    reasoning_effort_override: Option<String>,
}

/// `YYYY-MM-DDTHH:MM:SS+00:00`, the form of every timestamp in the contract.
pub fn atom(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// [`atom`], for `serialize_with`.
pub fn atom_text<S: serde::Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    atom(*at).serialize(serializer)
}

/// [`atom`] of what may be absent, for `serialize_with`.
pub fn atom_or_null<S: serde::Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(atom).serialize(serializer)
}

impl From<&Host> for HostBlock {
    fn from(host: &Host) -> Self {
        Self {
            fqdn: host.fqdn.clone(),
            status: if host.archived_at.is_some() { "archived".to_owned() } else { host.status.clone() },
            last_refresh: host.last_refresh.clone(),
            updated_at: atom(host.updated_at),
            expires_at: host.expires_at.map(atom),
            client_version: host.client_version.clone(),
            client_version_override: host.client_version_override.clone(),
            wrapper_version: host.wrapper_version.clone(),
            api_calls: host.api_calls,
            allow_roaming_ips: host.allow_roaming_ips,
            secure: host.secure,
            vip: host.vip,
            insecure_enabled_until: host.insecure_enabled_until.map(atom),
            insecure_grace_until: host.insecure_grace_until.map(atom),
            insecure_window_minutes: host.insecure_window_minutes,
            force_ipv4: host.force_ipv4,
            model_override: host.model_override.clone(),
            reasoning_effort_override: host.reasoning_effort_override.clone(),
        }
    }
}

/// A host as operators see it: the contract's block and what is ours.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HostDetail {
    id: u64,
    #[serde(flatten)]
    block: HostBlock,
    /// The address it is bound to, IPv4 before IPv6.
    ip: Option<String>,
    bound_ipv4: Option<String>,
    bound_ipv6: Option<String>,
    curl_insecure: bool,
    expires_idle_minutes: Option<u16>,
    tags: Vec<String>,
    notes: String,
    /// `broker` or `direct`; null: as the fleet.
    refresh_mode_override: Option<String>,
    /// `accept`, `review` or `refuse` what it pushes; null: as the fleet.
    push_policy: Option<String>,
    /// What it may cost in a UTC month; null: no budget of its own.
    budget_month: Option<Money>,
    /// Over it, it does not start Codex.
    budget_stops: bool,
    /// Empty, `warn` or `over`, in `budget_state_month`.
    budget_state: String,
    budget_state_month: String,
}

impl From<&Host> for HostDetail {
    fn from(host: &Host) -> Self {
        Self {
            id: host.id,
            block: HostBlock::from(host),
            ip: host.bound_ipv4.clone().or_else(|| host.bound_ipv6.clone()),
            bound_ipv4: host.bound_ipv4.clone(),
            bound_ipv6: host.bound_ipv6.clone(),
            curl_insecure: host.curl_insecure,
            expires_idle_minutes: host.expires_idle_minutes,
            tags: labels::list(&host.tags).into_iter().map(str::to_owned).collect(),
            notes: host.notes.clone(),
            refresh_mode_override: host.refresh_mode_override.clone(),
            push_policy: host.push_policy.clone(),
            budget_month: host.budget_month.map(Money),
            budget_stops: host.budget_stops,
            budget_state: host.budget_state.clone(),
            budget_state_month: host.budget_state_month.clone(),
        }
    }
}
