use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use shared::alerts::sql::list_open;
use shared::client::Fingerprint;
use shared::config::AdminAccess;
use shared::extract::{Client, Viewer};
use shared::fleet::{self, Fleet};
use shared::hosts::order::{HostCounts, count};
use shared::hosts::prune::Policy;
use shared::hosts::view::atom;
use shared::overview;
use shared::quota::label::WEEK;
use shared::quota::{Known, cache};
use shared::routing::{Routes, routes};
use shared::usage::Money;
use shared::usage::budget::settings::{self, FleetBudget};
use shared::usage::month::{Totals, first_day};
use shared::usage::prices::table::{Price, of_default_model};
use shared::usage::report::overview::{TopHost, ever, since, top_host};
use shared::versions::block::{VersionsBlock, block};
use shared::{App, AppResult, http};

use crate::alerts::Alert;
use crate::quota::{ChatGptUsageAnswer, answer};

/// `GET /admin/overview`.
pub fn router() -> Routes {
    Routes::new().routes(routes!(get_overview))
}

/// The whole fleet at a glance.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Overview {
    mtls: Mtls,
    totals: HostTotals,
    /// When something was last changed or refused.
    latest_log_at: Option<String>,
    last_refresh: Option<String>,
    /// Mean age in days of the logins that hosts were last known to hold.
    avg_refresh_age_days: Option<f64>,
    versions: VersionsBlock,
    has_canonical_auth: bool,
    seed_required: bool,
    /// `missing_auth`.
    seed_reasons: Vec<&'static str>,
    /// `ok`, `uncertain` or `needs_login`.
    auth_state: String,
    /// Since ever.
    tokens: TokensEver,
    tokens_day: Totals,
    tokens_week: Totals,
    tokens_month: Totals,
    /// Of the default model, now.
    pricing: Option<Price>,
    pricing_day_cost: Money,
    pricing_week_cost: Money,
    pricing_month_cost: Money,
    budget: FleetBudget,
    subscription_plans: Plans,
    chatgpt_usage: ChatGptUsageAnswer,
    chatgpt_cached: bool,
    chatgpt_next_eligible_at: Option<String>,
    quota_hard_fail: bool,
    quota_limit_percent: u16,
    quota_week_partition: u16,
    cdx_silent: bool,
    api_disabled: bool,
    inactivity_window_days: u16,
    client_version_lock: Option<String>,
    client_version_lock_updated_at: Option<String>,
    /// What operators should know now.
    alerts: Vec<Alert>,
}

/// The client certificate of whoever asks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Mtls {
    /// Nothing else is accepted.
    required: bool,
    present: bool,
    enforced: bool,
    /// SHA-256, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

/// Hosts by kind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HostTotals {
    /// All that are not archived.
    hosts: i64,
    #[serde(flatten)]
    counts: HostCounts,
}

/// Sums since ever.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokensEver {
    #[serde(flatten)]
    totals: Totals,
    top_host: Option<TopHost>,
}

/// What ChatGPT's plans cost a month, to compare with.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Plans {
    currency: &'static str,
    plus_cost: u16,
    pro_cost: u16,
}

/// Show the whole fleet at a glance.
#[utoipa::path(get, path = "/admin/overview", responses((status = 200, body = http::Envelope<Overview>)))]
pub async fn get_overview(_who: Viewer, Client(client): Client, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let now = app.clock.now();
    let known = cache::look(&app).await?;
    let chatgpt_usage = answer(&app, &known, false).await?;
    let budget = settings::of_fleet(&app).await?;
    let mut conn = app.db.acquire().await?;
    let fleet = fleet::get(&mut conn).await?;
    let counts = count(&mut conn).await?;
    let tokens_day = since(&mut conn, now.date_naive()).await?;
    let tokens_week = since(&mut conn, week(&known, now)).await?;
    let tokens_month = since(&mut conn, first_day(now)).await?;
    let required = app.config.admin_access == AdminAccess::Mtls;
    let present = client.certificate.is_some();
    Ok(http::ok(Overview {
        mtls: Mtls { required, present, enforced: required && present, fingerprint: client.certificate.map(Fingerprint::to_hex) },
        totals: HostTotals { hosts: counts.active + counts.suspended, counts },
        latest_log_at: overview::latest_log(&mut conn).await?.map(atom),
        last_refresh: overview::last_refresh(&mut conn, fleet.auth_generation).await?,
        avg_refresh_age_days: overview::mean_login_age(&mut conn, now).await?,
        versions: block(&app, &fleet, None, Some(&app.config.installation_id)),
        has_canonical_auth: fleet.auth_generation > 0,
        seed_required: fleet.auth_generation == 0,
        seed_reasons: seed_reasons(&fleet),
        auth_state: fleet.auth_state,
        tokens: TokensEver { totals: ever(&mut conn).await?, top_host: top_host(&mut conn).await? },
        pricing: of_default_model(&mut conn).await?,
        pricing_day_cost: tokens_day.cost,
        pricing_week_cost: tokens_week.cost,
        pricing_month_cost: tokens_month.cost,
        tokens_day,
        tokens_week,
        tokens_month,
        budget,
        subscription_plans: Plans { currency: "USD", plus_cost: 20, pro_cost: 200 },
        chatgpt_cached: true,
        chatgpt_next_eligible_at: known.next_eligible_at().map(atom),
        chatgpt_usage,
        quota_hard_fail: fleet.quota_hard_fail,
        quota_limit_percent: fleet.quota_limit_percent,
        quota_week_partition: fleet.quota_week_partition,
        cdx_silent: fleet.cdx_silent,
        api_disabled: fleet.api_disabled,
        inactivity_window_days: Policy::of(&app, fleet::inactivity_days(&mut conn).await?).inactivity_days,
        client_version_lock: fleet.client_version_lock,
        client_version_lock_updated_at: fleet.client_version_lock_at.map(atom),
        alerts: list_open(&mut conn).await?.into_iter().map(Alert::from).collect(),
    }))
}

fn seed_reasons(fleet: &Fleet) -> Vec<&'static str> {
    if fleet.auth_generation == 0 { vec!["missing_auth"] } else { Vec::new() }
}

/// The UTC day on which the plan's week began; without a snapshot that tells, six days ago.
fn week(known: &Known, now: DateTime<Utc>) -> NaiveDate {
    let window = known.good.as_ref().and_then(|good| good.plan_window(WEEK));
    let resets_at = window.and_then(shared::quota::Window::resets_at).filter(|at| *at > now && *at - now <= TimeDelta::days(7));
    resets_at.map_or(now - TimeDelta::days(6), |at| at - TimeDelta::days(7)).date_naive()
}
