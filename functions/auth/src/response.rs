//! The answer of `POST /auth`: fields and order of the contract.

use serde::Serialize;
use serde_json::value::RawValue;
use shared::App;
use shared::auth::canonical::Login;
use shared::hosts::Identity;
use shared::hosts::view::HostBlock;
use shared::versions::block::{VersionsBlock, block};

/// Token totals of the month.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct MonthTotals {
    total: u64,
    input: u64,
    output: u64,
    cached: u64,
    reasoning: u64,
    cost: u64,
    events: u64,
}

/// One quota window; all unknown until a snapshot exists.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Window {
    used_percent: Option<u32>,
    limit_seconds: Option<u32>,
    reset_after_seconds: Option<u32>,
    reset_at: Option<String>,
}

/// The quota snapshot: always an object, because clients read into it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChatGptUsage {
    status: &'static str,
    plan_type: Option<String>,
    rate_allowed: Option<bool>,
    rate_limit_reached: Option<bool>,
    fetched_at: Option<String>,
    next_eligible_at: Option<String>,
    primary_window: Window,
    secondary_window: Window,
    daily_used_percent: Option<u32>,
    daily_baseline_at: Option<String>,
}

/// The answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuthAnswer {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    auth: Option<Box<RawValue>>,
    canonical_last_refresh: Option<String>,
    canonical_digest: Option<String>,
    host: HostBlock,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    api_calls: u64,
    token_usage_month: MonthTotals,
    versions: VersionsBlock,
    quota_hard_fail: bool,
    quota_limit_percent: u16,
    quota_week_partition: u16,
    cdx_silent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    runner_applied: Option<bool>,
    chatgpt_usage: ChatGptUsage,
}

/// What differs from one outcome to the next.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// The status word.
    pub status: &'static str,
    /// The view, when the host needs it.
    pub auth: Option<&'a Login>,
    /// `last_refresh` and digest of what the host should hold.
    pub canonical: Option<(String, String)>,
    /// The host should upload what it has.
    pub wants_store: bool,
    /// This answers a store.
    pub is_store: bool,
}

/// Shapes an outcome.
pub fn answer(app: &App, who: &Identity, outcome: Outcome<'_>) -> AuthAnswer {
    let (last_refresh, digest) = outcome.canonical.unzip();
    let raw = |login: &Login| RawValue::from_string(login.bytes.clone()).expect("canonical bytes are JSON");
    let hard_fail = who.fleet.quota_hard_fail && !who.host.vip;
    AuthAnswer {
        status: outcome.status,
        auth: outcome.auth.map(raw),
        canonical_last_refresh: last_refresh,
        canonical_digest: digest,
        host: HostBlock::from(&who.host),
        action: outcome.wants_store.then_some("store"),
        api_calls: who.host.api_calls,
        token_usage_month: MonthTotals::default(),
        versions: block(app, &who.fleet, Some(&who.host), Some(&app.config.installation_id)),
        quota_hard_fail: hard_fail,
        quota_limit_percent: who.fleet.quota_limit_percent,
        quota_week_partition: who.fleet.quota_week_partition,
        cdx_silent: who.fleet.cdx_silent,
        runner_applied: outcome.is_store.then_some(false),
        chatgpt_usage: ChatGptUsage {
            status: "error",
            plan_type: None,
            rate_allowed: None,
            rate_limit_reached: None,
            fetched_at: None,
            next_eligible_at: None,
            primary_window: Window::default(),
            secondary_window: Window::default(),
            daily_used_percent: None,
            daily_baseline_at: None,
        },
    }
}
