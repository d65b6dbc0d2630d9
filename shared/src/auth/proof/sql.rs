//! SQL of checks and candidates.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::MySqlConnection;

use super::Proof;
use super::rules::{Last, Verdict};
use crate::hosts::view::atom_text;

/// What was checked, and why.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// The login of this generation, because it is time.
    Scheduled(u64),
    /// The same, because somebody asked.
    Manual(u64),
    /// This candidate.
    Candidate(u64),
    /// The login of this generation, because a host got an answer with it.
    Traffic(u64),
}

/// One check as operators see it.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Check {
    /// Row id.
    pub id: u64,
    /// Null: a candidate's.
    pub generation: Option<u64>,
    /// Null: the login's.
    pub candidate_id: Option<u64>,
    /// `scheduled`, `manual`, `candidate` or `traffic`.
    pub why: String,
    /// `verified`, `rejected` or `unknown`.
    pub verdict: String,
    /// Why it is not verified.
    pub reason: Option<String>,
    /// How long it took.
    pub latency_ms: Option<u32>,
    /// The Codex that tried.
    pub codex_version: Option<String>,
    /// When.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
}

/// Notes a check, and how the runner is doing.
pub async fn add_check(conn: &mut MySqlConnection, now: DateTime<Utc>, subject: Subject, proof: &Proof) -> sqlx::Result<()> {
    let (generation, candidate, why) = match subject {
        Subject::Scheduled(generation) => (Some(generation), None, "scheduled"),
        Subject::Manual(generation) => (Some(generation), None, "manual"),
        Subject::Candidate(id) => (None, Some(id), "candidate"),
        Subject::Traffic(generation) => (Some(generation), None, "traffic"),
    };
    let sql = "INSERT INTO auth_checks (generation, candidate_id, why, verdict, reason, latency_ms, codex_version, created_at) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(generation)
        .bind(candidate)
        .bind(why)
        .bind(proof.verdict.name())
        .bind(proof.reason.as_deref().map(short))
        .bind(proof.latency_ms)
        .bind(proof.codex_version.as_deref())
        .bind(now)
        .execute(&mut *conn)
        .await?;
    if matches!(subject, Subject::Scheduled(_) | Subject::Manual(_)) {
        note_runner(conn, now, proof).await?;
    }
    Ok(())
}

async fn note_runner(conn: &mut MySqlConnection, now: DateTime<Utc>, proof: &Proof) -> sqlx::Result<()> {
    let ok = proof.verdict == Verdict::Verified;
    let sql = "UPDATE fleet SET runner_state = ?, runner_last_ok = IF(?, ?, runner_last_ok), runner_last_fail = IF(?, runner_last_fail, ?), \
               runner_last_check = IF(?, ?, runner_last_check) WHERE id = 1";
    let query = sqlx::query(sql).bind(if ok { "ok" } else { "fail" }).bind(ok).bind(now).bind(ok).bind(now);
    query.bind(proof.reachable).bind(now).execute(conn).await?;
    Ok(())
}

/// What fits the column of a reason.
pub fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(500)]
}

/// The last check of a generation.
pub async fn last_check(conn: &mut MySqlConnection, generation: u64) -> sqlx::Result<Option<Last>> {
    let sql = "SELECT created_at, verdict FROM auth_checks WHERE generation = ? ORDER BY id DESC LIMIT 10";
    let rows: Vec<(DateTime<Utc>, String)> = sqlx::query_as(sql).bind(generation).fetch_all(conn).await?;
    let failures = rows.iter().take_while(|(_, verdict)| verdict != Verdict::Verified.name()).count();
    Ok(rows.first().map(|(at, _)| Last { at: *at, failures: u32::try_from(failures).unwrap_or(u32::MAX) }))
}

