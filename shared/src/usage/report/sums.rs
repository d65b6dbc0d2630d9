//! Sums by host, model, user or day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::{MySql, MySqlConnection, QueryBuilder};

use crate::usage::month::Totals;
use crate::usage::sql::TOTALS;

/// What to sum by.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Host,
    Model,
    User,
    Day,
}

/// What to sort by; a day's sums are always by day.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = SumSort)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    #[default]
    Cost,
    Total,
    Events,
    Key,
}

/// Which sums.
#[derive(Clone, Debug)]
pub struct Filter {
    pub by: By,
    pub since: NaiveDate,
    /// Included.
    pub until: NaiveDate,
    pub host_id: Option<u64>,
    /// Not with [`By::User`]: users are not kept by model.
    pub model: Option<String>,
    pub sort: Sort,
    pub ascending: bool,
    pub limit: u32,
    pub offset: u32,
}

/// One sum.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Sum {
    /// The host's name, the model, the user or the day; empty: the host did not say.
    key: String,
    /// Sums by host.
    host_id: Option<u64>,
    #[serde(flatten)]
    #[sqlx(flatten)]
    totals: Totals,
    /// Events whose model had no price.
    unpriced: u64,
}

/// The sums. Rows are summed by number first: names are for the few sums only.
pub async fn list(conn: &mut MySqlConnection, filter: &Filter) -> sqlx::Result<Vec<Sum>> {
    let (by, table, key, names) = match filter.by {
        By::Host => ("r.host_id", "usage_rollups", "COALESCE(n.fqdn, '')", "LEFT JOIN hosts n ON n.id = s.by_id"),
        By::Model => ("r.model_id", "usage_rollups", "n.name", "JOIN usage_models n ON n.id = s.by_id"),
        By::User => ("r.user_name", "usage_users", "s.by_id", ""),
        By::Day => ("r.day", "usage_rollups", "CAST(s.by_id AS CHAR)", ""),
    };
    let host = if matches!(filter.by, By::Host) { "s.by_id" } else { "NULL" };
    let fleet_wide = filter.host_id.is_none() && matches!(filter.by, By::Model | By::Day);
    let table = if fleet_wide { "usage_days" } else { table };
    let mut sql = QueryBuilder::<MySql>::new(format!(
        "SELECT {key} AS `key`, {host} AS host_id, s.* FROM (SELECT {by} AS by_id, {TOTALS}, \
         CAST(COALESCE(SUM(r.unpriced), 0) AS UNSIGNED) AS unpriced FROM {table} r WHERE r.day BETWEEN "
    ));
    sql.push_bind(filter.since).push(" AND ").push_bind(filter.until);
    if let Some(host) = filter.host_id {
        sql.push(" AND r.host_id = ").push_bind(host);
    }
    if let Some(model) = filter.model.as_ref().filter(|_| !matches!(filter.by, By::User)) {
        sql.push(" AND r.model_id = (SELECT id FROM usage_models WHERE name = ").push_bind(model).push(")");
    }
    let order = match (filter.by, filter.sort) {
        (By::Day, _) | (_, Sort::Key) => "`key`",
        (_, Sort::Cost) => "cost",
        (_, Sort::Total) => "total",
        (_, Sort::Events) => "events",
    };
    let direction = if filter.ascending { "ASC" } else { "DESC" };
    sql.push(format!(" GROUP BY {by}) s {names} ORDER BY {order} {direction}, `key` ASC LIMIT "));
    sql.push_bind(filter.limit).push(" OFFSET ").push_bind(filter.offset);
    sql.build_query_as().fetch_all(conn).await
}
