//! The same load for a long time: whether the server's memory stays what it is.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};

use super::day::Act;
use super::fleet::Fleet;
use super::float;
use super::week::Moment;
use crate::simulation::random::Random;

/// What is kept up, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// The warm-up included.
    pub lasting: Duration,
    /// Calls a second.
    pub per_second: u32,
    /// Where chance begins.
    pub seed: u64,
}

/// Resident memory by time.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Seconds since the start, KiB.
    pub all: Vec<(u64, u64)>,
    /// Until then, in seconds, the server was warming up; `None`: it never got warm.
    pub warm_at: Option<u64>,
}

/// It may grow by so much of what it was.
pub const GROWTH: f64 = 0.05;
/// So many calls of each host belong to the warm-up.
const CALLS_EACH: usize = 5;
/// Between two samples.
const EVERY: Duration = Duration::from_secs(5);

impl Steady {
    /// At least a tenth of the time, and at least until each host has called a few times: before, what is kept of hosts grows.
    fn is_warm(self, started: Instant, fleet: &Fleet) -> bool {
        started.elapsed() >= self.lasting / 10 && fleet.ledger().count() >= CALLS_EACH * fleet.hosts.len()
    }

    /// Keeps the load up and looks at the memory.
    pub async fn run(self, fleet: &Fleet, now: DateTime<Utc>) -> Samples {
        let started = Instant::now();
        let ends = started + self.lasting;
        let mut samples = Samples::default();
        let watch = async {
            while Instant::now() < ends {
                tokio::time::sleep(EVERY).await;
                let second = started.elapsed().as_secs();
                samples.warm_at = samples.warm_at.or_else(|| self.is_warm(started, fleet).then_some(second));
                samples.all.push((second, fleet.world.resident()));
                if samples.all.len().is_multiple_of(60) {
                    tell(&samples, fleet);
                }
            }
        };
        tokio::join!(watch, self.load(fleet, now, started, ends));
        samples
    }

    async fn load(self, fleet: &Fleet, now: DateTime<Utc>, started: Instant, ends: Instant) {
        let due = |number: u64| started + Duration::from_secs_f64(float(number) / f64::from(self.per_second));
        let acts = stream::iter((0..).take_while(|number| due(*number) < ends));
        acts.for_each_concurrent(32, async |number| {
            tokio::time::sleep_until(due(number).into()).await;
            let seed = self.seed ^ (number << 16);
            let act = any(&mut Random(seed), fleet.hosts.len(), number);
            // Each moment is another one: a usage line is told from others by it.
            let at = now - TimeDelta::days(6) + TimeDelta::milliseconds(i64::try_from(number).unwrap());
            fleet.perform(act, Moment { at, seed }).await;
        })
        .await;
    }
}

/// A mix of what fleets do all day. In the beginning each host is called in turn.
fn any(random: &mut Random, hosts: usize, number: u64) -> Act {
    let turn = usize::try_from(number).unwrap() % hosts;
    let host = if number < hosts as u64 { turn } else { usize::try_from(random.between(0, i64::try_from(hosts).unwrap() - 1)).unwrap() };
    match random.between(0, 9999) {
        0..=4499 => Act::Launch(host),
        4500..=6999 => Act::Cron(host),
        7000..=9199 => Act::End(host),
        9200..=9599 => Act::OldEnd(host),
        9600..=9899 => Act::Token(host),
        9900..=9919 => Act::Edit(host),
        9920 => Act::SignIn(host),
        9921..=9924 => Act::Content,
        9925..=9929 => Act::Review,
        _ => Act::Look,
    }
}

fn tell(samples: &Samples, fleet: &Fleet) {
    let (second, kib) = samples.all.last().copied().unwrap_or_default();
    let ledger = fleet.ledger();
    eprintln!(
        "fleet: minute {}: {:.1} MiB, {} calls, {} complaints",
        second / 60,
        float(kib) / 1024.0,
        ledger.count(),
        ledger.complaints.len()
    );
}

impl Samples {
    /// The mean, in KiB, of the tenth after the warm-up and of the last tenth.
    pub fn ends(&self) -> (f64, f64) {
        let warm_at = self.warm_at.unwrap_or(u64::MAX);
        let warm: Vec<_> = self.all.iter().filter(|(second, _)| *second >= warm_at).map(|(_, kib)| float(*kib)).collect();
        let tenth = (warm.len() / 10).max(1).min(warm.len());
        let mean = |part: &[f64]| part.iter().sum::<f64>() / float(part.len() as u64);
        (mean(&warm[..tenth]), mean(&warm[warm.len() - tenth..]))
    }

    /// What the memory has grown by since the warm-up, as a fraction; not a number when there was none.
    pub fn growth(&self) -> f64 {
        let (first, last) = self.ends();
        last / first - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_counted_after_the_warm_up() {
        let of = |all: &[u64], warm_at| Samples { all: (0..).zip(all.iter().copied()).collect(), warm_at };
        let flat = of(&[10, 50, 90, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100], Some(3));
        assert!(flat.growth().abs() < 1e-9);
        let grows = of(&[100, 101, 102, 103, 104, 105, 106, 107, 108, 110], Some(0));
        assert!((grows.growth() - 0.1).abs() < 1e-9);
        assert!(of(&[100, 100], None).growth().is_nan(), "a load that never got there proves nothing");
    }
}
