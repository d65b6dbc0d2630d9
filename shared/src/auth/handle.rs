//! What a host's handle is good for: the access token the server has, and nothing else. No call leaves the server here.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{host_view, jwt, sql};
use crate::audit::Change;
use crate::client::Client;
use crate::hosts::contact::{self, Report};
use crate::hosts::gate::{self, Door};
use crate::hosts::register::forget_login;
use crate::hosts::{self, edit};
use crate::{App, AppError, AppResult, crypto, random};

/// Codex asks for a new token when its own has less than this left; one that has less is of no use to it.
const USEFUL: TimeDelta = TimeDelta::seconds(300);
/// For so long a refusal is repeated from memory: old Codex releases ask up to 30 times a turn.
const REPEAT: TimeDelta = TimeDelta::seconds(5);
/// More refusals than this and the old ones are forgotten.
const MANY: usize = 10_000;

/// What a handle is exchanged for. The handle itself stays.
#[derive(Debug)]
pub struct Tokens {
    /// The current login's.
    pub access_token: String,
    /// The current login's, when it is a JWT: Codex takes no other.
    pub id_token: Option<String>,
    /// Seconds; `None`: the token does not say.
    pub expires_in: Option<i64>,
}

/// Why a handle is not exchanged.
#[derive(Debug)]
pub enum Refused {
    /// It is no handle of ours at all; perhaps it is a real refresh token, which is neither kept nor logged.
    NotOurs,
    /// It was retired, or its host is gone.
    Retired,
    /// Not now. Codex goes on with the token it has.
    NotNow(NotNow),
}

/// Why not now, and how many seconds to wait.
#[derive(Clone, Copy, Debug)]
pub struct NotNow {
    /// A code of the API, or one of `no_login`, `needs_login` and `temporarily_unavailable`.
    pub code: &'static str,
    /// For `Retry-After`.
    pub seconds: i64,
}

impl From<AppError> for NotNow {
    /// A rule about the host, or a failure of ours: the handle is as good as before.
    fn from(error: AppError) -> Self {
        let code = match error {
            AppError::Refused { code, .. } => code,
            AppError::Disabled => "api_disabled",
            AppError::RateLimited { .. } => "rate_limited",
            other => {
                tracing::error!(error = %other, "a handle could not be exchanged");
                "temporarily_unavailable"
            }
        };
        Self { code, seconds: 60 }
    }
}

impl<E: Into<AppError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::NotNow(error.into().into())
    }
}

/// Refusals of the last seconds, by the hash of the handle.
#[derive(Debug, Default)]
pub struct Lately(Mutex<HashMap<[u8; 32], Refusal>>);

#[derive(Clone, Copy, Debug)]
struct Refusal {
    at: DateTime<Utc>,
    code: &'static str,
}

impl Lately {
    fn get(&self, handle: &[u8; 32], now: DateTime<Utc>) -> Option<&'static str> {
        let all = self.0.lock().expect("no thread panics while it looks");
        all.get(handle).filter(|refusal| now - refusal.at < REPEAT).map(|refusal| refusal.code)
    }

    fn put(&self, handle: [u8; 32], now: DateTime<Utc>, code: &'static str) {
        let mut all = self.0.lock().expect("no thread panics while it looks");
        if all.len() >= MANY {
            all.retain(|_, refusal| now - refusal.at < REPEAT);
        }
        all.insert(handle, Refusal { at: now, code });
    }
}

/// Exchanges a handle for the current login's access token, when that is good for long enough.
pub async fn exchange(app: &App, client: &Client, token: &str) -> Result<Tokens, Refused> {
    let handle = parse(token).ok_or(Refused::NotOurs)?;
    let now = app.clock.now();
    if let Some(code) = app.refused.get(&handle, now) {
        return Err(Refused::NotNow(NotNow { code, seconds: 60 }));
    }
    let done = look_up(app, client, &handle).await;
    if let Err(Refused::NotNow(NotNow { code, .. })) = &done {
        app.refused.put(handle, now, code);
    }
    done
}

async fn look_up(app: &App, client: &Client, handle: &[u8; 32]) -> Result<Tokens, Refused> {
    let mut caller = gate::enter_with_handle(app, client, Door::Visit, handle).await?.ok_or(Refused::Retired)?;
    let mut conn = app.db.acquire().await?;
    let login = host_view::current(app, &mut conn, caller.who.fleet.auth_generation).await?;
    drop(conn);
    let none = || Refused::NotNow(NotNow { code: "no_login", seconds: 60 });
    let login = login.ok_or_else(none)?;
    let access_token = login.token("access_token").ok_or_else(none)?.to_owned();
    let left = jwt::expires_at(&access_token).map(|at| at - app.clock.now().timestamp());
    if left.is_some_and(|left| left <= USEFUL.num_seconds()) {
        return Err(Refused::NotNow(NotNow { code: "needs_login", seconds: 300 }));
    }
    contact::note(app, &mut caller.who.host, Report { holds_login: true, ..Report::PLAIN }).await?;
    let id_token = login.token("id_token").filter(|token| jwt::claims(token).is_some()).map(str::to_owned);
    Ok(Tokens { access_token, id_token, expires_in: left })
}

/// Retires a host's handle and nothing else; its next synchronisation brings a new one. What is no live handle is left alone.
pub async fn revoke(app: &App, client: &Client, token: &str) -> AppResult<()> {
    let Some(handle) = parse(token) else { return Ok(()) };
    let Some(caller) = gate::enter_with_handle(app, client, Door::Leave, &handle).await? else { return Ok(()) };
    let mut change = Change::begin(app, &caller.by).await?;
    let mut host = edit::lock(&mut change, caller.who.host.id).await?;
    if sql::retire_handle(&mut change, app.clock.now(), &handle).await? {
        forget_login(&mut host);
        hosts::sql::save(&mut change, &host).await?;
        change.record("auth.handle.revoke", &host.fqdn, (), json!({ "retired": "this host's handle, and no other" }));
        change.commit().await?;
    }
    Ok(())
}

/// The hash of what has the form of a handle.
fn parse(token: &str) -> Option<[u8; 32]> {
    random::is_token(host_view::HANDLE_PREFIX, token).then(|| crypto::hash(token))
}
