//! The table of MCP calls.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{MySqlConnection, QueryBuilder};

use super::log::Call;
use crate::hosts::view::atom_text;

/// What the columns take, in characters.
const METHOD: usize = 64;
const NAME: usize = 128;

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Adds calls.
#[tracing::instrument(name = "db.mcp_calls.add", skip_all, err)]
pub(super) async fn add_calls(conn: &mut MySqlConnection, calls: &[Call]) -> sqlx::Result<()> {
    if calls.is_empty() {
        return Ok(());
    }
    let mut sql = QueryBuilder::new(
        "INSERT INTO mcp_calls (host_id, client_ip, method, name, duration_us, success, error_code, error_message, created_at) ",
    );
    sql.push_values(calls, |mut row, call| {
        row.push_bind(call.host_id).push_bind(&call.client_ip).push_bind(cut(&call.method, METHOD));
        row.push_bind(call.name.as_deref().map(|name| cut(name, NAME))).push_bind(call.duration_us).push_bind(call.success);
        row.push_bind(call.error_code).push_bind(call.error_message).push_bind(call.at);
    });
    sql.build().execute(conn).await?;
    Ok(())
}

/// Removes calls from before, at most so many. Returns how many.
pub(super) async fn sweep_calls(conn: &mut MySqlConnection, before: DateTime<Utc>, most: u32) -> sqlx::Result<u64> {
    let sql = "DELETE FROM mcp_calls WHERE created_at < ? LIMIT ?";
    Ok(sqlx::query(sql).bind(before).bind(most).execute(conn).await?.rows_affected())
}

/// Which calls; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this host.
    pub host: Option<u64>,
    /// This method.
    pub method: Option<String>,
    /// This tool or address.
    pub name: Option<String>,
    /// How they went.
    pub success: Option<bool>,
    /// Not earlier.
    pub since: Option<DateTime<Utc>>,
    /// Earlier.
    pub until: Option<DateTime<Utc>>,
    /// Older than the call with this id.
    pub before: Option<u64>,
}

/// One call as administrators see it.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Logged {
    /// For paging: pass the last one as `before`.
    pub id: u64,
    host_id: u64,
    host_fqdn: Option<String>,
    client_ip: String,
    method: String,
    /// The tool, or the address of a resource.
    name: Option<String>,
    /// 1 or 0.
    success: i8,
    /// Of JSON-RPC.
    error_code: Option<i32>,
    error_message: Option<String>,
    /// In microseconds.
    duration_us: u32,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
}

/// A page of calls, newest first.
#[tracing::instrument(name = "db.mcp_calls.page", skip_all, err)]
pub async fn page(conn: &mut MySqlConnection, filter: &Filter, limit: u32) -> sqlx::Result<Vec<Logged>> {
    let mut sql = QueryBuilder::new(
        "SELECT c.id, c.host_id, h.fqdn AS host_fqdn, c.client_ip, c.method, c.name, c.success, c.error_code, c.error_message, \
         c.duration_us, c.created_at FROM mcp_calls c LEFT JOIN hosts h ON h.id = c.host_id WHERE 1 = 1",
    );
    if let Some(host) = filter.host {
        sql.push(" AND c.host_id = ").push_bind(host);
    }
    if let Some(method) = &filter.method {
        sql.push(" AND c.method = ").push_bind(method);
    }
    if let Some(name) = &filter.name {
        sql.push(" AND c.name = ").push_bind(name);
    }
    if let Some(success) = filter.success {
        sql.push(" AND c.success = ").push_bind(success);
    }
    if let Some(since) = filter.since {
        sql.push(" AND c.created_at >= ").push_bind(since);
    }
    if let Some(until) = filter.until {
        sql.push(" AND c.created_at < ").push_bind(until);
    }
    if let Some(before) = filter.before {
        sql.push(" AND c.id < ").push_bind(before);
    }
    sql.push(" ORDER BY c.id DESC LIMIT ").push_bind(limit);
    sql.build_query_as().fetch_all(conn).await
}
