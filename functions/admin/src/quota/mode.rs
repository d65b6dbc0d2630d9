use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shared::audit::Change;
use shared::extract::{Flag, Json, Operator, Viewer};
use shared::quota::Policy;
use shared::{App, AppResult, fleet, http};

use super::values::{LimitPercent, WeekPartition};

/// How quota is treated.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotaMode {
    /// Over the limit: `cdx` does not start Codex (true), or warns.
    hard_fail: bool,
    /// 50 to 100.
    limit_percent: u16,
    /// Into how many days the week's quota is divided: 0 (not at all), 5 or 7.
    week_partition: u16,
}

/// How it should be treated. What is not named stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SetQuotaMode {
    hard_fail: Flag,
    limit_percent: Option<LimitPercent>,
    week_partition: Option<WeekPartition>,
}

impl From<Policy> for QuotaMode {
    fn from(policy: Policy) -> Self {
        let Policy { hard_fail, limit_percent, week_partition } = policy;
        Self { hard_fail, limit_percent, week_partition }
    }
}

/// How quota is treated.
#[utoipa::path(get, path = "/admin/quota-mode", responses((status = 200, body = http::Envelope<QuotaMode>)))]
pub async fn get_quota_mode(_who: Viewer, State(app): State<App>) -> AppResult<impl IntoResponse> {
    let mut conn = app.db.acquire().await?;
    Ok(http::ok(QuotaMode::from(Policy::of(&fleet::get(&mut conn).await?))))
}

/// Choose how quota is treated.
#[utoipa::path(post, path = "/admin/quota-mode", request_body = SetQuotaMode,
    responses((status = 200, body = http::Envelope<QuotaMode>)))]
pub async fn set_quota_mode(
    Operator(who): Operator,
    State(app): State<App>,
    Json(body): Json<SetQuotaMode>,
) -> AppResult<impl IntoResponse> {
    let mut change = Change::begin(&app, &who.by).await?;
    let before = Policy::of(&fleet::get(&mut change).await?);
    let wanted = Policy {
        hard_fail: body.hard_fail.0,
        limit_percent: body.limit_percent.map_or(before.limit_percent, |limit| limit.0),
        week_partition: body.week_partition.map_or(before.week_partition, |days| days.0),
    };
    fleet::set_quota(&mut change, wanted).await?;
    change.record("admin.quota_mode", "fleet", QuotaMode::from(before), QuotaMode::from(wanted));
    change.commit().await?;
    Ok(http::ok(QuotaMode::from(wanted)))
}
