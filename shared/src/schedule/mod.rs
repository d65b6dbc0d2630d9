//! Who runs a job now: of many instances, one.

pub mod registry;
mod sql;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::MySqlConnection;

use crate::{App, AppResult};
pub use registry::{JOBS, Job};
pub use sql::{State, all};

/// How long a run is nobody else's without a sign of life. A run of a killed instance is taken again after it.
pub const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How often a run gives a sign of life.
pub const BEAT: Duration = Duration::from_secs(10);
/// The job that copies the installation. It runs beside the server and not in the scheduler, so it may fail to come.
pub const BACKUP: &str = "backup";
/// A run that failed is tried again after this long, where it would not be due earlier.
const RETRY: TimeDelta = TimeDelta::minutes(10);

/// A run that this instance has taken.
#[derive(Clone, Debug)]
pub struct Run {
    name: String,
    number: u64,
    started: DateTime<Utc>,
}

/// Takes a job's run when it is due and nobody else has it; the next one is due after `every`.
pub async fn take(app: &App, name: &str, every: Duration) -> AppResult<Option<Run>> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    sql::add(&mut conn, now, name).await?;
    let number = sql::claim(&mut conn, now, name, now + every, now + LEASE).await?;
    Ok(number.map(|number| Run { name: name.to_owned(), number, started: now }))
}

/// Says that a run still goes on. `false`: it is somebody else's by now.
pub async fn extend(app: &App, run: &Run) -> AppResult<bool> {
    let until = app.clock.now() + LEASE;
    Ok(sql::extend(&mut *app.db.acquire().await?, &run.name, run.number, until).await?)
}

/// Notes how a run ended: how many things it did, or what went wrong. One that lost its lease changes nothing.
pub async fn finished(app: &App, run: &Run, ended: &Result<u64, String>) -> AppResult<()> {
    let now = app.clock.now();
    let took = u64::try_from((now - run.started).num_milliseconds()).unwrap_or(0);
    let mut conn = app.db.acquire().await?;
    match ended {
        Ok(done) => sql::succeeded(&mut conn, now, &run.name, run.number, took, *done).await?,
        Err(error) => {
            let short = &error[..error.floor_char_boundary(500)];
            sql::failed(&mut conn, now, &run.name, run.number, took, short, now + RETRY).await?;
        }
    }
    Ok(())
}

/// Which of these jobs may be taken now: one statement, whatever their number.
pub async fn due(app: &App) -> AppResult<Vec<&'static Job>> {
    let now = app.clock.now();
    let states = all(&mut *app.db.acquire().await?).await?;
    let is_due = |job: &&Job| states.iter().find(|state| state.name == job.name).is_none_or(|state| state.may_start(now));
    Ok(JOBS.iter().filter(is_due).collect())
}

/// Makes a job due at `at`, if it is not due earlier.
pub async fn request(conn: &mut MySqlConnection, at: DateTime<Utc>, name: &str) -> sqlx::Result<()> {
    sql::make_due(conn, at, name).await
}
