//! What a change to a host answers.

use serde::Serialize;
use shared::hosts::Host;
use shared::hosts::view::HostDetail;

/// The host as it is now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangedHost {
    host: HostDetail,
}

impl From<Host> for ChangedHost {
    fn from(host: Host) -> Self {
        Self { host: HostDetail::from(&host) }
    }
}
