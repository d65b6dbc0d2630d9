//! SQL of conditions, webhooks and deliveries, and of the facts that conditions are judged by.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::MySqlConnection;

use super::conditions::Condition;
use super::deliver::Outcome;
use super::evaluate::Event;
use super::webhooks::Webhook;

/// A fact about so many hosts is enough.
const MOST_HOSTS: u32 = 500;

/// A host, and when a person and a timer last called from it.
type Seen = (String, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Active hosts that were used once and not seen since `limit`, and when they were last seen.
pub(super) async fn silent_hosts(conn: &mut MySqlConnection, limit: DateTime<Utc>) -> sqlx::Result<Vec<(String, DateTime<Utc>)>> {
    let sql = "SELECT fqdn, last_contact_at, last_cron_at FROM hosts WHERE archived_at IS NULL AND status = 'active' \
               AND (last_contact_at IS NULL OR last_contact_at < ?) AND (last_cron_at IS NULL OR last_cron_at < ?) \
               AND (last_contact_at IS NOT NULL OR last_cron_at IS NOT NULL) ORDER BY id LIMIT ?";
    let rows: Vec<Seen> = sqlx::query_as(sql).bind(limit).bind(limit).bind(MOST_HOSTS).fetch_all(conn).await?;
    Ok(rows.into_iter().filter_map(|(fqdn, person, timer)| Some((fqdn, person.max(timer)?))).collect())
}

/// Hosts whose address was refused since `limit`.
pub(super) async fn refused_hosts(conn: &mut MySqlConnection, limit: DateTime<Utc>) -> sqlx::Result<Vec<(String, DateTime<Utc>)>> {
    let sql = "SELECT fqdn, refused_at FROM hosts WHERE archived_at IS NULL AND refused_code = 'ip_mismatch' AND refused_at >= ? \
               ORDER BY id LIMIT ?";
    sqlx::query_as(sql).bind(limit).bind(MOST_HOSTS).fetch_all(conn).await
}

/// Pushed texts that wait.
pub(super) async fn waiting_reviews(conn: &mut MySqlConnection) -> sqlx::Result<i64> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM artifact_pushes WHERE state = 'waiting'").fetch_one(conn).await?;
    Ok(count)
}

/// Pushed logins that wait.
pub(super) async fn waiting_logins(conn: &mut MySqlConnection) -> sqlx::Result<i64> {
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM auth_candidates WHERE state = 'waiting'").fetch_one(conn).await?;
    Ok(count)
}

/// Jobs whose last run failed, and when.
pub(super) async fn failing_jobs(conn: &mut MySqlConnection) -> sqlx::Result<Vec<(String, Option<DateTime<Utc>>)>> {
    sqlx::query_as("SELECT name, ended_at FROM scheduler_jobs WHERE error IS NOT NULL ORDER BY name").fetch_all(conn).await
}

/// When the job should have run and when it last went well, if it was due before `limit` and nobody runs it.
pub(super) async fn late_job(
    conn: &mut MySqlConnection,
    name: &str,
    limit: DateTime<Utc>,
) -> sqlx::Result<Option<(DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let sql = "SELECT due_at, succeeded_at FROM scheduler_jobs WHERE name = ? AND due_at < ? AND COALESCE(lease_until, due_at) < ?";
    sqlx::query_as(sql).bind(name).bind(limit).bind(limit).fetch_optional(conn).await
}

/// An open condition.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Open {
    pub id: u64,
    pub kind: String,
    pub subject: String,
    pub summary: String,
    pub details: String,
}

impl Open {
    /// Its details.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.details).unwrap_or(Value::Null)
    }
}

