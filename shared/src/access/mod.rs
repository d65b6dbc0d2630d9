//! Who administers: tokens, sessions, roles.

pub mod sql;

use chrono::TimeDelta;

use crate::{App, AppResult, crypto, random};

/// What a principal may do; a later one may all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// An administrator who has been recognised.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The admin token behind it.
    pub token_id: u64,
    /// Its name, for the audit.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// Scanners look for it.
const TOKEN_PREFIX: &str = "caa_";
/// How long a session lasts.
const SESSION: TimeDelta = TimeDelta::hours(12);
/// How long a sign-in link works, in seconds.
pub const SIGN_IN_TTL: i64 = 900;

/// Mints an admin token. Its text is returned once and not stored.
pub async fn mint_token(app: &App, name: &str, role: Role) -> AppResult<String> {
    let token = random::token(TOKEN_PREFIX);
    let mut conn = app.db.acquire().await?;
    sql::insert_token(&mut conn, app.clock.now(), name, role, &crypto::hash(&token)).await?;
    Ok(token)
}

/// Opens a session for an admin token. Returns the cookie's value.
pub async fn open_session(app: &App, conn: &mut sqlx::MySqlConnection, token_id: u64) -> AppResult<String> {
    let session = random::token("cas_");
    let now = app.clock.now();
    sql::insert_session(conn, now, &crypto::hash(&session), token_id, now + SESSION).await?;
    Ok(session)
}
