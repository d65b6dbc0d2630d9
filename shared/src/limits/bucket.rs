//! One address's `global` bucket as one instance knows it.

use super::sql::State;

/// What was last read from the database, what was counted here since, and what is on its way there.
#[derive(Debug, Default)]
pub struct Bucket {
    shared: State,
    here: u32,
    asked: u32,
}

/// What to do with one more hit.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is counted here.
    Pass,
    /// Add so many hits to the shared bucket and look what it says.
    Share(u32),
    /// Refuse: the shared bucket is known to be over.
    Block(State),
}

impl Bucket {
    /// Whether its window has ended.
    pub const fn is_over(&self, now: i64) -> bool {
        self.shared.ends_at <= now
    }

    /// Counts one hit. An eighth of what is left may stay unshared, so that instances together overshoot by little and
    /// one alone not at all. Hits that the database has not answered for are among them: however slow it is, no more pass
    /// unasked.
    pub fn hit(&mut self, now: i64, limit: u32) -> Step {
        if self.is_over(now) {
            self.here = 1;
            return self.share();
        }
        if self.shared.hits > limit {
            return Step::Block(self.shared);
        }
        self.here += 1;
        let stride = (limit - self.shared.hits) / 8;
        if self.here.saturating_add(self.asked) <= stride {
            return Step::Pass;
        }
        self.share()
    }

    const fn share(&mut self) -> Step {
        let hits = std::mem::replace(&mut self.here, 0);
        self.asked = self.asked.saturating_add(hits);
        Step::Share(hits)
    }

    /// So many hits are not on their way any more, whatever became of them.
    pub const fn arrived(&mut self, hits: u32) {
        self.asked = self.asked.saturating_sub(hits);
    }

    /// Takes what the database said; an older answer that comes late changes nothing.
    pub const fn learn(&mut self, shared: State) {
        let newer = shared.ends_at > self.shared.ends_at || (shared.ends_at == self.shared.ends_at && shared.hits > self.shared.hits);
        if newer {
            self.shared = shared;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One shared bucket and the hits that were let through.
    fn run(instances: usize, hits: usize, limit: u32) -> (usize, usize) {
        let (mut shared, mut passed, mut asked) = (State { hits: 0, ends_at: 60 }, 0, 0);
        let mut all: Vec<_> = (0..instances).map(|_| Bucket::default()).collect();
        for hit in 0..hits {
            let one = &mut all[hit % instances];
            match one.hit(1, limit) {
                Step::Pass => passed += 1,
                Step::Block(_) => {}
                Step::Share(n) => {
                    asked += 1;
                    shared.hits += n;
                    one.arrived(n);
                    one.learn(shared);
                    passed += usize::from(shared.hits <= limit);
                }
            }
        }
        (passed, asked)
    }

    #[test]
    fn one_instance_is_exact_and_asks_seldom() {
        for limit in [1, 7, 120, 10_000] {
            let (passed, asked) = run(1, 20_000, limit);
            assert_eq!(passed, limit as usize, "limit {limit}");
            assert!(asked <= 80, "limit {limit}: {asked} statements");
        }
    }

    #[test]
    fn four_instances_overshoot_by_little() {
        let (passed, _) = run(4, 20_000, 120);
        assert!((120..=130).contains(&passed), "{passed}");
    }

    #[test]
    fn a_slow_database_lets_no_more_pass() {
        let mut bucket = Bucket::default();
        bucket.hit(1, 120);
        bucket.arrived(1);
        bucket.learn(State { hits: 1, ends_at: 60 });

        let steps: Vec<_> = (0..200).map(|_| bucket.hit(1, 120)).collect();

        assert_eq!(steps.iter().filter(|step| **step == Step::Pass).count(), 14, "an eighth of 119");
        let shared = steps.iter().map(|step| if let Step::Share(hits) = step { *hits } else { 0 });
        assert_eq!(shared.sum::<u32>(), 200, "all are counted");
        bucket.arrived(15);
        assert_eq!(bucket.hit(1, 120), Step::Share(1), "185 are still on their way");
        bucket.arrived(186);
        assert_eq!(bucket.hit(1, 120), Step::Pass);
    }

    #[test]
    fn a_new_window_starts_anew() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.hit(1, 5), Step::Share(1));
        bucket.learn(State { hits: 6, ends_at: 61 });
        assert!(matches!(bucket.hit(60, 5), Step::Block(_)));
        assert_eq!(bucket.hit(61, 5), Step::Share(1));
    }
}
