//! A host goes: its keys and its handle stop working, what it did stays, and registering its name brings it back.

use super::{Host, sql};
use crate::AppResult;
use crate::audit::Change;

/// Why a host went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An operator removed it.
    Deleted,
    /// It removed itself.
    Left,
    /// Its time was over.
    Expired,
    /// Nobody used it.
    Inactive,
    /// It was registered and never used.
    Unprovisioned,
}

impl Reason {
    /// The stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Left => "left",
            Self::Expired => "expired",
            Self::Inactive => "inactive",
            Self::Unprovisioned => "unprovisioned",
        }
    }
}

/// Archives a host whose row is locked.
pub async fn archive(change: &mut Change, host: &mut Host, now: chrono::DateTime<chrono::Utc>, reason: Reason) -> AppResult<()> {
    host.archived_at = Some(now);
    host.archived_reason = Some(reason.name().to_owned());
    host.updated_at = now;
    sql::save(change, host).await?;
    sql::retire_credentials(change, now, host.id).await?;
    Ok(())
}
