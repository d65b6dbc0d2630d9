//! What is left of the account's ChatGPT quota: learned by the scheduler, judged by one pure function.

pub mod cache;
mod fetch;
pub mod history;
pub mod import;
pub mod judge;
pub mod label;
mod parse;
pub mod percent;
mod scrub;
pub mod sql;
pub mod take;
pub mod text;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::fleet::Fleet;
use crate::{App, quota::judge::Case};

pub use cache::{Known, known};
pub use judge::{Judgement, Verdict};
pub use percent::Percent;

/// No new attempt for so long after the last one, unless somebody forces it.
pub const COOL_DOWN: TimeDelta = TimeDelta::seconds(300);

/// Where and how often the quota is asked for.
#[derive(Clone, Debug)]
pub struct ChatGptConfig {
    /// `CHATGPT_BASE_URL`, default `https://chatgpt.com/backend-api`, without a trailing slash.
    pub base_url: String,
    /// `CHATGPT_USAGE_TIMEOUT`, default 10 seconds.
    pub timeout: Duration,
    /// `CHATGPT_USAGE_CRON_INTERVAL`, default 3600 seconds.
    pub interval: TimeDelta,
}

/// How operators want quota to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Over the limit: stop (true) or warn.
    pub hard_fail: bool,
    /// 50 to 100.
    pub limit_percent: u16,
    /// Into how many days the week's quota is divided: 0 (not at all), 5 or 7.
    pub week_partition: u16,
}

impl Policy {
    /// The fleet's.
    pub const fn of(fleet: &Fleet) -> Self {
        Self { hard_fail: fleet.quota_hard_fail, limit_percent: fleet.quota_limit_percent, week_partition: fleet.quota_week_partition }
    }
}

/// One window of a snapshot. What is absent is not known, which is not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// `None`: the plan's own limit; otherwise one that counts only some use.
    pub limit_name: Option<String>,
    /// Its length.
    pub limit_seconds: Option<u64>,
    /// How much of it was used.
    pub used: Option<Percent>,
    /// When it starts anew, in epoch seconds.
    pub reset_at: Option<i64>,
}

impl Window {
    /// When it starts anew.
    pub fn resets_at(&self) -> Option<DateTime<Utc>> {
        self.reset_at.and_then(|at| DateTime::from_timestamp(at, 0))
    }
}

/// What ChatGPT said, or that it said nothing.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct Snapshot {
    /// Row id.
    pub id: u64,
    /// The login it was asked with.
    pub generation: u64,
    /// The attempt brought something.
    pub is_good: bool,
    /// The account's plan.
    pub plan_type: Option<String>,
    /// Whether requests are let through.
    pub allowed: Option<bool>,
    /// Whether a limit of the plan is reached.
    pub limit_reached: Option<bool>,
    /// What is reached.
    pub reached_type: Option<String>,
    /// There are credits.
    pub has_credits: Option<bool>,
    /// Credits have no end.
    pub unlimited: Option<bool>,
    /// How many there are.
    pub credit_balance: Option<String>,
    /// JSON, as ChatGPT has it.
    pub approx_local_messages: Option<String>,
    /// JSON, as ChatGPT has it.
    pub approx_cloud_messages: Option<String>,
    /// JSON, as ChatGPT has it.
    pub spend_control: Option<String>,
    /// Why the attempt brought nothing.
    pub error: Option<String>,
    /// When it was made.
    pub fetched_at: DateTime<Utc>,
    /// All windows, in the order of the answer.
    #[sqlx(skip)]
    pub windows: Vec<Window>,
}

/// A snapshot older than this says nothing about now.
pub fn stale_after(config: &ChatGptConfig) -> TimeDelta {
    TimeDelta::hours(3).max(config.interval * 3)
}

/// The verdict about a host, or, as if about one that is not VIP, about the fleet.
pub fn judge(app: &App, known: &Known, policy: Policy, vip: bool) -> Judgement {
    let (now, stale_after) = (app.clock.now(), stale_after(&app.config.chatgpt));
    judge::judge(Case { policy, good: known.good.as_ref(), baseline: known.baseline(now), vip, stale_after, now })
}
