//! The versions block of `/auth` and `/versions`.

use std::borrow::Cow;

use serde::Serialize;

use super::{From, target};
use crate::fleet::Fleet;
use crate::hosts::Host;
use crate::hosts::view::atom;
use crate::{App, wrapper};

/// How old a cached release list may be and still count as fresh, in seconds.
const CACHE_SECONDS: i64 = 10_800;

/// Fields and order of the contract.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionsBlock {
    client_version: Option<String>,
    client_version_checked_at: Option<String>,
    client_version_source: &'static str,
    wrapper_version: &'static str,
    #[schema(value_type = String)]
    wrapper_sha256: Cow<'static, str>,
    wrapper_url: &'static str,
    reported_client_version: Option<String>,
    quota_hard_fail: bool,
    quota_limit_percent: u16,
    quota_week_partition: u16,
    cdx_silent: bool,
    runner_enabled: bool,
    runner_state: Option<String>,
    runner_last_ok: Option<String>,
    runner_last_fail: Option<String>,
    runner_last_check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation_id: Option<String>,
}

impl VersionsBlock {
    /// The same for a host whose quota is treated in another way: a VIP is never stopped.
    #[must_use]
    pub const fn with_quota_hard_fail(mut self, hard_fail: bool) -> Self {
        self.quota_hard_fail = hard_fail;
        self
    }

    /// The same for a host whose `cdx` is another server's: it gets ours with its settings.
    #[must_use]
    pub fn with_take_over(self, wrapper: &wrapper::TakeOver) -> Self {
        Self { wrapper_sha256: Cow::Owned(wrapper.sha256()), wrapper_url: wrapper::TAKE_OVER_URL, ..self }
    }

    /// Says how the newest release came to be known in this very call; a pin stays a pin.
    #[must_use]
    pub fn checked(self, source: &'static str) -> Self {
        let kept = self.client_version_source == "locked";
        Self { client_version_source: if kept { "locked" } else { source }, ..self }
    }
}

/// Builds the block. `installation_id` goes to authenticated callers only.
pub fn block(app: &App, fleet: &Fleet, host: Option<&Host>, installation_id: Option<&str>) -> VersionsBlock {
    let now = app.clock.now();
    let target = target(fleet, host.map(Into::into));
    let source = match (target.version, target.is_locked(), fleet.client_available_at) {
        (_, true, _) => "locked",
        (Some(_), false, Some(at)) if (now - at).num_seconds() <= CACHE_SECONDS => "cache",
        (Some(_), false, _) => "cache_stale",
        (None, false, _) => "unknown",
    };
    let checked_at = match target.from {
        From::Host => None,
        From::Rollout => fleet.rollout_at,
        From::Fleet => fleet.client_version_lock_at,
        From::Newest => fleet.client_available_at,
    };
    VersionsBlock {
        client_version: target.version.map(str::to_owned),
        client_version_checked_at: checked_at.map(atom),
        client_version_source: source,
        wrapper_version: *wrapper::VERSION,
        wrapper_sha256: Cow::Borrowed(&wrapper::SHA256),
        wrapper_url: "/wrapper/download",
        reported_client_version: fleet.client_reported.clone(),
        quota_hard_fail: fleet.quota_hard_fail,
        quota_limit_percent: fleet.quota_limit_percent,
        quota_week_partition: fleet.quota_week_partition,
        cdx_silent: fleet.cdx_silent,
        runner_enabled: app.config.runner.is_some(),
        runner_state: fleet.runner_state.clone(),
        runner_last_ok: fleet.runner_last_ok.map(atom),
        runner_last_fail: fleet.runner_last_fail.map(atom),
        runner_last_check: fleet.runner_last_check.map(atom),
        installation_id: installation_id.map(str::to_owned),
    }
}
