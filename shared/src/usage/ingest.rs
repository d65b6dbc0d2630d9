//! Taking usage in: one transaction a delivery.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::merge::{self, Meaning};
use super::models::{self, Model};
use super::money::MOST;
use super::prices::Cost;
use super::rollup::{Delta, Deltas, Place};
use super::session::{Part, Progress};
use super::{Entry, Money, Record, Source, Tokens, month, session, sql};
use crate::hosts::Host;
use crate::hosts::gate::Admitted;
use crate::{App, AppError, AppResult};

/// Who delivers.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The host, by its key.
    pub host: &'a Host,
    /// Where it calls from.
    pub address: Option<IpAddr>,
    /// Who ran Codex, as it says; empty: it does not.
    pub user: &'a str,
}

impl<'a> Sender<'a> {
    /// A host that has come in.
    pub const fn of(caller: &'a Admitted, user: &'a str) -> Self {
        Self { host: &caller.who.host, address: caller.by.address, user }
    }
}

/// What Codex did before its host was registered is not the fleet's; clocks may differ by so much.
const BEFORE: TimeDelta = TimeDelta::days(1);
/// A transaction that was the victim of a deadlock is tried again so often.
const TRIES: u32 = 5;

/// One row to store.
#[derive(Clone, Debug)]
pub struct Counted {
    /// As the contract shows it.
    pub entry: Entry,
    /// Its model's number.
    pub model_id: u32,
    /// The price it was costed with.
    pub price_id: Option<u64>,
    /// What it costs.
    pub cost: Cost,
    /// The session it is of.
    pub session_id: Option<u64>,
    /// Its moment in the session file.
    pub file_at_ms: Option<i64>,
    /// Its moment in telemetry.
    pub otel_at_ms: Option<i64>,
    /// When it counts.
    pub at: DateTime<Utc>,
}

impl Counted {
    /// It has tokens that nobody knows the price of.
    pub fn unpriced(&self) -> bool {
        let tokens = &self.entry.tokens;
        self.price_id.is_none() && [tokens.input, tokens.cached, tokens.output].iter().flatten().any(|n| *n > 0)
    }
}

/// What was stored.
#[derive(Debug)]
pub struct Stored {
    /// The delivery's row.
    pub ingest_id: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// What it costs.
    pub cost: Money,
    /// Its entries.
    pub entries: Vec<Counted>,
}

/// Stores entries of which nothing more is known: `POST /usage`.
pub async fn entries(app: &App, sender: Sender<'_>, entries: Vec<Entry>) -> AppResult<Stored> {
    let names: Vec<_> = entries.iter().map(|entry| entry.model.as_deref().unwrap_or_default()).collect();
    let models = models::find(app, &names).await?;
    let now = app.clock.now();
    let counted = entries.into_iter().map(|entry| count(entry, &models, now)).collect::<AppResult<Vec<_>>>()?;
    let mut tries = 1..TRIES;
    let ingest_id = loop {
        match try_entries(app, sender, now, &counted).await {
            Err(error) if error.is_deadlock() && tries.next().is_some() => {}
            result => break result?,
        }
    };
    app.month_usage.forget(sender.host.id);
    Ok(Stored { ingest_id, at: now, cost: total(&counted), entries: counted })
}

async fn try_entries(app: &App, sender: Sender<'_>, now: DateTime<Utc>, counted: &[Counted]) -> AppResult<u64> {
    let mut tx = app.begin().await?;
    let ingest_id = store(&mut tx, sender, Source::Usage, now, counted).await?;
    tx.commit().await?;
    Ok(ingest_id)
}

/// What a source tells, by session.
enum Told<'a> {
    Files(BTreeMap<Uuid, Vec<&'a Part>>),
    Events(BTreeMap<Uuid, Vec<Record>>),
}

