//! The rules of spending: pure functions over the lease and the spends of the current login.

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::Meaning;

/// How long a lease lasts, by the database's clock. Nobody else sends the token before it ends.
pub const LEASE: TimeDelta = TimeDelta::seconds(90);
/// How long a call to OpenAI may take.
pub const CALL: TimeDelta = TimeDelta::seconds(15);
/// A token leaves the server at most so long after its intent was asked for: who was held up longer does not send it.
pub const SEND_WITHIN: TimeDelta = TimeDelta::seconds(10);
/// What did not work is not tried again earlier; a request that was given up may still be on its way for less than this.
const PAUSE: TimeDelta = TimeDelta::seconds(60);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// Whether the fleet's login can be kept alive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Yes.
    #[default]
    Ok,
    /// A token was sent and its answer never came: it is tried once more.
    Uncertain,
    /// No: somebody has to sign in again. A code says why.
    NeedsLogin(String),
}

/// The code of [`State::NeedsLogin`] when two answers never came: an owner may try once more.
pub const UNANSWERED: &str = "unanswered";
/// The same when the login came back from a copy of the database: its token may be spent since.
pub const RESTORED: &str = "restored";

/// How one spend ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its answer became the next login.
    Promoted,
    /// OpenAI will not take this token any more.
    Refused,
    /// The token was not looked at.
    TurnedAway,
    /// Nobody knows whether the token was spent.
    Lost,
    /// Another login came first. The answer is kept.
    Superseded,
}

/// One time the token was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// Under which lease.
    pub fence: u64,
    /// Whose token.
    pub generation: u64,
    /// The try after a lost answer.
    pub recovery: bool,
    /// Its answer is stored.
    pub answered: bool,
    /// `None`: not settled.
    pub outcome: Option<Outcome>,
}

impl Spend {
    /// Its answer has come in; one that comes after the spend was given up counts all the same. `false`: it is settled.
    /// The database's form of this rule is [`super::sql::set_answer`].
    pub fn answer(&mut self) -> bool {
        let open = matches!(self.outcome, None | Some(Outcome::Lost));
        if open {
            (self.answered, self.outcome) = (true, None);
        }
        open
    }
}

/// The lease, the state and every spend of the current login: what one transaction decides on.
#[derive(Clone, Debug)]
pub struct Book {
    /// The database's clock.
    pub now: DateTime<Utc>,
    /// Of the newest lease.
    pub fence: u64,
    /// Until when that is held; `None`: it was given back.
    pub held_until: Option<DateTime<Utc>>,
    /// The current login.
    pub generation: u64,
    /// Whether it can be refreshed.
    pub state: State,
    /// Attempts in a row that came to nothing.
    pub failures: u32,
    /// No attempt before then.
    pub not_before: Option<DateTime<Utc>>,
    /// Of the current login, oldest first.
    pub spends: Vec<Spend>,
}

/// Why somebody wants a new login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is time.
    Due,
    /// A host's token has ended or was refused.
    Asked,
    /// An owner says so: no pause counts, and an unanswered token is tried once more.
    Forced,
}

/// The answer to somebody who wants to refresh a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// There is a newer login already.
    Adopt,
    /// Somebody is at it.
    Busy,
    /// Not before then.
    Pause(DateTime<Utc>),
    /// A person has to sign in.
    Stopped,
    /// Send the token.
    Send {
        /// The lease.
        fence: u64,
    },
    /// An answer waits to be settled: that of this spend.
    Settle {
        /// Its lease.
        fence: u64,
    },
}

impl Book {
    /// Decides who may refresh the login of `seen`, and notes what became of spends nobody has answered.
    pub fn take(&mut self, seen: u64, why: Why) -> Take {
        if self.generation > seen {
            return Take::Adopt;
        }
        // Whoever sees it may do it: it is done once.
        if let Some(spend) = self.spends.iter().find(|spend| spend.answered && spend.outcome.is_none()) {
            return Take::Settle { fence: spend.fence };
        }
        if self.held_until.is_some_and(|until| until > self.now) {
            return Take::Busy;
        }
        self.give_up_unanswered();
        let again = why == Why::Forced && matches!(&self.state, State::NeedsLogin(code) if code == UNANSWERED || code == RESTORED);
        if matches!(self.state, State::NeedsLogin(_)) && !again {
            return Take::Stopped;
        }
        if let Some(until) = self.not_before.filter(|until| *until > self.now && why != Why::Forced) {
            return Take::Pause(until);
        }
        self.fence += 1;
        self.held_until = Some(self.now + LEASE);
        Take::Send { fence: self.fence }
    }

