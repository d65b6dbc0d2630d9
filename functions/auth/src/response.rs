//! The answer of `POST /auth`: fields and order of the contract.

use serde::Serialize;
use serde_json::value::RawValue;
use shared::auth::canonical::Login;
use shared::hosts::Identity;
use shared::hosts::view::HostBlock;
use shared::usage::month::{self, Totals};
use shared::versions::block::{VersionsBlock, block};
use shared::wrapper::TakeOver;
use shared::{App, AppResult};

use crate::usage::ChatGptUsage;

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
    token_usage_month: Totals,
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
    /// For a caller that reports a `cdx`: ours never calls here, so it is another server's.
    pub take_over: Option<TakeOver>,
}

/// Shapes an outcome.
pub async fn answer(app: &App, who: &Identity, outcome: Outcome<'_>) -> AppResult<AuthAnswer> {
    let month = month::of_host(app, &who.host).await?;
    let (last_refresh, digest) = outcome.canonical.unzip();
    let raw = |login: &Login| RawValue::from_string(login.bytes.clone()).expect("canonical bytes are JSON");
    let hard_fail = who.fleet.quota_hard_fail && !who.host.vip;
    let versions = block(app, &who.fleet, Some(&who.host), Some(&app.config.installation_id)).with_quota_hard_fail(hard_fail);
    let versions = match &outcome.take_over {
        Some(wrapper) => versions.with_take_over(wrapper),
        None => versions,
    };
    Ok(AuthAnswer {
        status: outcome.status,
        auth: outcome.auth.map(raw),
        canonical_last_refresh: last_refresh,
        canonical_digest: digest,
        host: HostBlock::from(&who.host),
        action: outcome.wants_store.then_some("store"),
        api_calls: who.host.api_calls,
        token_usage_month: month,
        versions,
        quota_hard_fail: hard_fail,
        quota_limit_percent: who.fleet.quota_limit_percent,
        quota_week_partition: who.fleet.quota_week_partition,
        cdx_silent: who.fleet.cdx_silent,
        runner_applied: outcome.is_store.then_some(false),
        chatgpt_usage: ChatGptUsage::of(app, who).await?,
    })
}
