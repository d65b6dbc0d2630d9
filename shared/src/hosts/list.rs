//! Hosts as operators see them.

use std::collections::HashMap;

use serde::Serialize;

use super::order::{Only, Sort};
use super::prune::Policy;
use super::users::HostUser;
use super::view::{HostDetail, atom};
use super::{Host, sql};
use crate::{App, AppResult};

/// Which hosts; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the name.
    pub q: Option<String>,
    /// One of its tags.
    pub tag: Option<String>,
    /// `active`, `suspended` or `archived`; `None`: all but archived ones.
    pub status: Option<String>,
    /// One kind of host.
    pub only: Option<Only>,
    /// What they are sorted by.
    pub sort: Sort,
    /// The other way round.
    pub descending: bool,
    /// Hosts after the one with this name, for paging.
    pub after: Option<String>,
    /// Only this host.
    pub id: Option<u64>,
}

/// One host as operators see it: no key, hash or ciphertext.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListedHost {
    #[serde(flatten)]
    host: HostDetail,
    /// What deserves an operator's attention, in words.
    warnings: Vec<&'static str>,
    created_at: String,
    /// Last call that a person caused.
    last_contact_at: Option<String>,
    /// Last time it held the current login.
    last_login_sync_at: Option<String>,
    /// Last call of a timer.
    last_cron_at: Option<String>,
    refused_at: Option<String>,
    refused_code: Option<String>,
    refused_from: Option<String>,
    /// When it goes if nothing happens.
    prune_at: Option<String>,
    /// Why: `expired`, `inactive` or `unprovisioned`.
    prune_reason: Option<&'static str>,
    archived_at: Option<String>,
    archived_reason: Option<String>,
    canonical_digest: Option<String>,
    authed: bool,
    auth_outdated: bool,
    users: Vec<HostUser>,
}

/// A page of hosts, and the name to go on after if there are more. Two statements, however many hosts.
pub async fn list(app: &App, filter: &Filter, limit: Option<u32>) -> AppResult<(Vec<ListedHost>, Option<String>)> {
    let mut conn = app.db.acquire().await?;
    let mut hosts = sql::list(&mut conn, filter, limit.map(|limit| limit + 1)).await?;
    let more = limit.is_some_and(|limit| hosts.len() > limit as usize);
    hosts.truncate(limit.unwrap_or(u32::MAX) as usize);
    let ids: Vec<_> = hosts.iter().map(|row| row.host.id).collect();
    let mut users: HashMap<u64, Vec<HostUser>> = HashMap::new();
    for user in sql::users(&mut conn, &ids).await? {
        users.entry(user.host_id).or_default().push(user);
    }
    let next = hosts.last().filter(|_| more).map(|row| row.host.fqdn.clone());
    let show = |row: &sql::Row| {
        let policy = Policy::of(app, row.inactivity_days);
        shown(&row.host, row.auth_generation, policy, users.remove(&row.host.id).unwrap_or_default())
    };
    Ok((hosts.iter().map(show).collect(), next))
}

fn shown(host: &Host, generation: u64, policy: Policy, users: Vec<HostUser>) -> ListedHost {
    let fate = policy.fate(host).filter(|_| host.archived_at.is_none());
    ListedHost {
        warnings: warnings(host),
        created_at: atom(host.created_at),
        last_contact_at: host.last_contact_at.map(atom),
        last_login_sync_at: host.last_login_sync_at.map(atom),
        last_cron_at: host.last_cron_at.map(atom),
        refused_at: host.refused_at.map(atom),
        refused_code: host.refused_code.clone(),
        refused_from: host.refused_from.clone(),
        prune_at: fate.map(|(at, _)| atom(at)),
        prune_reason: fate.map(|(_, reason)| reason.name()),
        archived_at: host.archived_at.map(atom),
        archived_reason: host.archived_reason.clone(),
        canonical_digest: host.view_digest.clone(),
        authed: host.view_digest.is_some(),
        auth_outdated: generation > 0 && host.view_generation != generation,
        host: HostDetail::from(host),
        users,
    }
}

fn warnings(host: &Host) -> Vec<&'static str> {
    let insecure_tls = "curl_insecure: this host does not check the server's certificate, so whoever is in between can read its key";
    let roaming = "allow_roaming_ips: whoever has this host's key can use it from anywhere";
    [(host.curl_insecure, insecure_tls), (host.allow_roaming_ips, roaming)].into_iter().filter_map(|(on, why)| on.then_some(why)).collect()
}