/// The last checks, newest first.
pub async fn recent(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Check>> {
    let sql = "SELECT id, generation, candidate_id, why, verdict, reason, latency_ms, codex_version, created_at FROM auth_checks ORDER BY id DESC LIMIT 20";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// How many checks there were in the last day.
pub async fn checks_of_a_day(conn: &mut MySqlConnection, now: DateTime<Utc>) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM auth_checks WHERE created_at > ?").bind(now - TimeDelta::days(1)).fetch_one(conn).await?;
    Ok(count)
}

/// A candidate that waits.
#[derive(Debug, sqlx::FromRow)]
pub struct Waiting {
    /// Row id.
    pub id: u64,
    /// Who pushed it.
    pub host_id: u64,
    /// Its bytes, sealed.
    pub body_sealed: String,
    /// How often it was tried.
    pub checks: u16,
}

/// Keeps a candidate; one that is there already keeps its state. Returns that state.
pub async fn add_candidate(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    fingerprint: &[u8; 32],
    host_id: u64,
    sealed: &str,
) -> sqlx::Result<String> {
    let add = "INSERT INTO auth_candidates (fingerprint, host_id, body_sealed, state, next_check_at, created_at) VALUES (?, ?, ?, 'waiting', ?, ?) \
               ON DUPLICATE KEY UPDATE id = id";
    sqlx::query(add).bind(fingerprint.as_slice()).bind(host_id).bind(sealed).bind(now).bind(now).execute(&mut *conn).await?;
    let sql = "SELECT state FROM auth_candidates WHERE fingerprint = ?";
    let (state,): (String,) = sqlx::query_as(sql).bind(fingerprint.as_slice()).fetch_one(conn).await?;
    Ok(state)
}

/// Candidates whose next check is due, oldest first.
pub async fn due_candidates(conn: &mut MySqlConnection, now: DateTime<Utc>) -> sqlx::Result<Vec<Waiting>> {
    let sql =
        "SELECT id, host_id, body_sealed, checks FROM auth_candidates WHERE state = 'waiting' AND next_check_at <= ? ORDER BY id LIMIT 5";
    sqlx::query_as(sql).bind(now).fetch_all(conn).await
}

/// A candidate that waits, locked; `None`: it is settled, or was never there.
pub async fn lock_candidate(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Waiting>> {
    let sql = "SELECT id, host_id, body_sealed, checks FROM auth_candidates WHERE id = ? AND state = 'waiting' FOR UPDATE";
    sqlx::query_as(sql).bind(id).fetch_optional(conn).await
}

/// Settles a candidate: its tokens are kept no longer.
pub async fn settle_candidate(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    id: u64,
    state: &str,
    reason: Option<&str>,
) -> sqlx::Result<()> {
    let sql = "UPDATE auth_candidates SET state = ?, reason = ?, settled_at = ?, body_sealed = NULL WHERE id = ?";
    sqlx::query(sql).bind(state).bind(reason.map(short)).bind(now).bind(id).execute(conn).await?;
    Ok(())
}

/// Notes that a candidate is tried again.
pub async fn postpone_candidate(conn: &mut MySqlConnection, id: u64, next: DateTime<Utc>, reason: Option<&str>) -> sqlx::Result<()> {
    let sql = "UPDATE auth_candidates SET checks = checks + 1, next_check_at = ?, reason = ? WHERE id = ?";
    sqlx::query(sql).bind(next).bind(reason.map(short)).bind(id).execute(conn).await?;
    Ok(())
}

/// A candidate as operators see it.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = ListedCandidate)]
pub struct Listed {
    /// Row id.
    pub id: u64,
    /// Who pushed it.
    pub fqdn: String,
    /// `waiting`, `promoted`, `rejected` or `superseded`.
    pub state: String,
    /// What the last check said.
    pub reason: Option<String>,
    /// How often it was tried without a verdict.
    pub checks: u16,
    /// When it came.
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
}

/// The last candidates, newest first.
pub async fn candidates(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Listed>> {
    let sql = "SELECT c.id, h.fqdn, c.state, c.reason, c.checks, c.created_at FROM auth_candidates c JOIN hosts h ON h.id = c.host_id \
               ORDER BY c.id DESC LIMIT 100";
    sqlx::query_as(sql).fetch_all(conn).await
}
