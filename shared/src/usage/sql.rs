//! SQL of usage: writing it, and what writing needs to know.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{MySql, MySqlConnection, QueryBuilder};
use uuid::Uuid;

use super::ingest::{Counted, Sender};
use super::merge::Known;
use super::month::{Totals, short_user};
use super::prices::table::Unpriced;
use super::session::Progress;
use super::{Counts, Money, Source};

/// Models and their numbers.
pub async fn models(conn: &mut MySqlConnection) -> sqlx::Result<HashMap<String, u32>> {
    let rows: Vec<(String, u32)> = sqlx::query_as("SELECT name, id FROM usage_models").fetch_all(conn).await?;
    Ok(rows.into_iter().collect())
}

/// Numbers new models; ones that are there by now stay as they are.
pub async fn add_models(conn: &mut MySqlConnection, now: DateTime<Utc>, names: &[&str]) -> sqlx::Result<()> {
    let mut sql = QueryBuilder::<MySql>::new("INSERT INTO usage_models (name, created_at) ");
    sql.push_values(names, |mut row, name| {
        row.push_bind(*name).push_bind(now);
    });
    sql.push(" ON DUPLICATE KEY UPDATE name = VALUES(name)").build().execute(conn).await?;
    Ok(())
}

/// The models that sessions were last seen with.
pub async fn session_models(conn: &mut MySqlConnection, sessions: &[Uuid]) -> sqlx::Result<Vec<String>> {
    let mut sql = QueryBuilder::<MySql>::new("SELECT DISTINCT model FROM usage_sessions WHERE model IS NOT NULL AND session IN (");
    let mut all = sql.separated(", ");
    for session in sessions {
        all.push_bind(session.as_bytes().to_vec());
    }
    sql.push(")");
    sql.build_query_scalar().fetch_all(conn).await
}

/// A session, locked until the transaction ends.
#[derive(Debug, sqlx::FromRow)]
pub struct Session {
    /// Row id.
    pub id: u64,
    model: Option<String>,
    read_at_ms: Option<i64>,
    total_input: u64,
    total_cached: u64,
    total_output: u64,
    total_reasoning: u64,
}

impl Session {
    /// How far it is read.
    pub fn progress(&self) -> Progress {
        Progress {
            model: self.model.clone(),
            read_at_ms: self.read_at_ms,
            totals: Counts {
                input: self.total_input,
                cached: self.total_cached,
                output: self.total_output,
                reasoning: self.total_reasoning,
            },
        }
    }
}

/// Locks a session, and adds it when it is new.
pub async fn lock_session(conn: &mut MySqlConnection, now: DateTime<Utc>, session: Uuid) -> sqlx::Result<Session> {
    let add = "INSERT INTO usage_sessions (session, created_at, updated_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE updated_at = VALUES(updated_at)";
    let key = session.as_bytes().as_slice();
    sqlx::query(add).bind(key).bind(now).bind(now).execute(&mut *conn).await?;
    let sql = "SELECT id, model, read_at_ms, total_input, total_cached, total_output, total_reasoning FROM usage_sessions WHERE session = ? FOR UPDATE";
    sqlx::query_as(sql).bind(key).fetch_one(conn).await
}

