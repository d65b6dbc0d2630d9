//! Proving the login the fleet has.

use chrono::{DateTime, Utc};

use super::rules::{Remedy, Verdict, next_check, remedy};
use super::sql::{self, Subject};
use super::{Proof, runner};
use crate::audit::{Actor, Change};
use crate::auth::authority::sql::{set_state, state};
use crate::auth::authority::{State, Why, join};
use crate::auth::canonical::Login;
use crate::auth::{host_view, sql as auth_sql};
use crate::fleet::{self, Fleet};
use crate::{App, AppError, AppResult};

/// The code of `needs_login` when the access token is refused although it is new.
const REJECTED: &str = "rejected";

/// Proves the current login when it is time. Gives how many proofs it made.
pub async fn tend(app: &App) -> AppResult<u64> {
    if next(app).await?.is_none_or(|at| at > app.clock.now()) {
        return Ok(0);
    }
    check(app, Subject::Scheduled).await.map(|proof| u64::from(proof.is_some()))
}

/// When the current login is proven next; `None`: there is no login or no runner.
pub async fn next(app: &App) -> AppResult<Option<DateTime<Utc>>> {
    let Some(config) = &app.config.runner else { return Ok(None) };
    let mut conn = app.db.acquire().await?;
    let generation = auth_sql::generation(&mut conn).await?;
    let last = sql::last_check(&mut conn, generation).await?;
    Ok((generation > 0).then(|| next_check(last, config.interval, app.clock.now())))
}

/// Proves the current login now. `None`: there is no login or no runner.
pub async fn check(app: &App, why: fn(u64) -> Subject) -> AppResult<Option<Proof>> {
    let Some(config) = &app.config.runner else { return Ok(None) };
    let mut conn = app.db.acquire().await?;
    let generation = auth_sql::generation(&mut conn).await?;
    let Some(login) = host_view::current(app, &mut conn, generation).await? else { return Ok(None) };
    drop(conn);
    let proof = runner::ask(config, &login).await;
    sql::add_check(&mut *app.db.acquire().await?, app.clock.now(), why(generation), &proof).await?;
    match proof.verdict {
        Verdict::Verified => works_after_all(app, generation).await?,
        Verdict::Rejected => rejected(app, generation, &login).await?,
        Verdict::Unknown => {}
    }
    Ok(Some(proof))
}

async fn rejected(app: &App, generation: u64, login: &Login) -> AppResult<()> {
    let origin = auth_sql::origin(&mut *app.db.acquire().await?, generation).await?;
    let (since, _) = origin.ok_or_else(|| AppError::internal("the login that was checked is gone"))?;
    match remedy(app.clock.now() - since, login.token("refresh_token").is_some()) {
        Remedy::Refresh => join(app, &Actor::system("runner"), generation, Why::Asked).await.map(|_| ()),
        Remedy::SignIn => {
            let only_if = |fleet: &Fleet| fleet.auth_state == State::Ok.name();
            change_state(app, generation, only_if, State::NeedsLogin(REJECTED.to_owned())).await
        }
    }
}

/// A refusal that was none is taken back.
pub(super) async fn works_after_all(app: &App, generation: u64) -> AppResult<()> {
    change_state(app, generation, |fleet| fleet.auth_state_code.as_deref() == Some(REJECTED), State::Ok).await
}

async fn change_state(app: &App, generation: u64, only_if: impl Fn(&Fleet) -> bool + Send, to: State) -> AppResult<()> {
    let mut change = Change::begin(app, &Actor::system("runner")).await?;
    let current = auth_sql::lock_generation(&mut change).await?;
    let fleet = fleet::get(&mut change).await?;
    if current != generation || !only_if(&fleet) {
        return Ok(());
    }
    set_state(&mut change, app.clock.now(), &to).await?;
    change.record("auth.state", "canonical", state(&fleet.auth_state, fleet.auth_state_code).facts(), to.facts());
    change.commit().await
}
