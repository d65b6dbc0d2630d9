//! After a new encryption key: what an older one sealed is sealed with the newest, beside servers that run.
//!
//! Each value is swapped only when it is still what was read, so nothing that is written meanwhile is lost. A run that ends early has
//! done what it has done: the next one goes on.

mod columns;
mod seen;
mod sql;

pub use columns::{COLUMNS, Column};

use serde_json::json;

use crate::audit::{Actor, Change};
use crate::{App, AppResult};

/// After so many rounds that all found something the servers still seal with an older key.
const ROUNDS: u32 = 5;

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What is looked at.
    pub column: Column,
    /// Values of it that were looked at.
    pub looked_at: u64,
    /// Values of all columns that were sealed anew.
    pub renewed: u64,
}

/// A value that no key opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unopened {
    /// Where.
    pub column: Column,
    /// In the row, or in one of the rows, with this id.
    pub id: u64,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Values that were sealed anew.
    pub renewed: u64,
    /// Values that the newest key opens now.
    pub sealed: u64,
    /// Values that no key opens: they were so before.
    pub unopened: Vec<Unopened>,
    /// Values that were sealed with an older key at the last look; not 0: some server still does.
    pub older: u64,
}

impl Outcome {
    /// Whether nothing needs an older key any more.
    pub const fn is_complete(&self) -> bool {
        self.older == 0 && self.unopened.is_empty()
    }
}

/// Seals everything with the newest key. `tell` hears how far it is.
pub async fn run(app: &App, by: &Actor, tell: &mut (dyn FnMut(Progress) + Send)) -> AppResult<Outcome> {
    let (proof, rest) = COLUMNS.split_last().expect("there are columns");
    let mut renewed = 0;
    for _ in 0..ROUNDS {
        let round = walk(app, rest, renewed, tell).await?;
        renewed += round.renewed;
        if round.renewed == 0 && round.older == 0 {
            seen::renew(app).await?;
            // A server that has the newest key alone starts only when it opens this.
            if round.unopened.is_empty() {
                renewed += walk(app, &[*proof], renewed, tell).await?.renewed;
            }
            break;
        }
    }
    let outcome = Outcome { renewed, ..check(app).await? };
    record(app, by, &outcome).await?;
    Ok(outcome)
}

/// Only looks: what the newest key opens, what an older one does, and what none does.
pub async fn check(app: &App) -> AppResult<Outcome> {
    let mut outcome = Outcome::default();
    for column in COLUMNS {
        let mut after = 0;
        while let Some(last) = sql::step(&mut *app.db.acquire().await?, column, after).await? {
            for (id, sealed) in sql::sealed(&mut *app.db.acquire().await?, column, after, last).await? {
                match app.config.keyring.renewed(&sealed) {
                    Ok(None) => outcome.sealed += 1,
                    Ok(Some(_)) => outcome.older += 1,
                    Err(_) => outcome.unopened.push(Unopened { column: *column, id }),
                }
            }
            after = last;
        }
    }
    Ok(outcome)
}

async fn walk(app: &App, columns: &[Column], before: u64, tell: &mut (dyn FnMut(Progress) + Send)) -> AppResult<Outcome> {
    let mut outcome = Outcome::default();
    for column in columns {
        let (mut after, mut looked_at) = (0, 0);
        while let Some(last) = sql::step(&mut *app.db.acquire().await?, column, after).await? {
            looked_at += step(app, column, after, last, &mut outcome).await?;
            tell(Progress { column: *column, looked_at, renewed: before + outcome.renewed });
            after = last;
        }
    }
    Ok(outcome)
}

async fn step(app: &App, column: &Column, after: u64, last: u64, outcome: &mut Outcome) -> AppResult<u64> {
    let values = sql::sealed(&mut *app.db.acquire().await?, column, after, last).await?;
    let looked_at = values.len() as u64;
    for (id, old) in values {
        match app.config.keyring.renewed(&old) {
            Ok(None) => outcome.sealed += 1,
            Err(_) => outcome.unopened.push(Unopened { column: *column, id }),
            Ok(Some(new)) => {
                // Others lock rows and not the gaps between them, and so does this.
                let mut tx = app.begin().await?;
                let swapped = sql::swap(&mut tx, column, id, &old, &new).await?;
                tx.commit().await?;
                // Whoever was faster may have an older key in front.
                if swapped { outcome.renewed += 1 } else { outcome.older += 1 }
            }
        }
    }
    Ok(looked_at)
}

async fn record(app: &App, by: &Actor, outcome: &Outcome) -> AppResult<()> {
    if outcome.renewed == 0 {
        return Ok(());
    }
    let mut change = Change::begin(app, by).await?;
    let facts = json!({ "renewed": outcome.renewed, "older": outcome.older, "unopened": outcome.unopened.len() });
    change.record("keyring.reseal", "AUTH_ENCRYPTION_KEY", (), facts);
    change.commit().await
}
