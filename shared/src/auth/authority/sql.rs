//! SQL of the lease and the spends. Whoever reads the book holds the fleet's row, as whoever stores a login does.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::book::{Book, Outcome, Spend, State, Why};

#[derive(sqlx::FromRow)]
struct LeaseRow {
    now: DateTime<Utc>,
    auth_generation: u64,
    auth_state: String,
    auth_state_code: Option<String>,
    fence: u64,
    held_until: Option<DateTime<Utc>>,
    generation: u64,
    failures: u16,
    not_before: Option<DateTime<Utc>>,
}

/// Reads the book and locks it until the transaction ends.
pub async fn lock(conn: &mut MySqlConnection) -> sqlx::Result<Book> {
    let sql = "SELECT CAST(UTC_TIMESTAMP(6) AS DATETIME(6)) AS now, f.auth_generation, f.auth_state, f.auth_state_code, l.fence, \
               l.held_until, l.generation, l.failures, l.not_before FROM fleet f JOIN auth_lease l ON l.id = 1 WHERE f.id = 1 FOR UPDATE";
    let row: LeaseRow = sqlx::query_as(sql).fetch_one(&mut *conn).await?;
    let about_this = row.generation == row.auth_generation;
    Ok(Book {
        now: row.now,
        fence: row.fence,
        held_until: row.held_until,
        generation: row.auth_generation,
        state: state(&row.auth_state, row.auth_state_code),
        failures: if about_this { u32::from(row.failures) } else { 0 },
        not_before: row.not_before.filter(|_| about_this),
        spends: spends(conn, row.auth_generation).await?,
    })
}

/// The state in its two columns.
pub fn state(name: &str, code: Option<String>) -> State {
    match name {
        "needs_login" => State::NeedsLogin(code.unwrap_or_default()),
        "uncertain" => State::Uncertain,
        _ => State::Ok,
    }
}

impl State {
    /// Its name in the database and the API.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Uncertain => "uncertain",
            Self::NeedsLogin(_) => "needs_login",
        }
    }

    /// What the audit says of it.
    pub fn facts(&self) -> serde_json::Value {
        serde_json::json!({ "state": self.name(), "code": self.code() })
    }

    /// Why a person has to sign in.
    pub fn code(&self) -> Option<&str> {
        if let Self::NeedsLogin(code) = self { Some(code) } else { None }
    }
}

async fn spends(conn: &mut MySqlConnection, generation: u64) -> sqlx::Result<Vec<Spend>> {
    type Row = (u64, bool, Option<DateTime<Utc>>, Option<String>);
    let sql = "SELECT fence, recovery, answered_at, outcome FROM auth_spends WHERE generation = ? ORDER BY fence";
    let rows: Vec<Row> = sqlx::query_as(sql).bind(generation).fetch_all(conn).await?;
    let spend = |(fence, recovery, answered_at, outcome): Row| Spend {
        fence,
        generation,
        recovery,
        answered: answered_at.is_some(),
        outcome: outcome.as_deref().and_then(Outcome::parse),
    };
    Ok(rows.into_iter().map(spend).collect())
}

impl Outcome {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Promoted, "promoted"),
        (Self::Refused, "refused"),
        (Self::TurnedAway, "turned_away"),
        (Self::Lost, "lost"),
        (Self::Superseded, "superseded"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(outcome, _)| *outcome)
    }

    /// Its name in the database and the audit.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(outcome, _)| *outcome == self).map_or("", |(_, name)| name)
    }
}

impl Why {
    /// Its name in the database and the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Asked => "asked",
            Self::Forced => "forced",
        }
    }
}

/// Writes back what a rule changed: the lease, the state, the spends it gave up.
pub async fn save(conn: &mut MySqlConnection, now: DateTime<Utc>, before: &Book, book: &Book, holder: &str) -> sqlx::Result<()> {
    let sql = "UPDATE auth_lease SET fence = ?, holder = ?, held_until = ?, generation = ?, failures = ?, not_before = ? WHERE id = 1";
    sqlx::query(sql)
        .bind(book.fence)
        .bind(holder)
        .bind(book.held_until)
        .bind(book.generation)
        .bind(u16::try_from(book.failures).unwrap_or(u16::MAX))
        .bind(book.not_before)
        .execute(&mut *conn)
        .await?;
    for spend in book.spends.iter().filter(|spend| !before.spends.contains(spend)) {
        set_outcome(conn, spend.fence, spend.outcome, None).await?;
    }
    if before.state != book.state {
        set_state(conn, now, &book.state).await?;
    }
    Ok(())
}

/// Changes what the fleet's login is said to be.
pub async fn set_state(conn: &mut MySqlConnection, now: DateTime<Utc>, state: &State) -> sqlx::Result<()> {
    let sql = "UPDATE fleet SET auth_state = ?, auth_state_code = ?, auth_state_at = ? WHERE id = 1";
    sqlx::query(sql).bind(state.name()).bind(state.code()).bind(now).execute(conn).await?;
    Ok(())
}

/// Notes how a spend ended, or that its answer waits to be settled.
pub async fn set_outcome(conn: &mut MySqlConnection, fence: u64, outcome: Option<Outcome>, detail: Option<&str>) -> sqlx::Result<()> {
    let short = detail.map(|text| &text[..text.floor_char_boundary(190)]);
    let sql = "UPDATE auth_spends SET outcome = ?, detail = COALESCE(?, detail), answer_sealed = IF(? = 'promoted', NULL, answer_sealed) WHERE fence = ?";
    let name = outcome.map(Outcome::name);
    sqlx::query(sql).bind(name).bind(short).bind(name).bind(fence).execute(conn).await?;
    Ok(())
}

/// Adds an intent.
pub async fn add_spend(conn: &mut MySqlConnection, now: DateTime<Utc>, spend: &Spend, why: Why) -> sqlx::Result<()> {
    let sql = "INSERT INTO auth_spends (fence, generation, recovery, why, intended_at) VALUES (?, ?, ?, ?, ?)";
    sqlx::query(sql).bind(spend.fence).bind(spend.generation).bind(spend.recovery).bind(why.name()).bind(now).execute(conn).await?;
    Ok(())
}

/// Stores an answer; one that was given up waits to be settled again; one that is settled stays.
pub async fn set_answer(conn: &mut MySqlConnection, now: DateTime<Utc>, fence: u64, sealed: &str) -> sqlx::Result<()> {
    let sql = "UPDATE auth_spends SET answered_at = ?, answer_sealed = ?, outcome = NULL WHERE fence = ? AND (outcome IS NULL OR outcome = 'lost')";
    sqlx::query(sql).bind(now).bind(sealed).bind(fence).execute(conn).await?;
    Ok(())
}

/// The generation of a spend and its answer, sealed.
pub async fn answer(conn: &mut MySqlConnection, fence: u64) -> sqlx::Result<Option<(u64, Option<String>)>> {
    sqlx::query_as("SELECT generation, answer_sealed FROM auth_spends WHERE fence = ?").bind(fence).fetch_optional(conn).await
}
