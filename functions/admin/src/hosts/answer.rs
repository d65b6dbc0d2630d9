//! What a change to a host answers.

use serde::Serialize;
use shared::hosts::view::HostBlock;
use shared::hosts::{Host, labels};

/// The host as it is now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangedHost {
    host: HostNow,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct HostNow {
    id: u64,
    #[serde(flatten)]
    host: HostBlock,
    ip: Option<String>,
    bound_ipv4: Option<String>,
    bound_ipv6: Option<String>,
    curl_insecure: bool,
    expires_idle_minutes: Option<u16>,
    tags: Vec<String>,
    notes: String,
}

impl From<Host> for ChangedHost {
    fn from(host: Host) -> Self {
        Self {
            host: HostNow {
                id: host.id,
                ip: host.bound_ipv4.clone().or_else(|| host.bound_ipv6.clone()),
                bound_ipv4: host.bound_ipv4.clone(),
                bound_ipv6: host.bound_ipv6.clone(),
                curl_insecure: host.curl_insecure,
                expires_idle_minutes: host.expires_idle_minutes,
                tags: labels::list(&host.tags).into_iter().map(str::to_owned).collect(),
                notes: host.notes.clone(),
                host: HostBlock::from(&host),
            },
        }
    }
}
