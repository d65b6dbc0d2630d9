//! Who administers and what each may do: principals, roles, sessions, and the table of all routes.

mod certificates;
mod csrf;
pub mod matrix;
mod recognise;
pub mod sessions;
mod sql;
pub mod tokens;

use crate::audit::Actor;

pub use certificates::Certificate;
pub use recognise::{SESSION_COOKIE, recognise};

/// What a principal may do; a later one may all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Manages hosts and content.
    Operator,
    /// Manages the login and other principals.
    Owner,
}

impl Role {
    /// Reads the stored name; an unknown one is the least role.
    pub fn parse(name: &str) -> Self {
        match name {
            "owner" => Self::Owner,
            "operator" => Self::Operator,
            _ => Self::Viewer,
        }
    }

    /// The stored name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
}

/// What an administrator showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An admin token, as a bearer token.
    Token { id: u64 },
    /// A session, opened with a token.
    Session { id: u64 },
    /// A client certificate that somebody trustworthy verified.
    Certificate { id: u64 },
    /// Nothing: administration is open on this loopback listener.
    Open,
}

/// An administrator who has been recognised.
#[derive(Clone, Debug)]
pub struct Principal {
    /// What it showed.
    pub credential: Credential,
    /// What it may do.
    pub role: Role,
    /// For the audit.
    pub by: Actor,
    /// The code of `needs_login`, while the fleet's login cannot be renewed: each answer says so.
    pub needs_login: Option<String>,
}

/// How many seconds a sign-in link works.
pub const SIGN_IN_TTL: i64 = 900;