/// Notes how far a session is read.
pub async fn set_progress(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64, progress: &Progress) -> sqlx::Result<()> {
    let sql = "UPDATE usage_sessions SET model = ?, read_at_ms = ?, total_input = ?, total_cached = ?, total_output = ?, total_reasoning = ?, \
               updated_at = ? WHERE id = ?";
    let totals = progress.totals;
    sqlx::query(sql)
        .bind(progress.model.as_deref())
        .bind(progress.read_at_ms)
        .bind(totals.input)
        .bind(totals.cached)
        .bind(totals.output)
        .bind(totals.reasoning)
        .bind(now)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// A session's stored answers of which either source says that they were between two moments.
pub async fn known(conn: &mut MySqlConnection, session: u64, from_ms: i64, to_ms: i64) -> sqlx::Result<Vec<Known>> {
    let sql = "SELECT id, input_tokens, cached_tokens, output_tokens, reasoning_tokens, file_at_ms, otel_at_ms FROM token_usages \
               WHERE session_id = ? AND (file_at_ms BETWEEN ? AND ? OR otel_at_ms BETWEEN ? AND ?) ORDER BY id";
    let rows: Vec<KnownRow> = sqlx::query_as(sql).bind(session).bind(from_ms).bind(to_ms).bind(from_ms).bind(to_ms).fetch_all(conn).await?;
    Ok(rows.into_iter().map(Known::from).collect())
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    id: u64,
    input_tokens: Option<u64>,
    cached_tokens: Option<u64>,
    output_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    file_at_ms: Option<i64>,
    otel_at_ms: Option<i64>,
}

impl From<KnownRow> for Known {
    fn from(row: KnownRow) -> Self {
        let [input, cached, output, reasoning] =
            [row.input_tokens, row.cached_tokens, row.output_tokens, row.reasoning_tokens].map(Option::unwrap_or_default);
        let counts = Counts { input: input + cached, cached, output, reasoning };
        Self { id: row.id, counts, file_at_ms: row.file_at_ms, otel_at_ms: row.otel_at_ms }
    }
}

/// Notes that the other source tells of an answer as well.
pub async fn fill(conn: &mut MySqlConnection, id: u64, source: Source, at_ms: i64) -> sqlx::Result<()> {
    let sql = match source {
        Source::Otel => "UPDATE token_usages SET otel_at_ms = ? WHERE id = ?",
        Source::Session | Source::Usage => "UPDATE token_usages SET file_at_ms = ? WHERE id = ?",
    };
    sqlx::query(sql).bind(at_ms).bind(id).execute(conn).await?;
    Ok(())
}

/// Adds a delivery; its sums are null where no entry has the number.
pub async fn add_ingest(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    sender: Sender<'_>,
    source: Source,
    counted: &[Counted],
    cost: Money,
    payload: &str,
) -> sqlx::Result<u64> {
    let sum = |of: fn(&super::Tokens) -> Option<u64>| counted.iter().filter_map(|one| of(&one.entry.tokens)).reduce(u64::saturating_add);
    let sql = "INSERT INTO token_usage_ingests (host_id, source, entries, total, input_tokens, cached_tokens, output_tokens, \
               reasoning_tokens, cost, client_ip, payload, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let done = sqlx::query(sql)
        .bind(sender.host.id)
        .bind(source.name())
        .bind(u32::try_from(counted.len()).unwrap_or(u32::MAX))
        .bind(sum(|tokens| tokens.total))
        .bind(sum(|tokens| tokens.input))
        .bind(sum(|tokens| tokens.cached))
        .bind(sum(|tokens| tokens.output))
        .bind(sum(|tokens| tokens.reasoning))
        .bind(cost)
        .bind(sender.address.map(|address| address.to_string()))
        .bind(payload)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.last_insert_id())
}

/// Adds a delivery's rows.
pub async fn add_usages(conn: &mut MySqlConnection, sender: Sender<'_>, ingest_id: u64, counted: &[Counted]) -> sqlx::Result<()> {
    let user = Some(short_user(sender.user)).filter(|user| !user.is_empty());
    for chunk in counted.chunks(500) {
        let mut sql = QueryBuilder::<MySql>::new(
            "INSERT INTO token_usages (host_id, ingest_id, model_id, price_id, user_name, total, input_tokens, cached_tokens, output_tokens, \
             reasoning_tokens, cost, line, session_id, file_at_ms, otel_at_ms, created_at) ",
        );
        sql.push_values(chunk, |mut row, one| {
            let tokens = &one.entry.tokens;
            row.push_bind(sender.host.id).push_bind(ingest_id).push_bind(one.model_id).push_bind(one.price_id).push_bind(user);
            for n in [tokens.total, tokens.input, tokens.cached, tokens.output, tokens.reasoning] {
                row.push_bind(n);
            }
            row.push_bind(one.cost.total()).push_bind(one.entry.line.as_deref()).push_bind(one.session_id);
            row.push_bind(one.file_at_ms).push_bind(one.otel_at_ms).push_bind(one.at);
        });
        sql.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// What a host used since a day.
pub async fn host_since(conn: &mut MySqlConnection, host: u64, day: NaiveDate) -> sqlx::Result<Totals> {
    let sql = format!("SELECT {TOTALS} FROM usage_rollups r WHERE r.host_id = ? AND r.day >= ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(host).bind(day).fetch_one(conn).await
}

/// Sums of rollup rows `r`, as [`Totals`].
pub const TOTALS: &str = "CAST(COALESCE(SUM(r.total), 0) AS UNSIGNED) AS total, CAST(COALESCE(SUM(r.input_tokens), 0) AS UNSIGNED) AS input, \
     CAST(COALESCE(SUM(r.output_tokens), 0) AS UNSIGNED) AS output, CAST(COALESCE(SUM(r.cached_tokens), 0) AS UNSIGNED) AS cached, \
     CAST(COALESCE(SUM(r.reasoning_tokens), 0) AS UNSIGNED) AS reasoning, \
     COALESCE(SUM(r.input_cost + r.cached_cost + r.output_cost), 0) AS cost, CAST(COALESCE(SUM(r.events), 0) AS UNSIGNED) AS events";

/// Models with usage that waits for a price.
pub async fn unpriced(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Unpriced>> {
    let sql = "SELECT m.name AS model, CAST(SUM(d.unpriced) AS UNSIGNED) AS events, \
               CAST(SUM(IF(d.unpriced > 0, d.total + d.cached_tokens, 0)) AS UNSIGNED) AS tokens \
               FROM usage_days d JOIN usage_models m ON m.id = d.model_id GROUP BY m.id, m.name HAVING SUM(d.unpriced) > 0 ORDER BY 2 DESC";
    sqlx::query_as(sql).fetch_all(conn).await
}
