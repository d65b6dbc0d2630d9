//! A refresh because an operator says so.

use chrono::{DateTime, Utc};

use super::book::Why;
use super::join::join;
use super::spend::Ended;
use crate::audit::Actor;
use crate::auth::{exposure, sql, status};
use crate::{App, AppError, AppResult};

/// What became of it.
#[derive(Debug)]
pub struct Rotated {
    /// The login that was current.
    pub old_generation: u64,
    /// The one that is now.
    pub generation: u64,
    /// By when the access tokens of earlier logins are dead.
    pub old_dead_by: Option<DateTime<Utc>>,
    /// How many hosts were given one that may still work.
    pub exposed_hosts: u64,
}

/// Refreshes at once. Fails with what to do when there is no newer login afterwards.
pub async fn rotate(app: &App, by: &Actor) -> AppResult<Rotated> {
    let old_generation = sql::generation(&mut *app.db.acquire().await?).await?;
    if old_generation == 0 {
        return Err(AppError::NotFound("login"));
    }
    let ended = join(app, by, old_generation, Why::Forced).await?;
    let mut conn = app.db.acquire().await?;
    let generation = sql::generation(&mut conn).await?;
    if generation == old_generation {
        drop(conn);
        return Err(nothing_new(app, ended).await?);
    }
    let (exposed_hosts, old_dead_by) = exposure::before(&mut conn, app.clock.now(), generation).await?;
    Ok(Rotated { old_generation, generation, old_dead_by, exposed_hosts })
}

async fn nothing_new(app: &App, ended: Ended) -> AppResult<AppError> {
    let conflict = |code, message: &str| AppError::Conflict { code, message: message.to_owned() };
    Ok(match ended {
        Ended::NotRefreshable => conflict("not_refreshable", "this login holds no refresh token: sign in with ChatGPT and seed that login"),
        Ended::Busy | Ended::Done => conflict("refresh_in_progress", "another refresh is under way: look again in a minute"),
        Ended::Stopped => conflict("needs_login", status::status(app).await?.advice.unwrap_or("seed a new login")),
        Ended::Pause(_) => {
            let last = status::status(app).await?.spends.into_iter().next().and_then(|spend| spend.detail);
            AppError::Upstream(format!("OpenAI did not refresh the login ({}): try again in a minute", last.unwrap_or_default()))
        }
    })
}