/// All open ones.
pub async fn open(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Open>> {
    let sql = "SELECT id, kind, subject, summary, details FROM alert_conditions WHERE open_marker = 1 ORDER BY id";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// A condition as operators see it.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    pub id: u64,
    pub kind: String,
    pub subject: String,
    pub summary: String,
    pub details: String,
    pub opened_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

const ROW: &str = "SELECT id, kind, subject, summary, details, opened_at, ended_at FROM alert_conditions";

/// Open conditions, newest first, at most 1,000.
pub async fn list_open(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Row>> {
    let sql = format!("{ROW} WHERE open_marker = 1 ORDER BY id DESC LIMIT 1000");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await
}

/// The conditions that ended last, at most 100.
pub async fn list_ended(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Row>> {
    let sql = format!("{ROW} WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT 100");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await
}

/// Opens a condition; `None`: it is open already.
#[tracing::instrument(name = "db.alerts.begin", skip_all, err)]
pub(super) async fn begin(conn: &mut MySqlConnection, now: DateTime<Utc>, condition: &Condition) -> sqlx::Result<Option<u64>> {
    let sql = "INSERT INTO alert_conditions (kind, subject, summary, details, opened_at, open_marker) VALUES (?, ?, ?, ?, ?, 1)";
    let query = sqlx::query(sql).bind(condition.kind).bind(&condition.subject).bind(short(&condition.summary));
    match query.bind(condition.details.to_string()).bind(now).execute(conn).await {
        Ok(done) => Ok(Some(done.last_insert_id())),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends a condition; `false`: it has ended already.
#[tracing::instrument(name = "db.alerts.end", skip_all, err)]
pub(super) async fn end(conn: &mut MySqlConnection, now: DateTime<Utc>, id: u64) -> sqlx::Result<bool> {
    let sql = "UPDATE alert_conditions SET ended_at = ?, open_marker = NULL WHERE id = ? AND open_marker = 1";
    Ok(sqlx::query(sql).bind(now).bind(id).execute(conn).await?.rows_affected() == 1)
}

/// Says an open condition in other words.
pub(super) async fn renew(conn: &mut MySqlConnection, id: u64, summary: &str, details: &str) -> sqlx::Result<()> {
    let sql = "UPDATE alert_conditions SET summary = ?, details = ? WHERE id = ? AND open_marker = 1";
    sqlx::query(sql).bind(short(summary)).bind(details).bind(id).execute(conn).await?;
    Ok(())
}

fn short(summary: &str) -> &str {
    &summary[..summary.floor_char_boundary(500)]
}

const WEBHOOK: &str = "SELECT id, name, url_sealed, secret_sealed, kinds, is_enabled, created_at, updated_at FROM alert_webhooks";

/// All webhooks, by name.
pub async fn webhooks(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Webhook>> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{WEBHOOK} ORDER BY name"))).fetch_all(conn).await
}

/// Those that are told.
pub(super) async fn enabled_webhooks(conn: &mut MySqlConnection) -> sqlx::Result<Vec<Webhook>> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{WEBHOOK} WHERE is_enabled = 1 ORDER BY id"))).fetch_all(conn).await
}

/// One webhook, locked.
pub(super) async fn lock_webhook(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Webhook>> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{WEBHOOK} WHERE id = ? FOR UPDATE"))).bind(id).fetch_optional(conn).await
}

/// Adds a webhook. Gives its id.
pub(super) async fn add_webhook(conn: &mut MySqlConnection, webhook: &Webhook) -> sqlx::Result<u64> {
    let sql = "INSERT INTO alert_webhooks (name, url_sealed, secret_sealed, kinds, is_enabled, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(&webhook.name).bind(&webhook.url_sealed).bind(&webhook.secret_sealed).bind(&webhook.kinds);
    Ok(query.bind(webhook.is_enabled).bind(webhook.created_at).bind(webhook.updated_at).execute(conn).await?.last_insert_id())
}

/// Writes a changed webhook.
pub(super) async fn set_webhook(conn: &mut MySqlConnection, webhook: &Webhook) -> sqlx::Result<()> {
    let sql =
        "UPDATE alert_webhooks SET name = ?, url_sealed = ?, secret_sealed = ?, kinds = ?, is_enabled = ?, updated_at = ? WHERE id = ?";
    let query = sqlx::query(sql).bind(&webhook.name).bind(&webhook.url_sealed).bind(&webhook.secret_sealed).bind(&webhook.kinds);
    query.bind(webhook.is_enabled).bind(webhook.updated_at).bind(webhook.id).execute(conn).await?;
    Ok(())
}

/// Removes a webhook; its deliveries go with it.
pub(super) async fn delete_webhook(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM alert_webhooks WHERE id = ?").bind(id).execute(conn).await?;
    Ok(())
}

/// Adds a delivery that is due at once. Gives its row id.
#[tracing::instrument(name = "db.alerts.add_delivery", skip_all, err)]
pub(super) async fn add_delivery(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    webhook: u64,
    public_id: &str,
    event: &Event<'_>,
    body: &str,
) -> sqlx::Result<u64> {
    let sql = "INSERT INTO alert_deliveries (public_id, webhook_id, condition_id, kind, event, body, state, next_attempt_at, created_at) \
               VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?)";
    let query = sqlx::query(sql).bind(public_id).bind(webhook).bind(event.condition).bind(event.kind).bind(event.state);
    Ok(query.bind(body).bind(now).bind(now).execute(conn).await?.last_insert_id())
}

/// Deliveries that are due, oldest first, at most 50.
pub(super) async fn due(conn: &mut MySqlConnection, now: DateTime<Utc>) -> sqlx::Result<Vec<u64>> {
    let sql = "SELECT d.id FROM alert_deliveries d JOIN alert_webhooks w ON w.id = d.webhook_id AND w.is_enabled = 1 \
               WHERE d.state = 'waiting' AND d.next_attempt_at <= ? ORDER BY d.next_attempt_at LIMIT 50";
    let rows: Vec<(u64,)> = sqlx::query_as(sql).bind(now).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// An attempt that is ours alone until its claim ends.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Claimed {
    pub id: u64,
    pub attempts: u16,
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub url_sealed: String,
    pub secret_sealed: String,
}

/// Takes an attempt; `None`: it is not due, or somebody else has it.
#[tracing::instrument(name = "db.alerts.claim", skip_all, err)]
pub(super) async fn claim(conn: &mut MySqlConnection, now: DateTime<Utc>, until: DateTime<Utc>, id: u64) -> sqlx::Result<Option<Claimed>> {
    let sql = "UPDATE alert_deliveries SET next_attempt_at = ?, attempts = attempts + 1 WHERE id = ? AND state = 'waiting' AND next_attempt_at <= ?";
    if sqlx::query(sql).bind(until).bind(id).bind(now).execute(&mut *conn).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let sql = "SELECT d.id, d.attempts, d.body, d.created_at, w.url_sealed, w.secret_sealed \
               FROM alert_deliveries d JOIN alert_webhooks w ON w.id = d.webhook_id WHERE d.id = ?";
    sqlx::query_as(sql).bind(id).fetch_optional(conn).await
}

/// Notes what came of an attempt, unless a later one has been taken meanwhile.
#[tracing::instrument(name = "db.alerts.settle", skip_all, err)]
pub(super) async fn settle(
    conn: &mut MySqlConnection,
    now: DateTime<Utc>,
    claimed: &Claimed,
    state: &str,
    next: DateTime<Utc>,
    outcome: &Outcome,
) -> sqlx::Result<()> {
    let sql = "UPDATE alert_deliveries SET state = ?, next_attempt_at = ?, last_status = ?, last_error = ?, settled_at = ? \
               WHERE id = ? AND state = 'waiting' AND (attempts = ? OR ? = 'delivered')";
    let query = sqlx::query(sql).bind(state).bind(next).bind(outcome.status).bind(&outcome.error);
    let query = query.bind((state != "waiting").then_some(now)).bind(claimed.id).bind(claimed.attempts).bind(state);
    query.execute(conn).await?;
    Ok(())
}

/// A delivery as operators see it.
#[derive(Debug, sqlx::FromRow)]
pub struct Delivery {
    pub public_id: String,
    pub webhook_id: u64,
    pub webhook: String,
    pub condition_id: Option<u64>,
    pub kind: String,
    pub event: String,
    pub state: String,
    pub attempts: u16,
    pub next_attempt_at: DateTime<Utc>,
    pub last_status: Option<u16>,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
}

const DELIVERY: &str = "SELECT d.public_id, d.webhook_id, w.name AS webhook, d.condition_id, d.kind, d.event, d.state, d.attempts, \
     d.next_attempt_at, d.last_status, d.last_error, d.created_at, d.settled_at \
     FROM alert_deliveries d JOIN alert_webhooks w ON w.id = d.webhook_id";

/// Deliveries in one state or all, newest first.
pub async fn deliveries(conn: &mut MySqlConnection, state: Option<&str>, limit: u32) -> sqlx::Result<Vec<Delivery>> {
    let sql = format!("{DELIVERY} WHERE (? IS NULL OR d.state = ?) ORDER BY d.id DESC LIMIT ?");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(state).bind(state).bind(limit).fetch_all(conn).await
}

/// One delivery.
pub async fn delivery(conn: &mut MySqlConnection, id: u64) -> sqlx::Result<Option<Delivery>> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{DELIVERY} WHERE d.id = ?"))).bind(id).fetch_optional(conn).await
}

/// Removes conditions that ended and deliveries that were made before `limit`, at most 10,000 of each.
#[tracing::instrument(name = "db.alerts.prune", skip_all, err)]
pub(super) async fn prune(conn: &mut MySqlConnection, limit: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut removed = 0;
    for sql in
        ["DELETE FROM alert_conditions WHERE ended_at < ? LIMIT 10000", "DELETE FROM alert_deliveries WHERE created_at < ? LIMIT 10000"]
    {
        removed += sqlx::query(sql).bind(limit).execute(&mut *conn).await?.rows_affected();
    }
    Ok(removed)
}