impl Told<'_> {
    const fn source(&self) -> Source {
        match self {
            Self::Files(_) => Source::Session,
            Self::Events(_) => Source::Otel,
        }
    }

    fn sessions(&self) -> Vec<Uuid> {
        match self {
            Self::Files(parts) => parts.keys().copied().collect(),
            Self::Events(records) => records.keys().copied().collect(),
        }
    }

    /// The models it names.
    fn models(&self) -> BTreeSet<&str> {
        match self {
            Self::Files(parts) => parts.values().flatten().flat_map(|part| part.models()).collect(),
            Self::Events(records) => records.values().flatten().filter_map(|record| record.model.as_deref()).collect(),
        }
    }

    /// A session's answers that may be new, and how far its file is read then.
    fn read(&self, session: Uuid, mut progress: Progress) -> (Vec<Record>, Option<Progress>) {
        let parts = match self {
            Self::Events(records) => return (records[&session].clone(), None),
            Self::Files(parts) => &parts[&session],
        };
        let mut records = Vec::new();
        for part in parts {
            let (new, after) = session::answers(part, progress);
            records.extend(new);
            progress = after;
        }
        (records, Some(progress))
    }
}

/// Counts what is new in session files. Gives the moment of the latest answer that was.
pub async fn sessions(app: &App, sender: Sender<'_>, parts: &[Part]) -> AppResult<Option<DateTime<Utc>>> {
    let mut by_session: BTreeMap<Uuid, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        by_session.entry(part.session).or_default().push(part);
    }
    records(app, sender, &Told::Files(by_session)).await
}

/// Counts what is new in telemetry. Gives the moment of the latest answer that was.
pub async fn telemetry(app: &App, sender: Sender<'_>, answers: Vec<Record>) -> AppResult<Option<DateTime<Utc>>> {
    let mut by_session: BTreeMap<Uuid, Vec<Record>> = BTreeMap::new();
    for record in answers {
        by_session.entry(record.session).or_default().push(record);
    }
    records(app, sender, &Told::Events(by_session)).await
}

async fn records(app: &App, sender: Sender<'_>, told: &Told<'_>) -> AppResult<Option<DateTime<Utc>>> {
    let sessions = told.sessions();
    if sessions.is_empty() {
        return Ok(None);
    }
    let mut tries = 1..TRIES;
    let new = loop {
        match try_records(app, sender, told, &sessions).await {
            Err(error) if error.is_deadlock() && tries.next().is_some() => {}
            result => break result?,
        }
    };
    app.month_usage.forget(sender.host.id);
    Ok(new)
}

/// Sessions are locked in order, so what is new in them is decided by one transaction at a time.
async fn try_records(app: &App, sender: Sender<'_>, told: &Told<'_>, sessions: &[Uuid]) -> AppResult<Option<DateTime<Utc>>> {
    let now = app.clock.now();
    let models = models_of(app, told, sessions).await?;
    let mut tx = app.begin().await?;
    let mut counted = Vec::new();
    for session in sessions {
        let locked = sql::lock_session(&mut tx, now, *session).await?;
        let (mut records, progress) = told.read(*session, locked.progress());
        records.retain(|record| record.at_ms >= (sender.host.created_at - BEFORE).timestamp_millis());
        counted.extend(new_ones(&mut tx, locked.id, told.source(), &records, &models, now).await?);
        if let Some(progress) = progress {
            sql::set_progress(&mut tx, now, locked.id, &progress).await?;
        }
    }
    if !counted.is_empty() {
        store(&mut tx, sender, told.source(), now, &counted).await?;
    }
    tx.commit().await?;
    Ok(counted.iter().map(|one| one.at).max())
}

/// All models the answers can be of. They are looked up before the transaction: it has one connection.
async fn models_of(app: &App, told: &Told<'_>, sessions: &[Uuid]) -> AppResult<HashMap<String, Model>> {
    let before = sql::session_models(&mut *app.db.acquire().await?, sessions).await?;
    let mut names = told.models();
    names.extend(before.iter().map(String::as_str));
    names.insert("");
    models::find(app, &names.into_iter().collect::<Vec<_>>()).await
}

