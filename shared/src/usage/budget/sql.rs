//! SQL of budgets.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::MySqlConnection;

/// What the fleet cost since a day.
pub async fn fleet_cost(conn: &mut MySqlConnection, since: NaiveDate) -> sqlx::Result<Decimal> {
    let sql = "SELECT COALESCE(SUM(input_cost + cached_cost + output_cost), 0) FROM usage_days WHERE day >= ?";
    let (cost,): (Decimal,) = sqlx::query_as(sql).bind(since).fetch_one(conn).await?;
    Ok(cost)
}

/// A host with a budget, or with a state that a budget left behind.
#[derive(Debug, sqlx::FromRow)]
pub struct HostBudget {
    pub id: u64,
    pub budget_month: Option<Decimal>,
    pub budget_state: String,
    pub budget_state_month: String,
    pub cost: Decimal,
}

/// Hosts that have one, and what they cost since a day.
pub async fn hosts(conn: &mut MySqlConnection, since: NaiveDate) -> sqlx::Result<Vec<HostBudget>> {
    let sql = "SELECT h.id, h.budget_month, h.budget_state, h.budget_state_month, \
               COALESCE((SELECT SUM(r.input_cost + r.cached_cost + r.output_cost) FROM usage_rollups r WHERE r.host_id = h.id AND r.day >= ?), 0) AS cost \
               FROM hosts h WHERE h.budget_month IS NOT NULL OR h.budget_state <> ''";
    sqlx::query_as(sql).bind(since).fetch_all(conn).await
}

/// Names of hosts with a state of this month, with it.
pub async fn host_states(conn: &mut MySqlConnection, month: &str) -> sqlx::Result<Vec<(String, String, String)>> {
    let sql = "SELECT fqdn, budget_state, budget_state_month FROM hosts WHERE budget_state <> '' AND budget_state_month = ? AND archived_at IS NULL ORDER BY fqdn";
    sqlx::query_as(sql).bind(month).fetch_all(conn).await
}

/// Notes the fleet's state.
pub async fn set_fleet_state(conn: &mut MySqlConnection, state: &str, month: &str) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET budget_state = ?, budget_state_month = ? WHERE id = 1";
    sqlx::query(sql).bind(state).bind(month).execute(conn).await?;
    Ok(())
}

/// Notes a host's state.
pub async fn set_host_state(conn: &mut MySqlConnection, id: u64, state: &str, month: &str) -> sqlx::Result<()> {
    let sql = "UPDATE hosts SET budget_state = ?, budget_state_month = ? WHERE id = ?";
    sqlx::query(sql).bind(state).bind(month).bind(id).execute(conn).await?;
    Ok(())
}

/// Chooses the fleet's budget.
pub async fn set_fleet(conn: &mut MySqlConnection, budget: Option<Decimal>, warn_percent: u16, stops: bool) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET budget_month = ?, budget_warn_percent = ?, budget_stops = ? WHERE id = 1";
    sqlx::query(sql).bind(budget).bind(warn_percent).bind(stops).execute(conn).await?;
    Ok(())
}
