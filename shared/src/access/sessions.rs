//! Sessions of the dashboard: opened with a token or a sign-in link, ended by leaving, by idling or by age.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::recognise::certificate_required;
use super::{Credential, Principal, Role, sql};
use crate::audit::Change;
use crate::client::Client;
use crate::config::AdminAccess;
use crate::hosts::view::{atom_or_null, atom_text};
use crate::single_use::{self, Purpose};
use crate::{App, AppError, AppResult, crypto, limits, random};

/// A session ends so long after it was opened …
pub const LIFE: TimeDelta = TimeDelta::hours(12);
/// … or so long after its last request.
pub const IDLE: TimeDelta = TimeDelta::hours(2);

/// A session as lists show it.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Session {
    id: u64,
    /// The token it was opened with.
    name: String,
    role: String,
    /// Where it was opened.
    address: Option<String>,
    user_agent: Option<String>,
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    last_used_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    expires_at: DateTime<Utc>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
}

/// A session that was just opened.
#[derive(Debug)]
pub struct Opened {
    /// The cookie's value; not stored.
    pub cookie: String,
    /// Whose it is.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// Opens a session for a sign-in link's token, which is spent by it, or for an admin token. A token that is not known counts
/// as an authentication failure of its address.
pub async fn open(app: &App, client: &Client, user_agent: Option<&str>, token: &str) -> AppResult<Opened> {
    if app.config.admin_access == AdminAccess::Mtls {
        return Err(certificate_required());
    }
    let stranger = client.actor("stranger", "nobody");
    match opened(app, client, user_agent, token).await {
        Err(error @ (AppError::NotFound(_) | AppError::Unauthorized { .. })) => Err(limits::failure(app, stranger, error).await),
        done => done,
    }
}

async fn opened(app: &App, client: &Client, user_agent: Option<&str>, token: &str) -> AppResult<Opened> {
    let now = app.clock.now();
    let unknown = AppError::Unauthorized { code: "sign_in_required", message: "this token is unknown, revoked or expired" };
    let mut change = Change::begin(app, &client.actor("stranger", "nobody")).await?;
    let owner = if token.starts_with(super::tokens::PREFIX) {
        sql::token_id(&mut change, &crypto::hash(token)).await?
    } else {
        let live = single_use::find(&mut change, now, Purpose::SignIn, token).await?;
        single_use::consume(&mut change, now, live.id).await?;
        live.admin_token_id
    };
    let found = match owner {
        Some(id) => sql::live_token(&mut change, now, id).await?.ok_or(unknown)?,
        None => return Err(unknown),
    };
    let cookie = random::token("cas_");
    let agent: Option<String> = user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(200).collect());
    let address = client.address.to_string();
    sql::insert_session(&mut change, now, &crypto::hash(&cookie), found.id, now + LIFE, &address, agent.as_deref()).await?;
    change.set_actor(client.actor("token", &found.name));
    change.record("admin.session.open", &found.name, (), serde_json::json!({ "user_agent": agent }));
    change.commit().await?;
    Ok(Opened { cookie, role: Role::parse(&found.role), name: found.name })
}

/// The sessions that have not ended.
pub async fn list(app: &App) -> AppResult<Vec<Session>> {
    let mut conn = app.db.acquire().await?;
    Ok(sql::sessions(&mut conn, app.clock.now(), IDLE).await?)
}

/// Ends a session.
pub async fn end(app: &App, who: &Principal, id: u64) -> AppResult<()> {
    let mut change = Change::begin(app, &who.by).await?;
    let name = sql::end_session(&mut change, id).await?.ok_or(AppError::NotFound("session"))?;
    change.record("admin.session.end", name, (), serde_json::json!({ "id": id }));
    change.commit().await
}

/// Ends the session that asks for it; other credentials have none to end.
pub async fn end_own(app: &App, who: &Principal) -> AppResult<()> {
    match who.credential {
        Credential::Session { id } => end(app, who, id).await,
        _ => Ok(()),
    }
}

/// Removes sessions that have ended. Returns how many.
pub async fn sweep(app: &App) -> AppResult<u64> {
    let mut conn = app.db.acquire().await?;
    Ok(sql::sweep_sessions(&mut conn, app.clock.now(), IDLE).await?)
}
