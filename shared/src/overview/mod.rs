//! What the overview says of hosts and login: a few reads, however many hosts there are.

pub mod sql;

use serde::Serialize;

/// Hosts by state.
#[derive(Clone, Copy, Debug, Default, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct HostCounts {
    /// All that are not archived.
    pub hosts: u64,
    pub active: u64,
    pub suspended: u64,
    /// Active, but nobody has called from them yet.
    pub waiting: u64,
    /// Active, and without the current login.
    pub outdated: u64,
    /// Their login is removed after each run.
    pub insecure: u64,
}
