//! What the fleet used and what it cost.

mod budgets;
mod cost_history;
mod ingests;
mod lines;
mod list_usage;
mod pricing;
mod sums;

use shared::routing::{Routes, routes};

pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(list_usage::list_usage))
        .routes(routes!(ingests::list_usage_ingests))
        .routes(routes!(cost_history::get_cost_history))
        .routes(routes!(sums::list_usage_sums))
        .routes(routes!(lines::list_usage_lines))
        .routes(routes!(pricing::list_pricing))
        .routes(routes!(pricing::get_pricing, pricing::set_pricing, pricing::delete_pricing))
        .routes(routes!(budgets::get_budget, budgets::set_budget))
        .routes(routes!(budgets::set_host_budget))
}
