//! What becomes of a text that a host pushes.

use serde::{Deserialize, Serialize};

use crate::audit::{Actor, Change};
use crate::hosts::edit::edit;
use crate::hosts::{Host, Identity};
use crate::{App, AppResult, fleet};

/// The choice of an operator, for the fleet or for one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// It is the fleet's at once.
    Accept,
    /// An operator decides.
    Review,
    /// It stays on its host.
    Refuse,
}

impl Policy {
    /// As the database has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Refuse => "refuse",
        }
    }

    /// A host's own word, or the fleet's; what nobody knows is reviewed.
    pub fn of(host: Option<&str>, fleet: &str) -> Self {
        match host.unwrap_or(fleet) {
            "accept" => Self::Accept,
            "refuse" => Self::Refuse,
            _ => Self::Review,
        }
    }

    /// For this host.
    pub fn for_host(who: &Identity) -> Self {
        Self::of(who.host.push_policy.as_deref(), &who.fleet.push_policy)
    }
}

/// Chooses for the fleet.
pub async fn set_fleet(app: &App, by: &Actor, policy: Policy) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let before = super::sql::lock_fleet(&mut change).await?.push_policy;
    fleet::set_push_policy(&mut change, policy.name()).await?;
    change.record("admin.push_policy", "fleet", serde_json::json!({ "push": before }), serde_json::json!({ "push": policy }));
    change.commit().await
}

/// Chooses for one host; `None`: as the fleet.
pub async fn set_host(app: &App, by: &Actor, host_id: u64, policy: Option<Policy>) -> AppResult<Host> {
    let choose = |host: &mut Host| {
        host.push_policy = policy.map(|policy| policy.name().to_owned());
        Ok(())
    };
    edit(app, by, host_id, "admin.host.push_policy", choose).await
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn a_host_may_differ_from_the_fleet() {
        for (host, fleet, expected) in [
            (None, "review", Policy::Review),
            (None, "accept", Policy::Accept),
            (Some("accept"), "refuse", Policy::Accept),
            (Some("refuse"), "accept", Policy::Refuse),
            (Some("?"), "accept", Policy::Review),
        ] {
            assert_eq!(Policy::of(host, fleet), expected);
        }
    }
}
