//! What a worker sees of the world: every step takes time, may fail before or after it happened, and may be the last.

use std::future::poll_fn;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, Utc};
use shared::auth::authority::answer::Raw;
use shared::auth::authority::book::{CALL, Why};
use shared::auth::authority::spend::{Lease, Ports, Taken};

use super::issuer::{Issuer, Mood, Token};
use super::random::Random;
use super::store::{Guards, Store};

/// A step that takes so many milliseconds was held up.
const HELD_UP: i64 = 1_000;

/// Everything, in one place.
#[derive(Debug)]
pub struct State {
    pub random: Random,
    /// Milliseconds, by the database's clock.
    pub now: i64,
    pub store: Store,
    pub issuer: Issuer,
    /// Requests on their way.
    flights: Vec<Flight>,
    /// Whether anything goes wrong.
    pub faulty: bool,
    /// So many times less often than in the worst of worlds.
    mild: u64,
    /// When the worker that runs now wants to run again.
    pub wake: i64,
}

#[derive(Debug)]
struct Flight {
    arrives: i64,
    token: Token,
    recovery: bool,
    mood: Mood,
    id: usize,
    answer: Option<Raw>,
}

impl State {
    pub fn new(seed: u64, guards: Guards) -> Self {
        let mut issuer = Issuer::default();
        let store = Store::new(issuer.login(), guards);
        Self {
            random: Random(seed),
            now: 0,
            store,
            issuer,
            flights: Vec::new(),
            faulty: true,
            mild: [1, 4, 16][usize::try_from(seed % 3).unwrap_or(0)],
            wake: 0,
        }
    }

    pub fn clock(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + self.now).expect("a run is short")
    }

    /// Lets time pass: what is on its way arrives.
    pub fn advance(&mut self, to: i64) {
        self.now = self.now.max(to);
        let now = self.now;
        for flight in self.flights.iter_mut().filter(|flight| flight.answer.is_none() && flight.arrives <= now) {
            flight.answer = Some(self.issuer.exchange(flight.token, flight.recovery, flight.mood));
        }
    }

    fn goes_wrong(&mut self, once_in: u64) -> bool {
        self.faulty && self.random.once_in(once_in * self.mild)
    }

    /// How long one step takes; now and then the process is held up for minutes.
    fn delay(&mut self) -> i64 {
        if self.goes_wrong(40) { self.random.between(HELD_UP, 300_000) } else { self.random.between(1, 60) }
    }

    fn depart(&mut self, lease: &Lease) -> usize {
        let slow = self.goes_wrong(8);
        let delay = if slow { self.random.between(1_000, 20_000) } else { self.random.between(20, 500) };
        let mood = if self.goes_wrong(4) {
            [Mood::Overloaded, Mood::Failing, Mood::FailingLate, Mood::Babbling][usize::try_from(self.random.between(0, 3)).unwrap_or(0)]
        } else {
            Mood::Well
        };
        let (login, place) = lease.token.0.split_once(' ').expect("the store writes it so");
        let token = (login.parse().unwrap_or(0), place.parse().unwrap_or(0));
        let id = self.flights.len();
        let recovery = self.store.is_recovery(lease.fence);
        self.flights.push(Flight { arrives: self.now + delay, token, recovery, mood, id, answer: None });
        id
    }

    fn landed(&self, id: usize) -> Option<Raw> {
        self.flights.iter().find(|flight| flight.id == id).and_then(|flight| flight.answer.clone())
    }
}

/// One worker's view.
#[derive(Clone, Debug)]
pub struct World {
    state: Arc<Mutex<State>>,
    /// For how long this worker was held up.
    held_up: Arc<AtomicI64>,
}

/// A transaction did not say whether it happened.
#[derive(Debug)]
pub struct Failed;

impl World {
    pub fn new(state: State) -> Self {
        Self { state: Arc::new(Mutex::new(state)), held_up: Arc::default() }
    }

    /// The same world for another worker.
    pub fn other(&self) -> Self {
        Self { state: self.state.clone(), held_up: Arc::default() }
    }

    /// Milliseconds for which this worker was held up.
    pub fn held_up(&self) -> i64 {
        self.held_up.load(Ordering::Relaxed)
    }

    pub fn look(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("one thread runs everything")
    }

    /// Gives up the thread until `milliseconds` have passed.
    pub async fn wait(&self, milliseconds: i64) {
        let wake = |mut state: MutexGuard<'_, State>| state.wake = state.now + milliseconds;
        wake(self.look());
        let mut yielded = false;
        poll_fn(|_| if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    async fn step(&self) {
        let delay = self.look().delay();
        if delay >= HELD_UP {
            self.held_up.fetch_add(delay, Ordering::Relaxed);
        }
        self.wait(delay).await;
    }

    /// A transaction: it may fail before it happened, or after.
    async fn transaction<T: Send>(&self, act: impl FnOnce(&mut Store, DateTime<Utc>) -> T + Send) -> Result<T, Failed> {
        self.step().await;
        if self.look().goes_wrong(30) {
            return Err(Failed);
        }
        let act = |mut state: MutexGuard<'_, State>| {
            let now = state.clock();
            act(&mut state.store, now)
        };
        let done = act(self.look());
        self.step().await;
        if self.look().goes_wrong(30) { Err(Failed) } else { Ok(done) }
    }
}

impl Ports for World {
    type Error = Failed;

    async fn take(&self, seen: u64, why: Why) -> Result<Taken, Failed> {
        self.transaction(|store, now| store.take(now, seen, why)).await
    }

    async fn intend(&self, lease: &Lease, _: Why) -> Result<bool, Failed> {
        self.transaction(|store, now| store.intend(now, lease)).await
    }

    async fn exchange(&self, lease: &Lease) -> Raw {
        if self.look().goes_wrong(10) {
            return Raw::NotSent("not reached".to_owned());
        }
        let flight = self.look().depart(lease);
        let given_up = self.look().now + CALL.num_milliseconds();
        let comes_home = !self.look().goes_wrong(8);
        while self.look().now < given_up {
            self.wait(50).await;
            let landed = self.look().landed(flight);
            if let Some(answer) = landed.filter(|_| comes_home) {
                return answer;
            }
        }
        Raw::NoAnswer("no answer in time".to_owned())
    }

    async fn answered(&self, fence: u64, raw: &Raw) -> Result<(), Failed> {
        self.transaction(|store, _| store.answered(fence, raw)).await
    }

    async fn settle(&self, fence: u64) -> Result<(), Failed> {
        self.transaction(|store, now| store.settle(now, fence)).await
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.look().now.unsigned_abs())
    }

    async fn sleep(&self, time: Duration) {
        self.wait(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)).await;
    }
}
