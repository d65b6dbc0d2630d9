//! What a host view holds instead of the refresh token.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::audit::{Actor, Change};
use crate::hosts::{self, Identity};
use crate::{App, AppResult, fleet};

/// Who spends the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RefreshMode {
    /// This server and nobody else: hosts get a handle.
    Broker,
    /// Hosts get the refresh token itself: for those that start Codex without `cdx`. Two that spend it log the fleet out.
    Direct,
}

impl RefreshMode {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Direct => "direct",
        }
    }

    /// What is not named direct is brokered.
    pub fn parse(name: &str) -> Self {
        if name == Self::Direct.name() { Self::Direct } else { Self::Broker }
    }

    /// This host's: its own, or the fleet's.
    pub fn of(who: &Identity) -> Self {
        Self::parse(who.host.refresh_mode_override.as_deref().unwrap_or(&who.fleet.refresh_mode))
    }
}

/// Chooses the fleet's mode. Every host gets its view anew at its next run.
pub async fn set(app: &App, by: &Actor, mode: RefreshMode) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let before = fleet::get(&mut change).await?.refresh_mode;
    fleet::set_refresh_mode(&mut change, mode.name()).await?;
    hosts::sql::forget_views(&mut change).await?;
    change.record("admin.auth.refresh_mode", "fleet", json!({ "mode": before }), json!({ "mode": mode }));
    change.commit().await
}
