//! What a handle is exchanged for: the access token the server has, or the next one when that is not good for long enough.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use super::authority::spend::Ended;
use super::authority::{Why, join};
use super::canonical::Login;
use super::mode::RefreshMode;
use super::refusal::{NotNow, Refused};
use super::{exposure, handle, host_view, jwt, sql};
use crate::client::Client;
use crate::hosts::contact::{self, Report};
use crate::hosts::gate::{self, Admitted, Door};
use crate::{App, AppResult};

/// API Gateway gives up after 29 s.
const WAIT: Duration = Duration::from_secs(25);
/// Codex asks for a new token when its own has less than this left; one that has less is of no use to it.
const USEFUL: TimeDelta = TimeDelta::seconds(300);
/// A login that was refreshed so lately is not refreshed again because a host says that its token was refused.
const RECENT: TimeDelta = TimeDelta::minutes(10);
/// Codex before 0.117 asks by itself when its file is older than eight days; one that asks earlier was refused.
const BY_AGE: TimeDelta = TimeDelta::days(7);

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

/// What Codex says about why it asks (`refresh_reason`, from 0.164 on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its access token was refused.
    Unauthorized,
    /// Its access token ends.
    Proactive,
    /// It is too old to say.
    Unsaid,
}

/// What decides whether the stored token will do.
#[derive(Clone, Copy, Debug)]
struct Asks {
    /// Seconds the stored access token has left; `None`: it does not say.
    left: Option<i64>,
    /// It comes from a refresh of the last minutes: spending again would bring nothing better.
    fresh: bool,
    /// How long ago it was refreshed, as hosts read it.
    since_refresh: TimeDelta,
    /// Whether this host has it already.
    given: bool,
    reason: Reason,
}

impl Asks {
    fn need_a_newer_one(self) -> bool {
        if self.left.is_some_and(|left| left <= USEFUL.num_seconds()) {
            return true;
        }
        let refused = match self.reason {
            Reason::Unauthorized => true,
            Reason::Proactive => false,
            Reason::Unsaid => self.since_refresh < BY_AGE,
        };
        self.given && refused && !self.fresh
    }
}

/// Exchanges a handle. Refusals of the last seconds are repeated without asking the database.
pub async fn exchange(app: &App, client: &Client, token: &str, reason: Reason) -> Result<Tokens, Refused> {
    let handle = handle::parse(token).ok_or(Refused::NotOurs)?;
    if let Some(code) = app.refused.get(&handle, app.clock.now()) {
        return Err(Refused::NotNow(NotNow { code, seconds: 60 }));
    }
    let done = look_up(app, client, &handle, reason).await;
    if let Err(Refused::NotNow(NotNow { code, .. })) = &done {
        app.refused.put(handle, app.clock.now(), code);
    }
    done
}

async fn look_up(app: &App, client: &Client, handle: &[u8; 32], reason: Reason) -> Result<Tokens, Refused> {
    let Admitted { mut who, by } = gate::enter_with_handle(app, client, Door::Visit, handle).await?.ok_or(Refused::Retired)?;
    let mut held = Held::current(app, who.fleet.auth_generation).await?;
    let (asks, first) = (held.asks(app, who.host.id, reason).await?, held.generation);
    if asks.need_a_newer_one() {
        // The refresh goes on without this caller, who can come back for it.
        let ended = timeout(WAIT, join(app, &by, held.generation, Why::Asked)).await.unwrap_or(Ok(Ended::Busy))?;
        held = Held::current(app, held.latest(app).await?).await?;
        if held.left(app).is_some_and(|left| left <= USEFUL.num_seconds()) {
            return Err(Refused::NotNow(NotNow::after(ended, app.clock.now())));
        }
    }
    if !asks.given || held.generation != first {
        let mut conn = app.db.acquire().await?;
        exposure::note(&mut conn, app.clock.now(), who.host.id, held.generation, &held.login, RefreshMode::Broker).await?;
    }
    contact::note(app, &mut who.host, Report { holds_login: true, ..Report::PLAIN }).await?;
    Ok(held.tokens(app))
}

/// The login the server has.
struct Held {
    generation: u64,
    login: Login,
    access_token: String,
    since: DateTime<Utc>,
    source: String,
}

impl Held {
    async fn current(app: &App, generation: u64) -> Result<Self, Refused> {
        let none = || Refused::NotNow(NotNow { code: "no_login", seconds: 60 });
        let mut conn = app.db.acquire().await?;
        let login = host_view::current(app, &mut conn, generation).await?.ok_or_else(none)?;
        let access_token = login.token("access_token").ok_or_else(none)?.to_owned();
        let (since, source) = sql::origin(&mut conn, generation).await?.ok_or_else(none)?;
        Ok(Self { generation, login, access_token, since, source })
    }

    async fn latest(&self, app: &App) -> AppResult<u64> {
        Ok(sql::generation(&mut *app.db.acquire().await?).await?)
    }

    async fn asks(&self, app: &App, host_id: u64, reason: Reason) -> AppResult<Asks> {
        let (now, mut conn) = (app.clock.now(), app.db.acquire().await?);
        let given = exposure::was_given(&mut conn, host_id, self.generation).await?;
        let fresh = self.source == "refresh" && now - self.since < RECENT;
        Ok(Asks { left: self.left(app), fresh, since_refresh: now - self.login.refreshed_at, given, reason })
    }

    fn left(&self, app: &App) -> Option<i64> {
        jwt::expires_at(&self.access_token).map(|at| at - app.clock.now().timestamp())
    }

    fn tokens(self, app: &App) -> Tokens {
        let id_token = self.login.token("id_token").filter(|token| jwt::claims(token).is_some()).map(str::to_owned);
        Tokens { expires_in: self.left(app), id_token, access_token: self.access_token }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_login_is_fetched_only_when_the_stored_one_will_not_do() {
        let (old, new) = (false, true);
        let (lately, long_ago) = (TimeDelta::hours(1), TimeDelta::days(8));
        let table = [
            (Some(300), new, lately, false, Reason::Proactive, true),
            (Some(301), old, lately, true, Reason::Proactive, false),
            (Some(-9), old, lately, true, Reason::Unsaid, true),
            (Some(9999), old, lately, true, Reason::Unauthorized, true),
            (Some(9999), new, lately, true, Reason::Unauthorized, false),
            (Some(9999), old, lately, false, Reason::Unauthorized, false),
            (Some(9999), old, lately, true, Reason::Unsaid, true),
            (Some(9999), old, long_ago, true, Reason::Unsaid, false),
            (None, old, lately, true, Reason::Unauthorized, true),
            (None, old, long_ago, true, Reason::Unsaid, false),
            (None, new, lately, false, Reason::Unsaid, false),
        ];
        for (left, fresh, since_refresh, given, reason, expected) in table {
            let asks = Asks { left, fresh, since_refresh, given, reason };
            assert_eq!(asks.need_a_newer_one(), expected, "{asks:?}");
        }
    }
}
