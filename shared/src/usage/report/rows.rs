//! Rows of usage, newest first.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{MySql, MySqlConnection, QueryBuilder};

use crate::hosts::view::atom_text;
use crate::usage::Money;

/// Which rows; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub host_id: Option<u64>,
    pub model: Option<String>,
    pub user: Option<String>,
    /// Not earlier.
    pub since: Option<DateTime<Utc>>,
    /// Earlier.
    pub until: Option<DateTime<Utc>>,
    /// Older than the row with this id.
    pub before: Option<u64>,
}

/// One row, in the contract's form.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct UsageRow {
    /// For paging: pass the last one as `before`.
    pub id: u64,
    host_id: u64,
    fqdn: Option<String>,
    total: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    reasoning: Option<u64>,
    cost: Money,
    ingest_id: u64,
    model: Option<String>,
    line: Option<String>,
    /// Who ran Codex, as the host says.
    user: Option<String>,
    /// Its model had no price.
    unpriced: bool,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
}

/// A page of rows.
pub async fn list(conn: &mut MySqlConnection, filter: &Filter, limit: u32) -> sqlx::Result<Vec<UsageRow>> {
    let mut sql = QueryBuilder::<MySql>::new(
        "SELECT u.id, u.host_id, h.fqdn, u.total, u.input_tokens AS input, u.output_tokens AS output, u.cached_tokens AS cached, \
         u.reasoning_tokens AS reasoning, u.cost, u.ingest_id, NULLIF(m.name, '') AS model, u.line, u.user_name AS user, \
         u.price_id IS NULL AND COALESCE(u.input_tokens, 0) + COALESCE(u.cached_tokens, 0) + COALESCE(u.output_tokens, 0) > 0 AS unpriced, \
         u.created_at FROM token_usages u JOIN usage_models m ON m.id = u.model_id LEFT JOIN hosts h ON h.id = u.host_id WHERE TRUE",
    );
    if let Some(before) = filter.before {
        sql.push(" AND u.id < ").push_bind(before);
    }
    if let Some(host) = filter.host_id {
        sql.push(" AND u.host_id = ").push_bind(host);
    }
    if let Some(model) = &filter.model {
        sql.push(" AND u.model_id = (SELECT id FROM usage_models WHERE name = ").push_bind(model).push(")");
    }
    if let Some(user) = &filter.user {
        sql.push(" AND u.user_name = ").push_bind(user);
    }
    if let Some(since) = filter.since {
        sql.push(" AND u.created_at >= ").push_bind(since);
    }
    if let Some(until) = filter.until {
        sql.push(" AND u.created_at < ").push_bind(until);
    }
    sql.push(" ORDER BY u.id DESC LIMIT ").push_bind(limit);
    sql.build_query_as().fetch_all(conn).await
}
