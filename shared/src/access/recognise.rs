//! From what a request shows to a principal.

use axum::http::{HeaderMap, Method, header};
use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::csrf::{self, Ambient};
use super::{Credential, Principal, Role, sessions, sql};
use crate::client::Client;
use crate::config::AdminAccess;
use crate::hosts::contact::is_old;
use crate::{App, AppError, AppResult, crypto, limits, random};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "cac_session";

/// A credential as found in the database.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Found {
    pub id: u64,
    pub name: String,
    pub role: String,
    pub last_used_at: Option<DateTime<Utc>>,
    pub needs_login: Option<String>,
}

/// Says who is asking for an `/admin` route, or refuses. A wrong token counts as an authentication failure of its address.
pub async fn recognise(app: &App, client: &Client, method: &Method, headers: &HeaderMap) -> AppResult<Principal> {
    let mode = app.config.admin_access;
    if mode == AdminAccess::Open {
        return open(app, client, method, headers).await;
    }
    let bearer = text(headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).filter(|t| !t.is_empty());
    if let Some(fingerprint) = client.certificate.filter(|_| bearer.is_none() || mode == AdminAccess::Mtls) {
        let mut conn = app.db.acquire().await?;
        if let Some(found) = sql::by_fingerprint(&mut conn, app.clock.now(), &fingerprint).await? {
            csrf::check(Ambient::Connection, method, headers, &app.config.admin_base_url)?;
            return used(app, &mut conn, client, "certificate", Credential::Certificate { id: found.id }, found).await;
        }
    }
    if mode == AdminAccess::Mtls {
        return Err(certificate_required());
    }
    if let Some(token) = bearer {
        return by_token(app, client, token).await;
    }
    let session = text(headers, &header::COOKIE).and_then(session_of).ok_or_else(nobody)?;
    csrf::check(Ambient::Cookie, method, headers, &app.config.admin_base_url)?;
    let mut conn = app.db.acquire().await?;
    let found = sql::by_session(&mut conn, app.clock.now(), &crypto::hash(session), sessions::IDLE).await?.ok_or_else(nobody)?;
    used(app, &mut conn, client, "token", Credential::Session { id: found.id }, found).await
}

/// Nothing else counts in this mode.
pub(super) const fn certificate_required() -> AppError {
    AppError::Unauthorized { code: "certificate_required", message: "this needs a client certificate that an owner has registered" }
}

const fn nobody() -> AppError {
    AppError::Unauthorized { code: "sign_in_required", message: "sign in: send an admin token as a bearer token, or open a sign-in link" }
}

async fn by_token(app: &App, client: &Client, token: &str) -> AppResult<Principal> {
    let mut conn = app.db.acquire().await?;
    let found = if random::is_token(super::tokens::PREFIX, token) {
        sql::by_token(&mut conn, app.clock.now(), &crypto::hash(token)).await?
    } else {
        None
    };
    if let Some(found) = found {
        return used(app, &mut conn, client, "token", Credential::Token { id: found.id }, found).await;
    }
    drop(conn);
    Err(limits::failure(app, client.actor("stranger", "nobody"), nobody()).await)
}

/// Open administration trusts where a request comes from: from this machine, with nobody in between, for this
/// machine's own name (a page elsewhere can make its name point here, and cannot change the `Host` it sends).
async fn open(app: &App, client: &Client, method: &Method, headers: &HeaderMap) -> AppResult<Principal> {
    let host = text(headers, &header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
    let local = client.direct && client.address.is_loopback() && matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    if !local {
        return Err(AppError::refused("loopback_only", "administration without sign-in works only from this machine itself"));
    }
    csrf::check(Ambient::Connection, method, headers, &app.config.admin_base_url)?;
    let needs_login = sql::needs_login(&mut *app.db.acquire().await?).await?;
    Ok(Principal { credential: Credential::Open, role: Role::Owner, by: client.actor("open", "anybody on this machine"), needs_login })
}

/// The principal behind a found credential; its use is noted at most once a minute.
async fn used(
    app: &App,
    conn: &mut MySqlConnection,
    client: &Client,
    kind: &'static str,
    credential: Credential,
    found: Found,
) -> AppResult<Principal> {
    let now = app.clock.now();
    if is_old(found.last_used_at, now) {
        sql::set_used(conn, now, credential).await?;
    }
    Ok(Principal { credential, role: Role::parse(&found.role), by: client.actor(kind, &found.name), needs_login: found.needs_login })
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn session_of(cookies: &str) -> Option<&str> {
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::session_of;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        assert_eq!(session_of("a=1; cac_session=x; b=2"), Some("x"));
        assert_eq!(session_of("xcac_session=x"), None);
    }
}
