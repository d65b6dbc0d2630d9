//! SQL of quota snapshots.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::parse::Reading;
use super::{Percent, Snapshot, Window};

/// A snapshot and one of its windows; a snapshot without any has one row.
#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    snapshot: Snapshot,
    position: Option<u16>,
    limit_name: Option<String>,
    limit_seconds: Option<u64>,
    used_percent: Option<String>,
    reset_at: Option<i64>,
}

const COLUMNS: &str = "s.id, s.generation, s.is_good, s.plan_type, s.allowed, s.limit_reached, s.reached_type, s.has_credits, s.unlimited, \
     s.credit_balance, s.approx_local_messages, s.approx_cloud_messages, s.spend_control, s.error, s.fetched_at, \
     w.position, w.limit_name, w.limit_seconds, CAST(w.used_percent AS CHAR) AS used_percent, w.reset_at";

/// The newest attempt, the newest good one, and the first good one since `day`; those that are the same come once.
#[tracing::instrument(name = "db.quota.current", skip_all, err)]
pub(super) async fn current(conn: &mut MySqlConnection, day: DateTime<Utc>) -> sqlx::Result<Vec<Snapshot>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT MAX(id) AS id FROM quota_snapshots \
         UNION SELECT MAX(id) FROM quota_snapshots WHERE is_good = 1 \
         UNION SELECT MIN(id) FROM quota_snapshots WHERE is_good = 1 AND fetched_at >= ?) n \
         JOIN quota_snapshots s ON s.id = n.id LEFT JOIN quota_windows w ON w.snapshot_id = s.id ORDER BY s.id, w.position"
    );
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(day).fetch_all(conn).await?;
    Ok(join(rows))
}

/// One snapshot of each `step` seconds since `since`, a good one where there is one; oldest first.
#[tracing::instrument(name = "db.quota.history", skip_all, err)]
pub(super) async fn sampled(conn: &mut MySqlConnection, since: DateTime<Utc>, step: i64) -> sqlx::Result<Vec<Snapshot>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT COALESCE(MAX(CASE WHEN is_good = 1 THEN id END), MAX(id)) AS id FROM quota_snapshots \
         WHERE fetched_at >= ? GROUP BY FLOOR(TIMESTAMPDIFF(SECOND, ?, fetched_at) / ?)) n \
         JOIN quota_snapshots s ON s.id = n.id LEFT JOIN quota_windows w ON w.snapshot_id = s.id ORDER BY s.fetched_at, s.id, w.position"
    );
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(since).bind(since).bind(step).fetch_all(conn).await?;
    Ok(join(rows))
}

fn join(rows: Vec<Row>) -> Vec<Snapshot> {
    let mut all: Vec<Snapshot> = Vec::new();
    for row in rows {
        let window = row.position.map(|_| Window {
            limit_name: row.limit_name,
            limit_seconds: row.limit_seconds,
            used: row.used_percent.as_deref().and_then(Percent::parse),
            reset_at: row.reset_at,
        });
        match all.last_mut().filter(|last| last.id == row.snapshot.id) {
            Some(last) => last.windows.extend(window),
            None => all.push(Snapshot { windows: Vec::from_iter(window), ..row.snapshot }),
        }
    }
    all
}

/// The scrubbed answer of a snapshot.
pub async fn raw(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<String>> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT raw FROM quota_snapshots WHERE id = ?").bind(id).fetch_optional(conn).await?;
    Ok(row.and_then(|(raw,)| raw))
}

/// Adds what ChatGPT said. Gives its id.
#[tracing::instrument(name = "db.quota.add", skip_all, err)]
pub(super) async fn add(conn: &mut MySqlConnection, now: DateTime<Utc>, generation: u64, reading: &Reading) -> sqlx::Result<u64> {
    let sql = "INSERT INTO quota_snapshots (generation, is_good, plan_type, allowed, limit_reached, reached_type, has_credits, unlimited, \
               credit_balance, approx_local_messages, approx_cloud_messages, spend_control, raw, fetched_at) \
               VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(generation).bind(&reading.plan_type).bind(reading.allowed).bind(reading.limit_reached);
    let query = query.bind(&reading.reached_type).bind(reading.has_credits).bind(reading.unlimited).bind(&reading.credit_balance);
    let query = query.bind(&reading.approx_local_messages).bind(&reading.approx_cloud_messages).bind(&reading.spend_control);
    let id = query.bind(&reading.raw).bind(now).execute(&mut *conn).await?.last_insert_id();
    for (position, window) in (0_u16..).zip(&reading.windows) {
        add_window(conn, id, position, window).await?;
    }
    Ok(id)
}

async fn add_window(conn: &mut MySqlConnection, snapshot: u64, position: u16, window: &Window) -> sqlx::Result<()> {
    let sql =
        "INSERT INTO quota_windows (snapshot_id, position, limit_name, limit_seconds, used_percent, reset_at) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(snapshot).bind(position).bind(&window.limit_name).bind(window.limit_seconds);
    query.bind(window.used.map(Percent::text)).bind(window.reset_at).execute(conn).await?;
    Ok(())
}

/// Adds an attempt that brought nothing. Gives its id.
#[tracing::instrument(name = "db.quota.add_error", skip_all, err)]
pub(super) async fn add_error(conn: &mut MySqlConnection, now: DateTime<Utc>, generation: u64, error: &str) -> sqlx::Result<u64> {
    let sql = "INSERT INTO quota_snapshots (generation, is_good, error, fetched_at) VALUES (?, 0, ?, ?)";
    let short = &error[..error.floor_char_boundary(500)];
    Ok(sqlx::query(sql).bind(generation).bind(short).bind(now).execute(conn).await?.last_insert_id())
}

/// Lets every instance know that there is a new one.
pub(super) async fn set_newest(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<()> {
    sqlx::query("UPDATE fleet SET quota_snapshot = GREATEST(quota_snapshot, ?) WHERE id = 1").bind(id).execute(conn).await?;
    Ok(())
}

/// Removes snapshots from before `limit`, at most 10,000 at a time.
#[tracing::instrument(name = "db.quota.prune", skip_all, err)]
pub(super) async fn prune(conn: &mut MySqlConnection, limit: DateTime<Utc>) -> sqlx::Result<u64> {
    let sql = "DELETE FROM quota_snapshots WHERE fetched_at < ? LIMIT 10000";
    Ok(sqlx::query(sql).bind(limit).execute(conn).await?.rows_affected())
}
