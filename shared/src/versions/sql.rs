//! SQL of roll-outs and of how runs ended.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{MySqlConnection, QueryBuilder};

use super::runs::Count;
use crate::hosts::view::{atom_or_null, atom_text};

/// A roll-out as it is kept.
#[derive(Clone, Debug, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Record {
    /// Row id.
    pub id: u64,
    /// What is rolled out.
    pub version: String,
    /// What everybody else ran when it started.
    pub base_version: Option<String>,
    /// Who gets it: so many hosts of a hundred, or …
    pub percent: Option<u8>,
    /// … the hosts with this tag.
    pub tag: Option<String>,
    /// `running`, `stopped`, `replaced` or `finished`.
    pub state: String,
    /// When it started.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub started_at: DateTime<Utc>,
    /// Who started it.
    pub started_by: String,
    /// When it ended.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Who ended it; `rollout`: it stopped by itself.
    pub ended_by: Option<String>,
    /// Why it ended.
    pub reason: Option<String>,
}

const RECORD: &str = "id, version, base_version, percent, tag, state, started_at, started_by, ended_at, ended_by, reason";

/// The last roll-outs, newest first.
pub async fn records(conn: &mut MySqlConnection, limit: u32) -> sqlx::Result<Vec<Record>> {
    let sql = format!("SELECT {RECORD} FROM rollouts ORDER BY id DESC LIMIT ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).fetch_all(conn).await
}

/// Who changes roll-outs waits here for whoever else does.
pub async fn lock(conn: &mut MySqlConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT id FROM fleet WHERE id = 1 FOR UPDATE").fetch_one(conn).await?;
    Ok(())
}

/// What a roll-out starts with.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// What is rolled out.
    pub version: &'a str,
    /// What the others run.
    pub base: Option<&'a str>,
    /// Who gets it.
    pub percent: Option<u8>,
    /// Who gets it.
    pub tag: Option<&'a str>,
}

/// Adds a roll-out and makes it the running one. Returns its id.
pub async fn start(conn: &mut MySqlConnection, now: DateTime<Utc>, by: &str, new: New<'_>) -> sqlx::Result<u64> {
    let sql =
        "INSERT INTO rollouts (version, base_version, percent, tag, state, started_at, started_by) VALUES (?, ?, ?, ?, 'running', ?, ?)";
    let query = sqlx::query(sql).bind(new.version).bind(new.base).bind(new.percent).bind(new.tag).bind(now).bind(by);
    let id = query.execute(&mut *conn).await?.last_insert_id();
    let sql = "UPDATE fleet SET rollout_id = ?, rollout_version = ?, rollout_percent = ?, rollout_tag = ?, rollout_at = ? WHERE id = 1";
    sqlx::query(sql).bind(id).bind(new.version).bind(new.percent).bind(new.tag).bind(now).execute(conn).await?;
    Ok(id)
}

/// Changes whom the running roll-out reaches.
pub async fn reach(conn: &mut MySqlConnection, id: u64, percent: Option<u8>, tag: Option<&str>) -> sqlx::Result<()> {
    let sql = "UPDATE rollouts SET percent = ?, tag = ? WHERE id = ?";
    sqlx::query(sql).bind(percent).bind(tag).bind(id).execute(&mut *conn).await?;
    let sql = "UPDATE fleet SET rollout_percent = ?, rollout_tag = ? WHERE id = 1 AND rollout_id = ?";
    sqlx::query(sql).bind(percent).bind(tag).bind(id).execute(conn).await?;
    Ok(())
}

/// Ends the running roll-out.
pub async fn end(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64, state: &str, by: &str, reason: &str) -> sqlx::Result<()> {
    let sql = "UPDATE rollouts SET state = ?, ended_at = ?, ended_by = ?, reason = ? WHERE id = ?";
    sqlx::query(sql).bind(state).bind(now).bind(by).bind(reason).bind(id).execute(&mut *conn).await?;
    let sql = "UPDATE fleet SET rollout_id = 0, rollout_version = NULL, rollout_percent = NULL, rollout_tag = NULL, rollout_at = NULL \
               WHERE id = 1 AND rollout_id = ?";
    sqlx::query(sql).bind(id).execute(conn).await?;
    Ok(())
}

/// What one host saw of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// The host; 0: the runner.
    pub host_id: u64,
    /// How many runs.
    pub launches: u32,
    /// How many failed.
    pub failures: u32,
}

const SUMS: &str =
    "CAST(LEAST(SUM(launches), 4294967295) AS UNSIGNED) AS launches, CAST(LEAST(SUM(failures), 4294967295) AS UNSIGNED) AS failures";

/// What hosts saw of a version while this roll-out was running.
pub async fn under_rollout(conn: &mut MySqlConnection, rollout: u64, version: &str) -> sqlx::Result<Vec<Tally>> {
    let sql = format!("SELECT host_id, {SUMS} FROM codex_runs WHERE rollout_id = ? AND version = ? GROUP BY host_id");
    Ok(tallies(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(rollout).bind(version).fetch_all(conn).await?))
}

