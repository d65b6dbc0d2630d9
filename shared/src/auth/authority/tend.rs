//! What the scheduler does for the login: finish what a crash left, refresh ahead of the end.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::book::{State, Why};
use super::due::{Age, due_at};
use super::join::join;
use super::spend::Ended;
use super::sql::state;
use crate::audit::Actor;
use crate::auth::{host_view, jwt};
use crate::{App, AppResult};

#[derive(sqlx::FromRow)]
struct Row {
    generation: u64,
    since: DateTime<Utc>,
    auth_state: String,
    auth_state_code: Option<String>,
    open: i64,
}

async fn row(conn: &mut MySqlConnection) -> sqlx::Result<Option<Row>> {
    let sql = "SELECT g.generation, g.created_at AS since, f.auth_state, f.auth_state_code, \
               (SELECT COUNT(*) FROM auth_spends s WHERE s.generation = g.generation AND s.outcome IS NULL) AS open \
               FROM fleet f JOIN auth_generations g ON g.generation = f.auth_generation WHERE f.id = 1";
    sqlx::query_as(sql).fetch_optional(conn).await
}

/// Refreshes the login when it is time, or when an earlier attempt was not finished. Gives how many refreshes it made.
pub async fn tend(app: &App) -> AppResult<u64> {
    let mut conn = app.db.acquire().await?;
    let Some(row) = row(&mut conn).await? else { return Ok(0) };
    let wants = match state(&row.auth_state, row.auth_state_code.clone()) {
        _ if row.open > 0 => true,
        State::Uncertain => true,
        State::NeedsLogin(_) => false,
        State::Ok => due(app, &mut conn, &row).await?,
    };
    drop(conn);
    if !wants {
        return Ok(0);
    }
    let ended = join(app, &Actor::system("refresh authority"), row.generation, Why::Due).await?;
    Ok(u64::from(ended == Ended::Done))
}

async fn due(app: &App, conn: &mut MySqlConnection, row: &Row) -> AppResult<bool> {
    let Some(login) = host_view::current(app, conn, row.generation).await? else { return Ok(false) };
    let Some(access) = login.token("access_token").filter(|_| login.token("refresh_token").is_some()) else { return Ok(false) };
    let age = Age { since: row.since, issued_at: jwt::issued_at(access), expires_at: jwt::expires_at(access) };
    Ok(due_at(age, app.spread(row.generation)).is_some_and(|at| at <= app.clock.now()))
}
