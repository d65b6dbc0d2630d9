//! Deliveries, a page by number, as the contract has it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{MySql, MySqlConnection, QueryBuilder};

use crate::hosts::view::atom_text;
use crate::usage::Money;

/// What to sort by.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = IngestSort)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    CreatedAt,
    Entries,
    Total,
    Input,
    Output,
    Cached,
    Reasoning,
    Cost,
    Host,
    ClientIp,
    Id,
}

impl Sort {
    const fn column(self) -> &'static str {
        match self {
            Self::CreatedAt => "i.created_at",
            Self::Entries => "i.entries",
            Self::Total => "i.total",
            Self::Input => "i.input_tokens",
            Self::Output => "i.output_tokens",
            Self::Cached => "i.cached_tokens",
            Self::Reasoning => "i.reasoning_tokens",
            Self::Cost => "i.cost",
            Self::Host => "h.fqdn",
            Self::ClientIp => "i.client_ip",
            Self::Id => "i.id",
        }
    }

    /// By the contract's word; another one sorts by time.
    pub fn named(word: Option<&str>) -> Self {
        word.and_then(|word| serde_json::from_value(word.into()).ok()).unwrap_or_default()
    }
}

/// Which deliveries.
#[derive(Clone, Debug)]
pub struct Filter {
    pub host_id: Option<u64>,
    /// Part of the host's name or of the address; digits are also a delivery's or a host's id.
    pub q: Option<String>,
    pub sort: Sort,
    pub ascending: bool,
    /// From 1.
    pub page: u32,
    pub per_page: u32,
}

/// One delivery.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct IngestRow {
    id: u64,
    host_id: u64,
    fqdn: Option<String>,
    /// `usage`, `session` or `otel`.
    source: String,
    entries: u32,
    total: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    reasoning: Option<u64>,
    cost: Money,
    client_ip: Option<String>,
    /// JSON.
    payload: Option<String>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
}

/// A page, and how many there are.
pub async fn page(conn: &mut MySqlConnection, filter: &Filter) -> sqlx::Result<(Vec<IngestRow>, u64)> {
    let mut count = QueryBuilder::<MySql>::new("SELECT CAST(COUNT(*) AS UNSIGNED) FROM token_usage_ingests i");
    restrict(&mut count, filter);
    let (total,): (u64,) = count.build_query_as().fetch_one(&mut *conn).await?;
    let mut sql = QueryBuilder::<MySql>::new(
        "SELECT i.id, i.host_id, h.fqdn, i.source, i.entries, i.total, i.input_tokens AS input, i.output_tokens AS output, \
         i.cached_tokens AS cached, i.reasoning_tokens AS reasoning, i.cost, i.client_ip, i.payload, i.created_at FROM token_usage_ingests i",
    );
    if !needs_host(filter) {
        sql.push(" LEFT JOIN hosts h ON h.id = i.host_id");
    }
    restrict(&mut sql, filter);
    let direction = if filter.ascending { "ASC" } else { "DESC" };
    sql.push(format!(" ORDER BY {} {direction}, i.id {direction} LIMIT ", filter.sort.column()));
    sql.push_bind(filter.per_page).push(" OFFSET ").push_bind(u64::from(filter.page - 1) * u64::from(filter.per_page));
    Ok((sql.build_query_as().fetch_all(conn).await?, total))
}

const fn needs_host(filter: &Filter) -> bool {
    filter.q.is_some()
}

fn restrict(sql: &mut QueryBuilder<MySql>, filter: &Filter) {
    if needs_host(filter) {
        sql.push(" LEFT JOIN hosts h ON h.id = i.host_id");
    }
    sql.push(" WHERE TRUE");
    if let Some(host) = filter.host_id {
        sql.push(" AND i.host_id = ").push_bind(host);
    }
    if let Some(q) = &filter.q {
        let like = format!("%{}%", q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        sql.push(" AND (h.fqdn LIKE ").push_bind(like.clone()).push(" OR i.client_ip LIKE ").push_bind(like);
        if let Ok(id) = q.parse::<u64>() {
            sql.push(" OR i.id = ").push_bind(id).push(" OR i.host_id = ").push_bind(id);
        }
        sql.push(")");
    }
}