/// What hosts saw of a version since a day.
pub async fn since(conn: &mut MySqlConnection, day: NaiveDate, version: &str) -> sqlx::Result<Vec<Tally>> {
    let sql = format!("SELECT host_id, {SUMS} FROM codex_runs WHERE version = ? AND day >= ? GROUP BY host_id");
    Ok(tallies(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(version).bind(day).fetch_all(conn).await?))
}

fn tallies(rows: Vec<(u64, u64, u64)>) -> Vec<Tally> {
    rows.into_iter().map(|(host_id, launches, failures)| Tally { host_id, launches: small(launches), failures: small(failures) }).collect()
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What the runner saw since a moment, by what it calls its Codex: how often it ran, and how often it got no verdict.
pub async fn probes(conn: &mut MySqlConnection, since: DateTime<Utc>) -> sqlx::Result<Vec<(String, i64, i64)>> {
    let sql = "SELECT codex_version, COUNT(*), COUNT(IF(verdict = 'unknown', 1, NULL)) FROM auth_checks \
               WHERE created_at >= ? AND codex_version IS NOT NULL GROUP BY codex_version";
    sqlx::query_as(sql).bind(since).fetch_all(conn).await
}

/// Adds what was counted of one host: one statement.
pub async fn add_runs(conn: &mut MySqlConnection, day: NaiveDate, host_id: u64, counts: &[Count]) -> sqlx::Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let mut sql = QueryBuilder::new("INSERT INTO codex_runs (version, day, host_id, rollout_id, launches, failures) ");
    sql.push_values(counts, |mut row, count| {
        row.push_bind(&count.version).push_bind(day).push_bind(host_id).push_bind(count.rollout);
        row.push_bind(count.launches).push_bind(count.failures);
    });
    sql.push(" ON DUPLICATE KEY UPDATE launches = launches + VALUES(launches), failures = failures + VALUES(failures)");
    sql.build().execute(conn).await?;
    Ok(())
}

/// Removes counts of days before this one.
pub async fn remove_runs(conn: &mut MySqlConnection, before: NaiveDate) -> sqlx::Result<u64> {
    Ok(sqlx::query("DELETE FROM codex_runs WHERE day < ? LIMIT 10000").bind(before).execute(conn).await?.rows_affected())
}

/// How one version does.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Seen {
    /// The version.
    pub version: String,
    /// How many hosts ran it.
    pub hosts: i64,
    /// How often.
    pub launches: u64,
    /// How often it failed at once.
    pub failures: u64,
    /// The first day of it.
    pub since: NaiveDate,
}

/// How the 100 most run versions do: while a roll-out was running, or since a day.
pub async fn seen(conn: &mut MySqlConnection, rollout: Option<u64>, day: NaiveDate) -> sqlx::Result<Vec<Seen>> {
    let mut sql =
        QueryBuilder::new(format!("SELECT version, COUNT(DISTINCT host_id) AS hosts, {SUMS}, MIN(day) AS since FROM codex_runs WHERE "));
    match rollout {
        Some(id) => sql.push("rollout_id = ").push_bind(id),
        None => sql.push("day >= ").push_bind(day),
    };
    sql.push(" GROUP BY version ORDER BY launches DESC LIMIT 100").build_query_as().fetch_all(conn).await
}

/// A version and how many hosts have it now.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InUse {
    /// As reported.
    pub version: String,
    /// How many.
    pub hosts: i64,
}

/// Which versions hosts have now.
pub async fn in_use(conn: &mut MySqlConnection) -> sqlx::Result<Vec<InUse>> {
    let sql = "SELECT client_version AS version, COUNT(*) AS hosts FROM hosts WHERE archived_at IS NULL AND client_version IS NOT NULL GROUP BY client_version";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// What decides whether a host is in a ring: of each host id, tags and pin.
pub async fn everybody(conn: &mut MySqlConnection) -> sqlx::Result<Vec<(u64, String, Option<String>)>> {
    sqlx::query_as("SELECT id, tags, client_version_override FROM hosts WHERE archived_at IS NULL").fetch_all(conn).await
}

/// Versions that hosts are pinned to.
pub async fn host_pins(conn: &mut MySqlConnection) -> sqlx::Result<Vec<(String,)>> {
    let sql =
        "SELECT DISTINCT client_version_override FROM hosts WHERE archived_at IS NULL AND client_version_override IS NOT NULL LIMIT 100";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// Notes a version when it is the highest so far.
pub async fn raise_reported(conn: &mut MySqlConnection, version: &str, rank: u64) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET client_reported = ?, client_reported_rank = ? WHERE id = 1 AND client_reported_rank < ?";
    sqlx::query(sql).bind(version).bind(rank).bind(rank).execute(conn).await?;
    Ok(())
}

/// The rank of the highest so far.
pub async fn reported_rank(conn: &mut MySqlConnection) -> sqlx::Result<u64> {
    let (rank,): (u64,) = sqlx::query_as("SELECT client_reported_rank FROM fleet WHERE id = 1").fetch_one(conn).await?;
    Ok(rank)
}

/// Corrects the highest, unless a host has reported meanwhile.
pub async fn set_reported(conn: &mut MySqlConnection, before: u64, rank: u64, version: Option<&str>) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET client_reported = ?, client_reported_rank = ? WHERE id = 1 AND client_reported_rank = ?";
    sqlx::query(sql).bind(version).bind(rank).bind(before).execute(conn).await?;
    Ok(())
}