    /// The lease is over and its holder has said nothing: it is gone, or will not send any more.
    fn give_up_unanswered(&mut self) {
        for spend in self.spends.iter_mut().filter(|spend| spend.outcome.is_none()) {
            spend.outcome = Some(Outcome::Lost);
        }
        self.count_lost();
    }

    /// One lost answer leaves one more try; a second one leaves it to a person. What OpenAI has said stands.
    fn count_lost(&mut self) {
        if matches!(&self.state, State::NeedsLogin(code) if code != UNANSWERED) {
            return;
        }
        self.state = match self.lost() {
            0 => State::Ok,
            1 => State::Uncertain,
            _ => State::NeedsLogin(UNANSWERED.to_owned()),
        };
    }

    fn lost(&self) -> usize {
        self.spends.iter().filter(|spend| spend.outcome == Some(Outcome::Lost)).count()
    }

    /// Writes down that the token of `generation` is about to be sent. `false`: it must not be, because the lease is
    /// another's or too old, because the login has changed, or because a late answer has come that may hold the next one.
    pub fn intend(&mut self, fence: u64, generation: u64) -> bool {
        let in_time = self.held_until.is_some_and(|until| until - self.now >= LEASE - SEND_WITHIN);
        let waits = self.spends.iter().any(|spend| spend.outcome.is_none());
        if fence != self.fence || !in_time || generation != self.generation || waits {
            return false;
        }
        let recovery = self.lost() > 0;
        self.spends.push(Spend { fence, generation, recovery, answered: false, outcome: None });
        true
    }

    /// Settles the answered spend of `fence`, whose token was that of `generation`; `None`: it is settled already. On
    /// [`Outcome::Promoted`] its tokens are the next login. The lease is given back when it is this spend's own.
    pub fn settle(&mut self, fence: u64, generation: u64, meaning: &Meaning) -> Option<Outcome> {
        if self.fence == fence {
            self.held_until = None;
        }
        if generation != self.generation {
            return Some(Outcome::Superseded);
        }
        let at = self.spends.iter().position(|spend| spend.fence == fence && spend.outcome.is_none())?;
        let outcome = match meaning {
            Meaning::Granted(_) => Outcome::Promoted,
            Meaning::Refused(_) => Outcome::Refused,
            Meaning::TurnedAway(_) => Outcome::TurnedAway,
            Meaning::Unclear(_) => Outcome::Lost,
        };
        self.spends[at].outcome = Some(outcome);
        match meaning {
            Meaning::Granted(_) => self.promoted(),
            // An answer that was stored late may still hold the next login: then it is settled next and all is well again.
            Meaning::Refused(code) => self.state = State::NeedsLogin(code.clone()),
            Meaning::TurnedAway(_) | Meaning::Unclear(_) => {
                self.count_lost();
                self.pause();
            }
        }
        Some(outcome)
    }

    /// The login came back from a copy: nobody sends its token by itself. Whoever held the lease is not here.
    pub fn restored(&mut self) {
        (self.held_until, self.not_before) = (None, None);
        if !matches!(self.state, State::NeedsLogin(_)) {
            self.state = State::NeedsLogin(RESTORED.to_owned());
        }
    }

    fn promoted(&mut self) {
        self.generation += 1;
        self.state = State::Ok;
        self.spends.clear();
        (self.failures, self.not_before) = (0, None);
    }

    fn pause(&mut self) {
        let pause = (PAUSE * 2_i32.pow(self.failures.min(4))).min(LONGEST_PAUSE);
        self.failures += 1;
        self.not_before = Some(self.now + pause);
    }
}
