//! SQL of jobs.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

/// A job as the database has it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct State {
    /// Its name.
    pub name: String,
    /// When it may be taken next.
    pub due_at: DateTime<Utc>,
    /// Until when the present run is nobody else's.
    pub lease_until: Option<DateTime<Utc>>,
    /// When the last run was taken …
    pub started_at: Option<DateTime<Utc>>,
    /// … and when it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How long the last run took.
    pub duration_ms: Option<u64>,
    /// How many things the last run that went well did …
    pub done: Option<u64>,
    /// … and when it ended.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// Runs in a row, up to the last, that failed.
    pub failures: u32,
    /// What went wrong in the last run.
    pub error: Option<String>,
}

impl State {
    /// Whether somebody runs it.
    pub fn is_running(&self, now: DateTime<Utc>) -> bool {
        self.lease_until.is_some_and(|until| until > now)
    }

    /// Whether it may be taken.
    pub fn may_start(&self, now: DateTime<Utc>) -> bool {
        self.due_at <= now && !self.is_running(now)
    }
}

/// All that have ever run or were asked for.
pub async fn all(conn: &mut MySqlConnection) -> sqlx::Result<Vec<State>> {
    let sql =
        "SELECT name, due_at, lease_until, started_at, ended_at, duration_ms, done, succeeded_at, failures, error FROM scheduler_jobs";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// Adds a job that is not there yet, due now.
pub async fn add(conn: &mut MySqlConnection, now: DateTime<Utc>, name: &str) -> sqlx::Result<()> {
    let sql = "INSERT INTO scheduler_jobs (name, due_at) VALUES (?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name)";
    sqlx::query(sql).bind(name).bind(now).execute(conn).await?;
    Ok(())
}

/// The same for one that is there: it becomes due where it is not yet.
pub async fn make_due(conn: &mut MySqlConnection, now: DateTime<Utc>, name: &str) -> sqlx::Result<()> {
    let sql = "INSERT INTO scheduler_jobs (name, due_at) VALUES (?, ?) ON DUPLICATE KEY UPDATE due_at = LEAST(due_at, VALUES(due_at))";
    sqlx::query(sql).bind(name).bind(now).execute(conn).await?;
    Ok(())
}

/// Takes a run. Returns its number; `None`: it is not due, or somebody else has it.
pub async fn claim(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    name: &str,
    next: DateTime<Utc>,
    lease: DateTime<Utc>,
) -> sqlx::Result<Option<u64>> {
    let sql = "UPDATE scheduler_jobs SET due_at = ?, started_at = ?, lease_until = ?, runs = LAST_INSERT_ID(runs + 1) \
               WHERE name = ? AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)";
    let done = sqlx::query(sql).bind(next).bind(now).bind(lease).bind(name).bind(now).bind(now).execute(conn).await?;
    Ok((done.rows_affected() == 1).then(|| done.last_insert_id()))
}

/// Moves the end of a lease. `false`: another run has begun.
pub async fn extend(conn: &mut MySqlConnection, name: &str, run: u64, until: DateTime<Utc>) -> sqlx::Result<bool> {
    let sql = "UPDATE scheduler_jobs SET lease_until = ? WHERE name = ? AND runs = ? AND lease_until IS NOT NULL";
    Ok(sqlx::query(sql).bind(until).bind(name).bind(run).execute(conn).await?.rows_affected() == 1)
}

/// A run went well.
pub async fn succeeded(conn: &mut MySqlConnection, now: DateTime<Utc>, name: &str, run: u64, took_ms: u64, done: u64) -> sqlx::Result<()> {
    let sql = "UPDATE scheduler_jobs SET lease_until = NULL, ended_at = ?, duration_ms = ?, done = ?, succeeded_at = ?, failures = 0, \
               error = NULL WHERE name = ? AND runs = ?";
    sqlx::query(sql).bind(now).bind(took_ms).bind(done).bind(now).bind(name).bind(run).execute(conn).await?;
    Ok(())
}

/// A run went wrong.
pub async fn failed(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    name: &str,
    run: u64,
    took_ms: u64,
    error: &str,
    retry: DateTime<Utc>,
) -> sqlx::Result<()> {
    let sql = "UPDATE scheduler_jobs SET lease_until = NULL, ended_at = ?, duration_ms = ?, failures = failures + 1, error = ?, \
               due_at = LEAST(due_at, ?) WHERE name = ? AND runs = ?";
    sqlx::query(sql).bind(now).bind(took_ms).bind(error).bind(retry).bind(name).bind(run).execute(conn).await?;
    Ok(())
}
