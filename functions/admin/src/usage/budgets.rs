use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shared::extract::{Flag, Json, Operator, Path, Viewer};
use shared::usage::Money;
use shared::usage::budget::settings::{self, FleetBudget};
use shared::{App, AppError, AppResult, http};

use crate::hosts::answer::ChangedHost;

/// The most a budget can be.
const MOST: i64 = 1_000_000_000;

/// The fleet's budget.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetBudget {
    /// For a UTC month; null: none.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    month: Option<Money>,
    /// The share from which hosts are warned, 1 to 100; absent: 80.
    #[schema(minimum = 1, maximum = 100)]
    warn_percent: Option<u16>,
    /// Over it, hosts do not start Codex; absent: they are warned.
    stops: Option<Flag>,
}

/// A host's budget.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetHostBudget {
    /// For a UTC month; null: none of its own.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    month: Option<Money>,
    /// Over it, it does not start Codex; absent: it is warned.
    stops: Option<Flag>,
}

/// Show the fleet's budget and what this month has cost.
#[utoipa::path(get, path = "/admin/budget", responses((status = 200, body = http::Envelope<FleetBudget>)))]
pub async fn get_budget(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    Ok(http::ok(settings::of_fleet(&app).await?))
}

/// Choose what the fleet may cost in a month.
#[utoipa::path(post, path = "/admin/budget", request_body = Option<SetBudget>, responses((status = 200, body = http::Envelope<FleetBudget>)))]
pub async fn set_budget(Operator(who): Operator, State(app): State<App>, Json(body): Json<SetBudget>) -> AppResult<impl IntoResponse> {
    let warn_percent = body.warn_percent.unwrap_or(80);
    if !(1..=100).contains(&warn_percent) {
        return Err(AppError::invalid("warn_percent", "warn_percent must be from 1 to 100"));
    }
    settings::set_fleet(&app, &who.by, amount(body.month)?, warn_percent, body.stops.is_some_and(|flag| flag.0)).await?;
    Ok(http::ok(settings::of_fleet(&app).await?))
}

/// Choose what one host may cost in a month.
#[utoipa::path(post, path = "/admin/hosts/{id}/budget", params(("id" = u64, Path)), request_body = Option<SetHostBudget>,
    responses((status = 200, body = http::Envelope<ChangedHost>)))]
pub async fn set_host_budget(
    Operator(who): Operator,
    State(app): State<App>,
    Path(id): Path<u64>,
    Json(body): Json<SetHostBudget>,
) -> AppResult<impl IntoResponse> {
    let host = settings::set_host(&app, &who.by, id, amount(body.month)?, body.stops.is_some_and(|flag| flag.0)).await?;
    Ok(http::ok(ChangedHost::from(host)))
}

fn amount(money: Option<Money>) -> AppResult<Option<rust_decimal::Decimal>> {
    let Some(Money(amount)) = money else { return Ok(None) };
    if amount.is_sign_negative() || amount > MOST.into() {
        return Err(AppError::invalid("month", "month must be from 0 to 1,000,000,000"));
    }
    Ok(Some(amount.round_dp(6)))
}
