//! What has changed since an operator last looked, by topic: for pages that follow what happens.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

/// Where each topic stands. All are ends of indexes: asking costs one short statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Marks {
    audit: u64,
    fleet: Option<DateTime<Utc>>,
    hosts: Option<DateTime<Utc>>,
    usage: u64,
    mcp: u64,
    jobs: u64,
    quota: u64,
    alerts: u64,
    closed_alerts: Option<DateTime<Utc>>,
    checks: u64,
    spends: u64,
}

impl Marks {
    /// As they are now.
    pub async fn read(conn: &mut MySqlConnection) -> sqlx::Result<Self> {
        sqlx::query_as(
            "SELECT (SELECT seq FROM audit_head WHERE id = 1) AS audit, (SELECT changed_at FROM fleet WHERE id = 1) AS fleet, \
             (SELECT MAX(changed_at) FROM hosts) AS hosts, CAST((SELECT COALESCE(MAX(id), 0) FROM token_usage_ingests) AS UNSIGNED) AS `usage`, \
             CAST((SELECT COALESCE(MAX(id), 0) FROM mcp_calls) AS UNSIGNED) AS mcp, \
             CAST((SELECT COALESCE(SUM(runs), 0) FROM scheduler_jobs) AS UNSIGNED) AS jobs, \
             CAST((SELECT COALESCE(MAX(id), 0) FROM quota_snapshots) AS UNSIGNED) AS quota, \
             CAST((SELECT COALESCE(MAX(id), 0) FROM alert_conditions) AS UNSIGNED) AS alerts, \
             (SELECT MAX(ended_at) FROM alert_conditions) AS closed_alerts, \
             CAST((SELECT COALESCE(MAX(id), 0) FROM auth_checks) AS UNSIGNED) AS checks, \
             CAST((SELECT COALESCE(MAX(fence), 0) FROM auth_spends) AS UNSIGNED) AS spends",
        )
        .fetch_one(conn)
        .await
    }

    /// The topics that moved since `earlier`.
    pub fn since(&self, earlier: &Self) -> Vec<&'static str> {
        let moved = [
            ("audit", self.audit != earlier.audit),
            ("fleet", self.fleet != earlier.fleet),
            ("hosts", self.hosts != earlier.hosts),
            ("usage", self.usage != earlier.usage),
            ("mcp", self.mcp != earlier.mcp),
            ("jobs", self.jobs != earlier.jobs),
            ("quota", self.quota != earlier.quota),
            ("alerts", (self.alerts, self.closed_alerts) != (earlier.alerts, earlier.closed_alerts)),
            ("login", (self.checks, self.spends) != (earlier.checks, earlier.spends)),
        ];
        moved.into_iter().filter(|(_, moved)| *moved).map(|(topic, _)| topic).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_topic_moves_by_itself() {
        let at = DateTime::from_timestamp(1_800_000_000, 0);
        let still = Marks { audit: 3, hosts: at, ..Marks::default() };
        let table = [
            (still.clone(), vec![]),
            (Marks { audit: 4, ..still.clone() }, vec!["audit"]),
            (Marks { hosts: None, usage: 1, ..still.clone() }, vec!["hosts", "usage"]),
            (Marks { fleet: at, ..still.clone() }, vec!["fleet"]),
            (Marks { closed_alerts: at, ..still.clone() }, vec!["alerts"]),
            (Marks { spends: 1, ..still.clone() }, vec!["login"]),
            (Marks { mcp: 1, jobs: 1, quota: 1, ..still.clone() }, vec!["mcp", "jobs", "quota"]),
        ];
        for (now, expected) in table {
            assert_eq!(now.since(&still), expected);
        }
    }
}