async fn new_ones(
    conn: &mut sqlx::MySqlConnection,
    session_id: u64,
    source: Source,
    records: &[Record],
    models: &HashMap<String, Model>,
    now: DateTime<Utc>,
) -> AppResult<Vec<Counted>> {
    let Some((first, last)) = records.iter().map(|r| r.at_ms).min().zip(records.iter().map(|r| r.at_ms).max()) else {
        return Ok(Vec::new());
    };
    let known = sql::known(conn, session_id, first - merge::APART_MS, last + merge::APART_MS).await?;
    let mut counted = Vec::new();
    for (record, meaning) in records.iter().zip(merge::decide(&known, records, source)) {
        match meaning {
            Meaning::Seen => {}
            Meaning::Same(id) => sql::fill(conn, id, source, record.at_ms).await?,
            Meaning::New => {
                let entry = Entry { line: None, tokens: Tokens::from(record.counts), model: record.model.clone() };
                let slot = Some(record.at_ms);
                let (file_at_ms, otel_at_ms) = if source == Source::Otel { (None, slot) } else { (slot, None) };
                let at = dated(record.at_ms, now);
                counted.push(Counted { session_id: Some(session_id), file_at_ms, otel_at_ms, ..count(entry, models, at)? });
            }
        }
    }
    Ok(counted)
}

/// The host's word for when it was; a clock that is ahead does not write the future.
fn dated(at_ms: i64, now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at_ms).map_or(now, |at| at.min(now))
}

pub(super) fn count(entry: Entry, models: &HashMap<String, Model>, at: DateTime<Utc>) -> AppResult<Counted> {
    let model = models.get(entry.model.as_deref().unwrap_or_default()).ok_or_else(|| AppError::internal("a model has no number"))?;
    let cost = model.price.as_ref().map(|(_, rates)| rates.cost(&entry.tokens)).unwrap_or_default();
    let price_id = model.price.as_ref().map(|(id, _)| *id);
    Ok(Counted { entry, model_id: model.id, price_id, cost, session_id: None, file_at_ms: None, otel_at_ms: None, at })
}

fn total(counted: &[Counted]) -> Money {
    Money(counted.iter().map(|one| one.cost.total()).sum::<rust_decimal::Decimal>().min(MOST))
}

async fn store(
    conn: &mut sqlx::MySqlConnection,
    sender: Sender<'_>,
    source: Source,
    now: DateTime<Utc>,
    counted: &[Counted],
) -> AppResult<u64> {
    let mut deltas = Deltas::default();
    let ingest_id = add(conn, sender, source, now, counted, &mut deltas).await?;
    deltas.count(conn).await?;
    Ok(ingest_id)
}

/// Adds a delivery and its rows; what they add to the sums is the caller's to write.
pub(super) async fn add(
    conn: &mut sqlx::MySqlConnection,
    sender: Sender<'_>,
    source: Source,
    now: DateTime<Utc>,
    counted: &[Counted],
    deltas: &mut Deltas,
) -> AppResult<u64> {
    let payload = serde_json::to_string(&Payload { usages: counted.iter().map(Shown::from).collect() }).map_err(AppError::internal)?;
    let ingest_id = sql::add_ingest(conn, now, sender, source, counted, total(counted), &payload).await?;
    sql::add_usages(conn, sender, ingest_id, counted).await?;
    for one in counted {
        let place =
            Place { day: one.at.date_naive(), host: sender.host.id, model: one.model_id, user: month::short_user(sender.user).to_owned() };
        deltas.add(&place, &Delta::entry(&one.entry.tokens, one.cost, one.unpriced()));
    }
    Ok(ingest_id)
}

/// What is kept of a delivery, in the contract's form and order.
#[derive(Serialize)]
struct Payload<'a> {
    usages: Vec<Shown<'a>>,
}

/// An entry in the contract's form and order.
#[derive(Serialize)]
struct Shown<'a> {
    line: Option<&'a str>,
    total: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    reasoning: Option<u64>,
    model: Option<&'a str>,
    cost: Money,
}

impl<'a> From<&'a Counted> for Shown<'a> {
    fn from(one: &'a Counted) -> Self {
        let Entry { line, tokens, model } = &one.entry;
        Self {
            line: line.as_deref(),
            total: tokens.total,
            input: tokens.input,
            output: tokens.output,
            cached: tokens.cached,
            reasoning: tokens.reasoning,
            model: model.as_deref(),
            cost: Money(one.cost.total()),
        }
    }
}
