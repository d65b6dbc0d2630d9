//! Several instances over one shared bucket, in orders by chance that can be repeated: answers that are lost, clocks that differ.

use super::bucket::{Bucket, Step};
use super::sql::State;

const WINDOW: i64 = 60;

/// `SplitMix64` (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    fn percent(&mut self, part: u64) -> bool {
        self.below(100) < part
    }
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    /// Percent of statements that never reach the database, and of answers that never come back.
    unasked: u64,
    lost: u64,
    /// The most seconds by which a clock is wrong, either way.
    skew: u64,
}

/// Hits on their way to the database, or their answer on its way back.
struct Flight {
    from: usize,
    hits: u32,
    /// The instance's clock when it asked.
    now: i64,
    answer: Option<State>,
}

struct World {
    random: Random,
    limit: u32,
    faults: Faults,
    now: i64,
    instances: Vec<(Bucket, i64)>,
    store: State,
    flights: Vec<Flight>,
    /// Of the store's window: requests that were let through, and losses.
    passed: u32,
    losses: u32,
    refused: u32,
    /// Hits that are counted nowhere but in an instance, or lost on the way.
    unshared: u32,
}

impl World {
    fn new(seed: u64, limit: u32, count: u64, faults: Faults) -> Self {
        let mut random = Random(seed);
        let mut skew = || i64::try_from(random.below(2 * faults.skew + 1)).unwrap() - i64::try_from(faults.skew).unwrap();
        let instances = (0..count).map(|_| (Bucket::default(), skew())).collect();
        let store = State { hits: 0, ends_at: 0 };
        let (now, flights) = (1_000, Vec::new());
        Self { random, limit, faults, now, instances, store, flights, passed: 0, losses: 0, refused: 0, unshared: 0 }
    }

    /// One more request, at any of the instances.
    fn hit(&mut self) {
        let from = usize::try_from(self.random.below(self.instances.len() as u64)).unwrap();
        let (bucket, skew) = &mut self.instances[from];
        let now = self.now + *skew;
        self.unshared += 1;
        match bucket.hit(now, self.limit) {
            Step::Pass => self.pass(),
            Step::Block(_) => {
                self.unshared -= 1;
                self.refused += 1;
            }
            Step::Share(hits) => self.flights.push(Flight { from, hits, now, answer: None }),
        }
    }

    fn pass(&mut self) {
        self.passed += 1;
        let count = u32::try_from(self.instances.len()).unwrap();
        let eighth = self.limit / 8;
        // An eighth each; as much again of instances that do not know yet that another's clock has begun a new window, and of
        // each answer that nobody got.
        let windows = if self.faults.skew == 0 { 1 } else { 2 };
        let most = self.limit + count * eighth * windows + self.losses * (eighth + 1);
        assert!(self.passed <= most, "{} passed of {}, {most} at most", self.passed, self.limit);
    }

    /// One of what is on its way moves on.
    fn arrive(&mut self) {
        if self.flights.is_empty() {
            return;
        }
        let place = usize::try_from(self.random.below(self.flights.len() as u64)).unwrap();
        let (asked, lost) = (self.random.percent(self.faults.unasked), self.random.percent(self.faults.lost));
        let flight = &mut self.flights[place];
        let Some(answer) = flight.answer else {
            if asked {
                self.end(place, None);
            } else {
                let (hits, now) = (flight.hits, flight.now);
                let answer = self.add(hits, now);
                self.flights[place].answer = Some(answer);
            }
            return;
        };
        self.end(place, (!lost).then_some(answer));
    }

    /// What the statement in `sql.rs` does.
    fn add(&mut self, hits: u32, now: i64) -> State {
        self.unshared -= hits;
        if self.store.ends_at <= now {
            self.store = State { hits, ends_at: now + WINDOW };
            (self.passed, self.losses) = (0, 0);
        } else {
            self.store.hits += hits;
        }
        self.store
    }

    fn end(&mut self, place: usize, answer: Option<State>) {
        let Flight { from, hits, answer: counted, .. } = self.flights.swap_remove(place);
        let bucket = &mut self.instances[from].0;
        bucket.arrived(hits);
        let Some(shared) = answer else {
            self.losses += 1;
            self.unshared -= if counted.is_none() { hits } else { 0 };
            return;
        };
        bucket.learn(shared);
        if shared.hits > self.limit {
            self.refused += 1;
        } else if shared.ends_at == self.store.ends_at {
            // Of an older window it was counted there.
            self.pass();
        }
    }

    /// Requests of one address at about so many a window, with a database that is as fast as they come, slower, or does not answer.
    fn run(&mut self, windows: u64, a_window: u64) {
        let every = (WINDOW.unsigned_abs() * 1_000 / a_window).max(1);
        let pace = 1 + self.random.below(4);
        for n in 0..windows * a_window {
            self.now = 1_000 + i64::try_from(n * every / 1_000).unwrap();
            self.hit();
            for _ in 0..self.random.below(pace) {
                self.arrive();
            }
        }
    }
}

const FAULTS: [Faults; 4] = [
    Faults { unasked: 0, lost: 0, skew: 0 },
    Faults { unasked: 0, lost: 0, skew: 5 },
    Faults { unasked: 20, lost: 20, skew: 0 },
    Faults { unasked: 10, lost: 30, skew: 5 },
];

/// Runs every kind of trouble with many seeds.
fn each(mut check: impl FnMut(u64, u32, u64, Faults)) {
    for seed in 0..60 {
        for faults in FAULTS {
            for (limit, count) in [(1, 2), (7, 3), (120, 1), (120, 4), (1_000, 8)] {
                check(seed, limit, count, faults);
            }
        }
    }
}

#[test]
fn whatever_is_lost_no_more_pass_than_was_said() {
    each(|seed, limit, count, faults| World::new(seed, limit, count, faults).run(4, u64::from(limit) * 4));
}

#[test]
fn who_stays_below_the_limit_is_never_refused() {
    each(|seed, limit, count, faults| {
        let mut world = World::new(seed, limit, count, faults);
        world.run(4, u64::from(limit / 2).max(1));
        assert!(limit < 4 || world.refused == 0, "seed {seed}, limit {limit}, {count} instances, {faults:?}: {}", world.refused);
    });
}

#[test]
fn what_is_counted_reaches_the_store_but_for_an_eighth() {
    each(|seed, limit, count, faults| {
        let mut world = World::new(seed, limit, count, faults);
        world.run(1, u64::from(limit));
        while !world.flights.is_empty() {
            world.arrive();
        }
        let most = u32::try_from(count).unwrap() * (limit / 8);
        assert!(world.unshared <= most, "seed {seed}, limit {limit}, {count} instances, {faults:?}: {}", world.unshared);
    });
}
