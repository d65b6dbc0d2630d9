//! The store: one row of lease, every spend, every login. Each method is a transaction over the product's own rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use shared::auth::authority::answer::{Raw, read};
use shared::auth::authority::book::{Book, LEASE, Outcome, Spend, State, Take, Why};
use shared::auth::authority::spend::{Lease, RefreshToken, Taken};

use super::issuer::{Token, token_of};

/// What keeps a token from being spent twice or lost; each can be taken away to see what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// Only the holder of the newest lease writes an intent.
    pub fence: bool,
    /// The intent is written before the token leaves.
    pub intent: bool,
    /// An answer becomes the next login only of the login it was for.
    pub swap: bool,
}

impl Guards {
    /// All of them.
    pub const ALL: Self = Self { fence: true, intent: true, swap: true };
}

/// The rows.
#[derive(Debug)]
pub struct Store {
    fence: u64,
    held_until: Option<DateTime<Utc>>,
    failures: u32,
    not_before: Option<DateTime<Utc>>,
    pub state: State,
    /// The token of each generation, from 1.
    logins: Vec<Token>,
    spends: Vec<(Spend, Option<Raw>)>,
    /// Which login each lease was for.
    leases: BTreeMap<u64, u64>,
    guards: Guards,
    /// What must not have happened.
    pub wrong: Option<String>,
}

impl Store {
    /// A store whose first login holds `token`.
    pub fn new(token: Token, guards: Guards) -> Self {
        Self {
            fence: 0,
            held_until: None,
            failures: 0,
            not_before: None,
            state: State::Ok,
            logins: vec![token],
            spends: Vec::new(),
            leases: BTreeMap::new(),
            guards,
            wrong: None,
        }
    }

    /// The current login and its token.
    pub fn current(&self) -> (u64, Token) {
        (self.logins.len() as u64, *self.logins.last().expect("there is a first login"))
    }

    /// Whether an attempt is not finished.
    pub fn is_open(&self) -> bool {
        let (generation, _) = self.current();
        self.spends.iter().any(|(spend, _)| spend.generation == generation && spend.outcome.is_none()) || self.state == State::Uncertain
    }

    /// Whether the spend under this lease is a recovery.
    pub fn is_recovery(&self, fence: u64) -> bool {
        self.spends.iter().any(|(spend, _)| spend.fence == fence && spend.recovery)
    }

    fn book(&self, now: DateTime<Utc>) -> Book {
        let (generation, _) = self.current();
        let own = self.spends.iter().filter(|(spend, _)| spend.generation == generation).map(|(spend, _)| spend.clone());
        Book {
            now,
            fence: self.fence,
            held_until: self.held_until,
            generation,
            state: self.state.clone(),
            failures: self.failures,
            not_before: self.not_before,
            spends: own.collect(),
        }
    }

    fn save(&mut self, book: Book) {
        (self.fence, self.held_until, self.state) = (book.fence, book.held_until, book.state);
        (self.failures, self.not_before) = (book.failures, book.not_before);
        for spend in book.spends {
            match self.spends.iter_mut().find(|(known, _)| known.fence == spend.fence) {
                Some((known, _)) => *known = spend,
                None => self.spends.push((spend, None)),
            }
        }
    }

    pub fn take(&mut self, now: DateTime<Utc>, seen: u64, why: Why) -> Taken {
        let mut book = self.book(now);
        let take = book.take(seen, why);
        let (generation, (login, place)) = self.current();
        self.save(book);
        match take {
            Take::Send { fence } => {
                self.leases.insert(fence, generation);
                Taken::Lease(Lease { fence, generation, token: RefreshToken(format!("{login} {place}")) })
            }
            other => Taken::Other(other),
        }
    }

    pub fn intend(&mut self, now: DateTime<Utc>, lease: &Lease) -> bool {
        let mut book = self.book(now);
        if !self.guards.intent {
            return lease.fence == book.fence;
        }
        if !self.guards.fence {
            (book.fence, book.held_until) = (lease.fence, Some(now + LEASE));
        }
        let intended = book.intend(lease.fence, lease.generation);
        (book.fence, book.held_until) = (self.fence, self.held_until);
        self.save(book);
        intended
    }

    pub fn answered(&mut self, fence: u64, raw: &Raw) {
        if !self.guards.intent && !self.spends.iter().any(|(spend, _)| spend.fence == fence) {
            let generation = self.leases[&fence];
            self.spends.push((Spend { fence, generation, recovery: false, answered: false, outcome: None }, None));
        }
        let spend = self.spends.iter_mut().find(|(spend, _)| spend.fence == fence);
        if let Some((spend, answer)) = spend
            && spend.answer()
        {
            *answer = Some(raw.clone());
        }
    }

    pub fn settle(&mut self, now: DateTime<Utc>, fence: u64) {
        let Some((mut spend, Some(raw))) = self.spends.iter().find(|(spend, _)| spend.fence == fence).cloned() else { return };
        let mut book = self.book(now);
        if !self.guards.swap && spend.generation != book.generation {
            spend.generation = book.generation;
            book.spends.push(spend.clone());
        }
        let outcome = book.settle(fence, spend.generation, &read(&raw));
        if let Some(known) = self.spends.iter_mut().find(|(known, _)| known.fence == fence) {
            known.0.outcome = outcome.or(known.0.outcome);
        }
        self.save(book);
        if outcome == Some(Outcome::Promoted)
            && let Some(token) = token_of(&raw)
        {
            self.promote(token);
        }
    }

    /// Somebody has signed in and seeds the new login.
    pub fn seed(&mut self, token: Token) {
        self.promote(token);
        self.state = State::Ok;
        (self.failures, self.not_before) = (0, None);
    }

    fn promote(&mut self, token: Token) {
        let (_, last) = self.current();
        if token <= last {
            self.wrong = Some(format!("{token:?} came after {last:?}"));
        }
        self.logins.push(token);
    }
}
