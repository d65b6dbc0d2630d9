//! One run: workers that refresh, are held up, die and come back; people who sign in; then quiet, and a verdict.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use shared::auth::authority::book::{State as Login, Why};
use shared::auth::authority::spend::{Ended, renew};

use super::random::Random;
use super::store::Guards;
use super::world::{State, World};

/// Names a run.
pub type Seed = u64;

/// Things go wrong for so long, in milliseconds, …
const STORM: i64 = 900_000;
/// … and then nothing does: longer than the longest pause and the leases around it.
const QUIET: i64 = 3_600_000;
/// What is under way then is finished within this.
const LAST_WORDS: i64 = 600_000;
/// How long a token lives.
const LIFE: i64 = 600_000;
/// How long somebody waits for another's refresh.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that looks after the login.
struct Worker {
    running: Pin<Box<dyn Future<Output = ()>>>,
    wake: i64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// How many logins there were.
    pub generations: u64,
    /// A person has to sign in.
    pub needs_login: bool,
}

/// Runs one seed. The error says what must not have happened.
pub fn run(seed: Seed, guards: Guards) -> Result<End, String> {
    let world = World::new(State::new(seed, guards));
    let mut chance = Random(seed ^ 0x5EED);
    let mut workers: Vec<Worker> = (0..chance.between(2, 5)).map(|_| worker(&world, &mut chance)).collect();
    loop {
        let next = (0..workers.len()).min_by_key(|at| workers[*at].wake).ok_or("nobody works")?;
        let now = workers[next].wake;
        let over = now > STORM + QUIET && !world.look().store.is_open();
        if over || now > STORM + QUIET + LAST_WORDS {
            break;
        }
        world.look().faulty = now < STORM;
        world.look().advance(now);
        if now < STORM {
            chaos(&world, &mut workers, next, &mut chance);
        }
        poll(&world, &mut workers[next]);
        let state = world.look();
        if let Some(wrong) = state.issuer.wrong.as_ref().or(state.store.wrong.as_ref()) {
            return Err(format!("{wrong} (at {now} ms)"));
        }
    }
    verdict(&world)
}

/// A process dies and another comes up; somebody signs in anew.
fn chaos(world: &World, workers: &mut [Worker], next: usize, chance: &mut Random) {
    if chance.once_in(60) {
        let mut restarted = worker(world, chance);
        restarted.wake = world.look().now + chance.between(100, 20_000);
        workers[next] = restarted;
    }
    if chance.once_in(2_000) {
        let mut state = world.look();
        let token = state.issuer.login();
        state.store.seed(token);
    }
}

fn poll(world: &World, worker: &mut Worker) {
    world.look().wake = i64::MAX;
    let mut context = Context::from_waker(Waker::noop());
    assert!(worker.running.as_mut().poll(&mut context).is_pending(), "a worker never ends");
    worker.wake = world.look().wake;
}

fn worker(world: &World, chance: &mut Random) -> Worker {
    let (world, skew, wake) = (world.other(), chance.between(-300_000, 300_000), world.look().now);
    Worker { running: Box::pin(work(world, skew)), wake }
}

/// Looks every few seconds, by a clock that is up to five minutes wrong; sometimes a host asks.
async fn work(world: World, skew: i64) {
    let (mut seen, mut since) = (0, 0);
    loop {
        let pause = world.look().random.between(2_000, 40_000);
        world.wait(pause).await;
        let (generation, now, open, asked) = {
            let mut state = world.look();
            (state.store.current().0, state.now, state.store.is_open(), state.random.once_in(12))
        };
        if generation != seen {
            (seen, since) = (generation, now);
        }
        let due = now + skew - since > LIFE / 2;
        if due || open || asked {
            let why = if asked { Why::Asked } else { Why::Due };
            let (started, held_up) = (world.look().now, world.held_up());
            let ended = renew(&world, seen, why, PATIENCE).await;
            check_patience(&world, started, held_up, ended.ok());
        }
    }
}

/// Nobody waits longer than they have patience for, but for what their own steps took.
fn check_patience(world: &World, started: i64, held_up: i64, ended: Option<Ended>) {
    let mut state = world.look();
    let waited = state.now - started - (world.held_up() - held_up);
    // Their own call, storing its answer nine times, and the patience itself.
    if waited > 160_000 {
        state.issuer.wrong = Some(format!("somebody waited {waited} ms and got {ended:?}"));
    }
}

/// After the quiet the login works, or it is said that it does not.
fn verdict(world: &World) -> Result<End, String> {
    let state = world.look();
    let (generation, token) = state.store.current();
    match &state.store.state {
        Login::Ok if state.issuer.is_live(token) => Ok(End { generations: generation, needs_login: false }),
        Login::Ok => Err(format!("{token:?} of generation {generation} is dead and nobody says so")),
        Login::Uncertain => Err(format!("generation {generation} stays uncertain")),
        Login::NeedsLogin(_) => Ok(End { generations: generation, needs_login: true }),
    }
}
