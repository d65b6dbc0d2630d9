//! The steps over this server's database and OpenAI.

use std::time::{Duration, Instant};

use serde_json::json;

use super::answer::{self, Meaning, Raw};
use super::book::{Book, Outcome, Take, Why};
use super::spend::{Lease, Ports, RefreshToken, Taken};
use super::{openai, sql};
use crate::audit::{Actor, Change};
use crate::auth::host_view;
use crate::auth::sql::{Source, promote};
use crate::{App, AppError, AppResult};

/// This server: its database, and OpenAI.
#[derive(Debug)]
pub struct Fleet {
    app: App,
    by: Actor,
    started: Instant,
}

impl Fleet {
    /// `by` is who causes it, for the audit.
    pub fn new(app: &App, by: &Actor) -> Self {
        Self { app: app.clone(), by: by.clone(), started: Instant::now() }
    }

    /// Who took a lease, for people who look into the table.
    fn holder() -> String {
        format!("process {}", std::process::id())
    }

    async fn token(&self, change: &mut Change, generation: u64) -> AppResult<Option<RefreshToken>> {
        let login = host_view::current(&self.app, change, generation).await?;
        Ok(login.and_then(|login| login.token("refresh_token").map(|token| RefreshToken(token.to_owned()))))
    }

    async fn save(&self, change: &mut Change, before: &Book, book: &Book) -> AppResult<()> {
        sql::save(change, self.app.clock.now(), before, book, &Self::holder()).await?;
        if before.state != book.state {
            change.record("auth.state", "canonical", before.state.facts(), book.state.facts());
        }
        Ok(())
    }

    /// Stores the login an answer holds. The book has been moved to its generation.
    async fn promote(&self, change: &mut Change, book: &Book, grant: &answer::Grant) -> AppResult<()> {
        let (app, now) = (&self.app, self.app.clock.now());
        let old = host_view::current(app, change, book.generation - 1).await?;
        let old = old.ok_or_else(|| AppError::internal("the login that was refreshed is gone"))?;
        let next = grant.apply(&old, now).map_err(AppError::internal)?;
        promote(change, now, &app.config.keyring, book.generation, &next, Source::Refresh).await?;
        let facts = |generation: u64, digest: &str, last_refresh: &str| json!({ "generation": generation, "digest": digest, "last_refresh": last_refresh });
        let before = facts(book.generation - 1, &old.digest, &old.last_refresh);
        change.record("auth.refresh", "canonical", before, facts(book.generation, &next.digest, &next.last_refresh));
        Ok(())
    }
}

impl Ports for Fleet {
    type Error = AppError;

    async fn take(&self, seen: u64, why: Why) -> AppResult<Taken> {
        let mut change = Change::begin(&self.app, &self.by).await?;
        let before = sql::lock(&mut change).await?;
        let mut book = before.clone();
        let take = book.take(seen, why);
        let taken = match take {
            Take::Adopt | Take::Busy | Take::Settle { .. } => return Ok(Taken::Other(take)),
            Take::Send { fence } => match self.token(&mut change, book.generation).await? {
                Some(token) => Taken::Lease(Lease { fence, generation: book.generation, token }),
                None => return Ok(Taken::NotRefreshable),
            },
            Take::Pause(_) | Take::Stopped => Taken::Other(take),
        };
        self.save(&mut change, &before, &book).await?;
        change.commit().await?;
        Ok(taken)
    }

    async fn intend(&self, lease: &Lease, why: Why) -> AppResult<bool> {
        let mut tx = self.app.begin().await?;
        let mut book = sql::lock(&mut tx).await?;
        if !book.intend(lease.fence, lease.generation) {
            return Ok(false);
        }
        if let Some(spend) = book.spends.last() {
            sql::add_spend(&mut tx, self.app.clock.now(), spend, why).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn exchange(&self, lease: &Lease) -> Raw {
        openai::exchange(&self.app, &lease.token).await
    }

    async fn answered(&self, fence: u64, raw: &Raw) -> AppResult<()> {
        let text = serde_json::to_string(raw).map_err(AppError::internal)?;
        let mut conn = self.app.db.acquire().await?;
        sql::set_answer(&mut conn, self.app.clock.now(), fence, &self.app.config.keyring.seal(&text)).await?;
        Ok(())
    }

    async fn settle(&self, fence: u64) -> AppResult<()> {
        let mut change = Change::begin(&self.app, &self.by).await?;
        let before = sql::lock(&mut change).await?;
        let Some((generation, Some(sealed))) = sql::answer(&mut change, fence).await? else { return Ok(()) };
        let raw: Raw = serde_json::from_str(&self.app.config.keyring.open(&sealed)?).map_err(AppError::internal)?;
        let meaning = answer::read(&raw);
        let mut book = before.clone();
        let outcome = book.settle(fence, generation, &meaning);
        if let (Some(Outcome::Promoted), Meaning::Granted(grant)) = (outcome, &meaning) {
            self.promote(&mut change, &book, grant).await?;
        }
        self.save(&mut change, &before, &book).await?;
        if outcome.is_some() {
            sql::set_outcome(&mut change, fence, outcome, detail(&meaning)).await?;
        }
        change.commit().await
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

fn detail(meaning: &Meaning) -> Option<&str> {
    match meaning {
        Meaning::Granted(_) => None,
        Meaning::Refused(text) | Meaning::TurnedAway(text) | Meaning::Unclear(text) => Some(text),
    }
}
