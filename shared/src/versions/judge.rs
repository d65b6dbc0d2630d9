//! Whether a roll-out goes on: the new version's failed launches against the others'. Pure.

use super::Tally;

/// Fewer launches say nothing …
const LAUNCHES: f64 = 20.0;
/// … nor do fewer hosts …
const HOSTS: usize = 3;
/// … nor failures on one host only: that host may be broken, or somebody's script.
const FAILING_HOSTS: usize = 2;
/// One host counts as at most so many launches: a loop on one machine must not decide for all.
const OF_ONE_HOST: f64 = 20.0;
/// What is expected of a version nobody has run enough: one failed launch of twenty.
const EXPECTED: Sum = Sum { launches: LAUNCHES, failures: 1.0 };
/// How much more often it must fail to matter: twice as often, and ten of a hundred launches more …
const TIMES: f64 = 2.0;
const MORE: f64 = 0.10;
/// … and that it is no chance: less than one time in a hundred (one-sided, of the normal distribution).
const Z: f64 = 2.326;

/// What becomes of a roll-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on; why it is not stopped.
    Continue(String),
    /// It is stopped; why.
    Stop(String),
}

#[derive(Clone, Copy, Debug)]
struct Sum {
    launches: f64,
    failures: f64,
}

impl Sum {
    fn of(tallies: &[Tally]) -> Self {
        let none = Self { launches: 0.0, failures: 0.0 };
        tallies.iter().filter(|tally| tally.launches > 0).fold(none, |sum, tally| {
            let launches = f64::from(tally.launches);
            let weight = (OF_ONE_HOST / launches).min(1.0);
            Self { launches: launches.mul_add(weight, sum.launches), failures: f64::from(tally.failures).mul_add(weight, sum.failures) }
        })
    }

    fn rate(self) -> f64 {
        self.failures / self.launches
    }
}

/// Whether so much says anything of a version.
pub fn is_enough(tallies: &[Tally]) -> bool {
    tallies.iter().filter(|tally| tally.launches > 0).count() >= HOSTS && Sum::of(tallies).launches >= LAUNCHES
}

/// Decides by what each host saw of the new version and of the one before it.
pub fn judge(new: &[Tally], old: &[Tally]) -> Verdict {
    let sum = Sum::of(new);
    if !is_enough(new) {
        return Verdict::Continue(format!("too little is known: {:.0} launches on {} hosts", sum.launches, new.len()));
    }
    if new.iter().filter(|tally| tally.failures > 0).count() < FAILING_HOSTS {
        return Verdict::Continue("launches fail on one host at most".to_owned());
    }
    let before = Some(Sum::of(old)).filter(|old| old.launches >= LAUNCHES).unwrap_or(EXPECTED);
    let rates = format!("{:.0} % of {:.0} launches fail, {:.0} % before", sum.rate() * 100.0, sum.launches, before.rate() * 100.0);
    let matters = sum.rate() >= before.rate() * TIMES && sum.rate() >= before.rate() + MORE;
    if matters && z(sum, before) >= Z { Verdict::Stop(rates) } else { Verdict::Continue(rates) }
}

/// How far the two rates are apart, in standard deviations of their difference if both were the same.
fn z(new: Sum, old: Sum) -> f64 {
    let pooled = (new.failures + old.failures) / (new.launches + old.launches);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / new.launches + 1.0 / old.launches)).sqrt();
    // Without deviation all launches failed, or none did, on both sides.
    if deviation > 0.0 { (new.rate() - old.rate()) / deviation } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is tried, the new version's and the old one's launches and failures by host, and whether that stops it.
    type Case<'a> = (&'a str, &'a [(u32, u32)], &'a [(u32, u32)], bool);

    fn tallies(hosts: &[(u32, u32)]) -> Vec<Tally> {
        (1..).zip(hosts).map(|(host_id, (launches, failures))| Tally { host_id, launches: *launches, failures: *failures }).collect()
    }

    #[test]
    fn a_roll_out_stops_when_it_clearly_fails_more_often() {
        let good = [(20, 0), (20, 1), (20, 0), (20, 1)];
        let rough = [(20, 6), (20, 6), (20, 6)];
        let broken = [(20, 20), (20, 20), (20, 20)];
        let table: [Case<'_>; 16] = [
            ("nothing has run", &[], &good, false),
            ("all fail", &[(10, 10), (10, 10), (10, 10)], &good, true),
            ("a third fails", &[(10, 3), (10, 4), (10, 3)], &good, true),
            ("all fail, and too few have run", &[(6, 6), (6, 6), (6, 6)], &good, false),
            ("all fail, on two hosts", &[(20, 20), (20, 20)], &good, false),
            ("only one host fails", &[(20, 20), (20, 0), (20, 0)], &good, false),
            (
                "one host loops and another fails once",
                &[(5000, 5000), (20, 1), (20, 0), (20, 0), (20, 0), (20, 0)],
                &[(20, 3), (20, 3), (20, 3)],
                false,
            ),
            ("as good", &[(20, 1), (20, 0), (20, 1)], &good, false),
            ("twice as bad, and little", &[(20, 1), (20, 1), (20, 1)], &[(20, 0), (20, 1), (20, 0)], false),
            ("as rough as before", &[(20, 7), (20, 6), (20, 6)], &rough, false),
            ("ten points more, and not twice", &[(20, 10), (20, 9), (20, 9)], &rough, false),
            ("twice as rough", &[(20, 14), (20, 14), (20, 14)], &rough, true),
            ("everything fails, as before", &broken, &broken, false),
            ("all fail and nobody knows how it was", &[(10, 10), (10, 10), (10, 10)], &[], true),
            ("some fail and nobody knows how it was", &[(10, 1), (10, 1), (10, 1)], &[], false),
            ("half fail and few know how it was", &[(10, 5), (10, 5), (10, 5)], &[(5, 5)], true),
        ];
        for (what, new, old, stops) in table {
            let verdict = judge(&tallies(new), &tallies(old));
            assert_eq!(matches!(verdict, Verdict::Stop(_)), stops, "{what}: {verdict:?}");
        }
    }

    #[test]
    fn the_reason_tells_the_numbers() {
        let verdict = judge(&tallies(&[(10, 5), (10, 5), (10, 5)]), &tallies(&[(20, 1), (20, 1)]));
        assert_eq!(verdict, Verdict::Stop("50 % of 30 launches fail, 5 % before".to_owned()));
    }
}
