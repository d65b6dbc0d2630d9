//! Noting how budgets are doing.

use super::{month_of, sql, state};
use crate::usage::month::first_day;
use crate::{App, AppResult, fleet};

/// Sums up what this month cost and notes what has changed. Gives the number of budgets that did.
pub async fn run(app: &App) -> AppResult<u64> {
    let now = app.clock.now();
    let (since, month) = (first_day(now), month_of(now));
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let used = sql::fleet_cost(&mut conn, since).await?;
    let mut changed = 0;
    let new = state(used, fleet.budget_month, fleet.budget_warn_percent).name();
    if (new, month.as_str()) != (&fleet.budget_state, &fleet.budget_state_month) && (!new.is_empty() || !fleet.budget_state.is_empty()) {
        sql::set_fleet_state(&mut conn, new, &month).await?;
        changed += 1;
    }
    for host in sql::hosts(&mut conn, since).await? {
        let new = state(host.cost, host.budget_month, fleet.budget_warn_percent).name();
        if (new, month.as_str()) != (&host.budget_state, &host.budget_state_month) && (!new.is_empty() || !host.budget_state.is_empty()) {
            sql::set_host_state(&mut conn, host.id, new, &month).await?;
            changed += 1;
        }
    }
    Ok(changed)
}
