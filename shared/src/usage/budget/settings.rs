//! Choosing budgets.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use super::{State, sql, tend};
use crate::audit::{Actor, Change};
use crate::hosts::edit::edit;
use crate::hosts::{Host, sql as host_sql};
use crate::usage::Money;
use crate::usage::month::first_day;
use crate::{App, AppError, AppResult, fleet};

/// The fleet's budget and how it is doing.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FleetBudget {
    /// For a UTC month; null: there is none.
    month: Option<Money>,
    /// The share from which hosts are warned.
    warn_percent: u16,
    /// Over it, hosts do not start Codex; VIP hosts do.
    stops: bool,
    /// What this month has cost.
    used: Money,
    /// Empty, `warn` or `over`.
    #[schema(pattern = "^(|warn|over)$")]
    state: &'static str,
}

/// Reads it.
pub async fn of_fleet(app: &App) -> AppResult<FleetBudget> {
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let now = app.clock.now();
    Ok(FleetBudget {
        month: fleet.budget_month.map(Money),
        warn_percent: fleet.budget_warn_percent,
        stops: fleet.budget_stops,
        used: Money(sql::fleet_cost(&mut conn, first_day(now)).await?),
        state: State::noted(&fleet.budget_state, &fleet.budget_state_month, now).name(),
    })
}

/// Chooses the fleet's; it counts at once.
pub async fn set_fleet(app: &App, by: &Actor, budget: Option<Decimal>, warn_percent: u16, stops: bool) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let before = fleet::get(&mut change).await?;
    sql::set_fleet(&mut change, budget, warn_percent, stops).await?;
    let shown = |budget: Option<Decimal>, warn: u16, stops: bool| json!({ "month": text(budget), "warn_percent": warn, "stops": stops });
    let before = shown(before.budget_month, before.budget_warn_percent, before.budget_stops);
    change.record("admin.budget", "fleet", before, shown(budget, warn_percent, stops));
    change.commit().await?;
    tend::run(app).await?;
    Ok(())
}

/// Chooses a host's; it counts at once.
pub async fn set_host(app: &App, by: &Actor, id: u64, budget: Option<Decimal>, stops: bool) -> AppResult<Host> {
    edit(app, by, id, "admin.host.budget", |host| {
        (host.budget_month, host.budget_stops) = (budget, stops);
        Ok(())
    })
    .await?;
    tend::run(app).await?;
    let mut conn = app.db.acquire().await?;
    host_sql::find(&mut conn, id).await?.ok_or(AppError::NotFound("host"))
}

fn text(budget: Option<Decimal>) -> Option<String> {
    budget.map(|budget| budget.normalize().to_string())
}
