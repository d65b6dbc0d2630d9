//! Taking snapshots: by the scheduler when it is time, by an operator at once. Never in a request of a host.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::MySqlConnection;

use super::cache::{Known, look};
use super::fetch::fetch;
use super::parse::Reading;
use super::{COOL_DOWN, Snapshot, sql};
use crate::audit::{Actor, Change};
use crate::auth::{host_view, sql as auth_sql};
use crate::{App, AppError, AppResult};

/// Snapshots are kept for so long.
const KEPT: TimeDelta = TimeDelta::days(400);

/// Whether it is time: an interval after a good snapshot, the cool-down after a bad one or when the login is another.
fn is_due(newest: Option<&Snapshot>, generation: u64, interval: TimeDelta, now: DateTime<Utc>) -> bool {
    match newest {
        _ if generation == 0 => false,
        None => true,
        Some(last) if last.is_good && last.generation == generation => now >= last.fetched_at + interval.max(COOL_DOWN),
        Some(last) => now >= last.fetched_at + COOL_DOWN,
    }
}

/// Takes a snapshot when it is time. An attempt that fails is kept, and is this job's error.
pub async fn tend(app: &App) -> AppResult<u64> {
    let known = look(app).await?;
    let generation = auth_sql::generation(&mut *app.db.acquire().await?).await?;
    if !is_due(known.newest.as_ref(), generation, app.config.chatgpt.interval, app.clock.now()) {
        return Ok(0);
    }
    let answer = ask(app, generation).await?;
    let mut tx = app.begin().await?;
    keep(app, &mut tx, generation, &answer).await?;
    tx.commit().await?;
    answer.map(|_| 1).map_err(|why| AppError::Upstream(format!("ChatGPT does not tell the quota: {why}")))
}

/// Takes one now, whatever the cool-down. Gives what is known after it.
pub async fn refresh(app: &App, by: &Actor) -> AppResult<Known> {
    let generation = auth_sql::generation(&mut *app.db.acquire().await?).await?;
    let answer = ask(app, generation).await?;
    let mut change = Change::begin(app, by).await?;
    keep(app, &mut change, generation, &answer).await?;
    let status = if answer.is_ok() { "ok" } else { "error" };
    change.record("chatgpt.usage", "fleet", (), json!({ "status": status, "reason": answer.err() }));
    change.commit().await?;
    Ok(look(app).await?)
}

/// Nothing of the database is held while ChatGPT thinks.
async fn ask(app: &App, generation: u64) -> AppResult<Result<Reading, String>> {
    let mut conn = app.db.acquire().await?;
    let login = host_view::current(app, &mut conn, generation).await?;
    drop(conn);
    Ok(fetch(app, login.as_ref()).await)
}

/// An attempt is kept whatever it brought.
async fn keep(app: &App, conn: &mut MySqlConnection, generation: u64, answer: &Result<Reading, String>) -> sqlx::Result<()> {
    let now = app.clock.now();
    let id = match answer {
        Ok(reading) => sql::add(conn, now, generation, reading).await?,
        Err(why) => sql::add_error(conn, now, generation, why).await?,
    };
    sql::set_newest(conn, id).await
}

/// Removes what is too old.
pub async fn prune(app: &App) -> AppResult<u64> {
    Ok(sql::prune(&mut *app.db.acquire().await?, app.clock.now() - KEPT).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_due_when_the_last_one_is_old_or_of_no_use() {
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let last = |is_good, generation| Snapshot { is_good, generation, fetched_at: at(0), ..Snapshot::default() };
        let hour = TimeDelta::hours(1);
        for (what, newest, generation, interval, due_after) in [
            ("good", last(true, 3), 3, hour, 3600),
            ("bad", last(false, 3), 3, hour, 300),
            ("another login", last(true, 2), 3, hour, 300),
            ("an interval below the cool-down", last(true, 3), 3, TimeDelta::seconds(60), 300),
        ] {
            assert!(!is_due(Some(&newest), generation, interval, at(due_after - 1)), "{what}");
            assert!(is_due(Some(&newest), generation, interval, at(due_after)), "{what}");
        }
        assert!(is_due(None, 1, hour, at(0)));
        assert!(!is_due(None, 0, hour, at(0)) && !is_due(Some(&last(true, 1)), 0, hour, at(9999)), "without a login nobody is asked");
    }
}
