//! Which hosts go by themselves, and when: known in advance, done by the scheduler.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::archive::{Reason, archive};
use super::{Host, sql};
use crate::audit::{Actor, Change};
use crate::{App, AppResult, fleet};

/// What decides how long hosts stay.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Hosts nobody used for so many days go; 0: never.
    pub inactivity_days: u16,
    /// A host that was never used goes so long after its registration: when its installer has ended.
    pub provisioning: TimeDelta,
}

/// A host was registered and not used: it stays at least this long.
const PROVISIONING: TimeDelta = TimeDelta::minutes(30);

impl Policy {
    /// The policy in force: an operator's choice before the environment's.
    pub fn of(app: &App, chosen_days: Option<u16>) -> Self {
        let installer = TimeDelta::seconds(app.config.install_token_ttl);
        Self { inactivity_days: chosen_days.unwrap_or(app.config.inactivity_days), provisioning: PROVISIONING.max(installer) }
    }

    /// When a host goes if nothing happens, and why. A timer's calls keep no host; only a person's do.
    pub fn fate(self, host: &Host) -> Option<(DateTime<Utc>, Reason)> {
        let registered = host.registered_at.unwrap_or(host.created_at);
        let expired = host.expires_at.map(|at| (at, Reason::Expired));
        let never_used = host.last_contact_at.is_none() && host.last_refresh.is_none() && host.api_calls == 0;
        let unprovisioned = (never_used && expired.is_none()).then(|| (registered + self.provisioning, Reason::Unprovisioned));
        let used = host.last_contact_at.map_or(registered, |at| at.max(registered));
        let inactive = (self.inactivity_days > 0).then(|| (used + TimeDelta::days(self.inactivity_days.into()), Reason::Inactive));
        [expired, inactive, unprovisioned].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

/// Archives every host whose time has come, each in a transaction of its own. Returns how many.
pub async fn run(app: &App) -> AppResult<u64> {
    let mut conn = app.db.acquire().await?;
    let policy = Policy::of(app, fleet::inactivity_days(&mut conn).await?);
    let now = app.clock.now();
    let due = |host: &Host| policy.fate(host).filter(|(at, _)| *at < now).map(|(_, reason)| reason);
    let ids = sql::of_live(&mut conn, |host| due(&host).map(|_| host.id)).await?;
    drop(conn);
    let mut archived = 0;
    for id in ids {
        let mut change = Change::begin(app, &Actor::system("scheduler")).await?;
        // It may have called in the meantime.
        let Some(mut host) = sql::lock(&mut change, id).await?.filter(|host| host.archived_at.is_none()) else { continue };
        let Some(reason) = due(&host) else { continue };
        let facts = json!({ "last_contact_at": host.last_contact_at, "expires_at": host.expires_at, "created_at": host.created_at });
        archive(&mut change, &mut host, now, reason).await?;
        change.record("host.pruned", &host.fqdn, facts, json!({ "reason": reason.name() }));
        change.commit().await?;
        archived += 1;
    }
    Ok(archived)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{at, host};

    const DAY: i64 = 24 * 60;

    #[test]
    fn a_hosts_fate_is_decided_completely() {
        let policy = Policy { inactivity_days: 30, provisioning: PROVISIONING };
        let never = Policy { inactivity_days: 0, ..policy };
        let used = Host { last_contact_at: Some(at(DAY)), api_calls: 1, ..host() };
        let cron = Host { last_cron_at: Some(at(50 * DAY)), ..used.clone() };
        let temporary = Host { expires_at: Some(at(120)), ..host() };
        for (what, policy, host, expected) in [
            ("never used", policy, host(), Some((at(30), Reason::Unprovisioned))),
            ("registered again", policy, Host { registered_at: Some(at(60)), ..host() }, Some((at(90), Reason::Unprovisioned))),
            ("used", policy, used.clone(), Some((at(31 * DAY), Reason::Inactive))),
            ("a timer keeps nothing alive", policy, cron, Some((at(31 * DAY), Reason::Inactive))),
            ("only cron ever", policy, Host { api_calls: 9, ..host() }, Some((at(30 * DAY), Reason::Inactive))),
            ("used, no window", never, used.clone(), None),
            ("temporary, never used", policy, temporary.clone(), Some((at(120), Reason::Expired))),
            ("temporary, used", never, Host { last_contact_at: Some(at(1)), ..temporary }, Some((at(120), Reason::Expired))),
            ("a date beyond the window", policy, Host { expires_at: Some(at(99 * DAY)), ..used }, Some((at(31 * DAY), Reason::Inactive))),
        ] {
            assert_eq!(policy.fate(&host), expected, "{what}");
        }
    }
}
