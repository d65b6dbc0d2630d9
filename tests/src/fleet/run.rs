//! Some days of a fleet in one set-up, from an empty database to what was found.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use shared::clock::Clock;

use super::check::{self, Check};
use super::day::Habits;
use super::fleet::Fleet;
use super::float;
use super::ledger::Calls;
use super::measure::{self, Size, Time};
use super::week::Pace;
use super::world::World;

/// Rate limits go by the minute, and hosts that share an address must not make a week's calls in one.
const SHORTEST_DAY: Duration = Duration::from_secs(30);

/// What is lived through.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Of the server, over one database.
    pub processes: usize,
    /// Who lives.
    pub habits: Habits,
    /// The first is a Monday.
    pub days: u32,
    /// Where chance begins.
    pub seed: u64,
    /// How fast.
    pub pace: Pace,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Of the server.
    pub processes: usize,
    /// From the first call of the first day to the last of the last.
    pub wall: Duration,
    /// Times before the first day.
    pub empty: Vec<Time>,
    /// Times after the last.
    pub full: Vec<Time>,
    /// What the database holds.
    pub size: Size,
    /// What was promised.
    pub checks: Vec<Check>,
    /// Calls under load.
    pub calls: BTreeMap<&'static str, Calls>,
    /// What was answered otherwise.
    pub complaints: Vec<String>,
}

impl Plan {
    /// Lives through it all, over processes of `program`.
    pub async fn run(self, program: &Path) -> Outcome {
        let fleet = join(program, self.processes, self.habits.hosts).await;
        let empty = measure::times(&fleet).await;
        let started = Instant::now();
        for day in 0..self.days {
            let ends = Instant::now() + SHORTEST_DAY;
            self.day(&fleet, day).await;
            if day + 1 < self.days {
                tokio::time::sleep_until(ends.into()).await;
            }
        }
        fleet.settle().await;
        let wall = started.elapsed();
        let full = measure::times(&fleet).await;
        let size = measure::size(&fleet).await;
        let checks = check::all(&fleet).await;
        let calls = fleet.ledger().calls.clone();
        let complaints = fleet.ledger().complaints.clone();
        fleet.world.stop().await;
        Outcome { processes: self.processes, wall, empty, full, size, checks, calls, complaints }
    }

    async fn day(self, fleet: &Fleet, day: u32) {
        let before = fleet.ledger().count();
        let since = Instant::now();
        fleet.live(self.habits, day, first_day(self.days), self.seed, self.pace).await;
        let calls = fleet.ledger().count() - before;
        let seconds = since.elapsed().as_secs_f64();
        eprintln!("fleet: day {}: {calls} calls in {seconds:.0} s, {:.0}/s", day + 1, float(calls as u64) / seconds);
    }
}

/// A world, and its hosts registered.
pub async fn join(program: &Path, processes: usize, hosts: usize) -> Fleet {
    let started = Instant::now();
    let world = World::start(program, processes).await;
    let fleet = Fleet::join(world, hosts).await;
    eprintln!("fleet: {processes} processes, {hosts} hosts registered in {:.0} s", started.elapsed().as_secs_f64());
    fleet
}

/// The last day is yesterday, so that nothing of it is in the future.
fn first_day(days: u32) -> DateTime<Utc> {
    let midnight = Clock::System.now().date_naive().and_hms_opt(0, 0, 0).expect("every day has a midnight").and_utc();
    midnight - TimeDelta::days(days.into())
}
