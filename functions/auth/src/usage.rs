//! The quota as old clients read it: two windows by their length, and what today used.

use serde::Serialize;
use shared::hosts::Identity;
use shared::hosts::view::atom;
use shared::quota::judge::{Ground, Judgement, Standing};
use shared::quota::label::{FIVE_HOURS, WEEK};
use shared::quota::{self, Known, Policy, Snapshot};
use shared::{App, AppResult};

/// One quota window; all unknown until a snapshot exists.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Window {
    used_percent: Option<u32>,
    limit_seconds: Option<u64>,
    reset_after_seconds: Option<i64>,
    reset_at: Option<String>,
}

/// The quota snapshot: always an object, because clients read into it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChatGptUsage {
    /// `ok`; `error` when there is no good snapshot, or only one that is too old to say anything.
    status: &'static str,
    plan_type: Option<String>,
    rate_allowed: Option<bool>,
    rate_limit_reached: Option<bool>,
    fetched_at: Option<String>,
    next_eligible_at: Option<String>,
    /// The five hours.
    primary_window: Window,
    /// The week.
    secondary_window: Window,
    daily_used_percent: Option<u32>,
    daily_baseline_at: Option<String>,
}

impl ChatGptUsage {
    /// What this host is told; one statement after a new snapshot, otherwise none.
    pub async fn of(app: &App, who: &Identity) -> AppResult<Self> {
        let known = quota::known(app, who.fleet.quota_snapshot).await?;
        let judgement = quota::judge(app, &known, Policy { week_partition: 7, ..Policy::of(&who.fleet) }, who.host.vip);
        Ok(Self::shape(&known, known.baseline(app.clock.now()), &judgement))
    }

    fn shape(known: &Known, baseline: Option<&Snapshot>, judgement: &Judgement) -> Self {
        let good = known.good.as_ref().filter(|_| judgement.ground == Ground::Fresh);
        let shown = good.or(known.newest.as_ref());
        let window = |length| good.zip(judgement.plan_window(length)).map(|(good, now)| Window::of(good, now, length)).unwrap_or_default();
        Self {
            status: if good.is_some() { "ok" } else { "error" },
            plan_type: good.and_then(|good| good.plan_type.clone()),
            rate_allowed: good.and_then(|good| good.allowed).map(|allowed| allowed || judgement.limit_reached == Some(false)),
            rate_limit_reached: good.and(judgement.limit_reached),
            fetched_at: shown.map(|shown| atom(shown.fetched_at)),
            next_eligible_at: known.next_eligible_at().map(atom),
            primary_window: window(FIVE_HOURS),
            secondary_window: window(WEEK),
            daily_used_percent: judgement.daily.as_ref().map(|daily| daily.used_percent.floor()),
            daily_baseline_at: baseline.map(|baseline| atom(baseline.fetched_at)),
        }
    }
}

impl Window {
    /// Seconds are counted from now; the reset time stays what ChatGPT wrote.
    fn of(good: &Snapshot, now: &Standing, length: u64) -> Self {
        Self {
            used_percent: now.used_percent.map(quota::Percent::floor),
            limit_seconds: now.limit_seconds,
            reset_after_seconds: now.reset_after_seconds,
            reset_at: good.plan_window(length).and_then(|window| window.reset_at).map(|at| at.to_string()),
        }
    }
}
