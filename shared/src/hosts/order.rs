//! In which order hosts are listed, which of them, and how many there are of each kind.

use serde::{Deserialize, Serialize};
use sqlx::{MySql, MySqlConnection, QueryBuilder};

/// What hosts are sorted by; equal ones by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[schema(as = HostSort)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The name.
    #[default]
    Name,
    /// The last call that a person caused; those that never called come first.
    Contact,
    /// The Codex version, as numbers; those that told none come first.
    Codex,
    /// When the host was added.
    Created,
}

/// One kind of host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// The login stays on it.
    Secure,
    /// The login goes after each run.
    Insecure,
    /// It never called.
    Unprovisioned,
    /// It does not hold the current login.
    Outdated,
    /// Its last call was refused.
    Refused,
}

/// How many hosts there are of each kind. Archived ones count as archived only.
#[derive(Debug, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct HostCounts {
    pub active: i64,
    pub suspended: i64,
    pub archived: i64,
    pub secure: i64,
    pub insecure: i64,
    pub unprovisioned: i64,
    pub outdated: i64,
    pub refused: i64,
}

impl Sort {
    /// The value of the row with this alias; it is never null, so that pages can go on after it.
    fn value(self, row: &str) -> String {
        // "0.57.0-alpha.1" gives 0, 57 and 0.
        let part = |at: u8| {
            format!("CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(COALESCE({row}.client_version, '0.0.0'), '.', {at}), '.', -1) AS UNSIGNED)")
        };
        match self {
            Self::Name => format!("{row}.fqdn"),
            Self::Contact => format!("COALESCE({row}.last_contact_at, '1970-01-01')"),
            Self::Codex => format!("({} * 100000000 + {} * 10000 + {})", part(1), part(2), part(3)),
            Self::Created => format!("{row}.created_at"),
        }
    }

    /// Adds which rows come after the host of this name. A name that is gone still has a place among names.
    pub(super) fn after(self, sql: &mut QueryBuilder<MySql>, descending: bool, name: &str) {
        let beyond = if descending { "<" } else { ">" };
        if self == Self::Name {
            sql.push(format!(" AND h.fqdn {beyond} ")).push_bind(name.to_owned());
            return;
        }
        sql.push(format!(" AND ({}, h.fqdn) {beyond} (SELECT {}, p.fqdn FROM hosts p WHERE p.fqdn = ", self.value("h"), self.value("p")));
        sql.push_bind(name.to_owned()).push(")");
    }

    /// Adds the order.
    pub(super) fn order(self, sql: &mut QueryBuilder<MySql>, descending: bool) {
        let way = if descending { "DESC" } else { "ASC" };
        sql.push(format!(" ORDER BY {} {way}, h.fqdn {way}", self.value("h")));
    }
}

impl Only {
    /// The condition on a row `h` and the fleet `f`.
    pub(super) const fn condition(self) -> &'static str {
        match self {
            Self::Secure => "h.secure",
            Self::Insecure => "NOT h.secure",
            Self::Unprovisioned => "h.last_contact_at IS NULL",
            Self::Outdated => "(h.last_contact_at IS NOT NULL AND f.auth_generation > 0 AND h.view_generation <> f.auth_generation)",
            Self::Refused => "h.refused_at IS NOT NULL",
        }
    }
}

/// Counts the hosts, in one statement.
#[tracing::instrument(name = "db.hosts.count", skip_all, err)]
pub async fn count(conn: &mut MySqlConnection) -> sqlx::Result<HostCounts> {
    let live = |condition: &str, name: &str| format!("COUNT(CASE WHEN h.archived_at IS NULL AND {condition} THEN 1 END) AS {name}");
    let kinds = [
        live("h.status = 'active'", "active"),
        live("h.status = 'suspended'", "suspended"),
        "COUNT(h.archived_at) AS archived".to_owned(),
        live(Only::Secure.condition(), "secure"),
        live(Only::Insecure.condition(), "insecure"),
        live(Only::Unprovisioned.condition(), "unprovisioned"),
        live(Only::Outdated.condition(), "outdated"),
        live(Only::Refused.condition(), "refused"),
    ];
    let sql = format!("SELECT {} FROM hosts h JOIN fleet f ON f.id = 1", kinds.join(", "));
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(conn).await
}
