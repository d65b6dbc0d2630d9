//! What happens on a day of the fleet, minute by minute.

use crate::simulation::random::Random;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `cdx` starts Codex on this host.
    Launch(usize),
    /// Codex asks for a token while it runs.
    Token(usize),
    /// Codex ends, and what it used is handed over.
    End(usize),
    /// Codex ends on a host whose client tells usage by `POST /usage`.
    OldEnd(usize),
    /// The timer of this host.
    Cron(usize),
    /// Somebody changes a file that the fleet gave this host; it goes along with the next call.
    Edit(usize),
    /// Somebody signs in on this host (`codex login`) and runs Codex.
    SignIn(usize),
    /// An operator changes content.
    Content,
    /// An operator settles what hosts have pushed.
    Review,
    /// An operator looks at the dashboard.
    Look,
}

/// What a fleet is like.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Hosts there are.
    pub hosts: usize,
    /// Of sixteen calls of a timer so many are really made.
    pub cron_in_sixteen: u64,
}

const DAY: i64 = 24 * 60;
/// Every so many minutes a timer calls.
const CRON_EVERY: i64 = 15;
/// One host in so many has a timer.
const CRON_HOSTS: usize = 5;
/// One host in so many has an old client.
const OLD_HOSTS: usize = 12;

impl Habits {
    /// All that happens on the day with this number (0 is a Monday), in order.
    pub fn day(&self, random: &mut Random, day: u32) -> Vec<(i64, Act)> {
        let weekend = day % 7 >= 5;
        let mut acts = Vec::new();
        for host in 0..self.hosts {
            if weekend {
                Self::quiet(random, host, &mut acts);
            } else {
                Self::busy(random, host, &mut acts);
            }
            self.cron(host, day, &mut acts);
        }
        if !weekend {
            self.people(random, &mut acts);
        }
        acts.sort_by_key(|(minute, _)| *minute);
        acts
    }

    /// Three of four hosts are used; most of those begin within minutes of nine, the others later, and half go on in the afternoon.
    fn busy(random: &mut Random, host: usize, acts: &mut Vec<(i64, Act)>) {
        if random.once_in(4) {
            return;
        }
        let late = random.once_in(3);
        let first = if late { random.between(9 * 60, 12 * 60) } else { 9 * 60 + random.between(0, 3) * random.between(0, 4) };
        run(random, host, first, acts);
        for _ in 0..random.between(0, 2) {
            let again = random.between(13 * 60, 18 * 60);
            run(random, host, again, acts);
        }
    }

    /// One host in thirty is used at the weekend.
    fn quiet(random: &mut Random, host: usize, acts: &mut Vec<(i64, Act)>) {
        if random.once_in(30) {
            let at = random.between(10 * 60, 20 * 60);
            run(random, host, at, acts);
        }
    }

    /// Of a timer's calls only some are made: they are all alike, and there would be six of each launch.
    fn cron(&self, host: usize, day: u32, acts: &mut Vec<(i64, Act)>) {
        if !host.is_multiple_of(CRON_HOSTS) {
            return;
        }
        let place = u64::try_from(host / CRON_HOSTS).unwrap() + u64::from(day);
        let slots = (0..DAY / CRON_EVERY).filter(|slot| (slot.unsigned_abs() + place) % 16 < self.cron_in_sixteen);
        acts.extend(slots.map(|slot| (slot * CRON_EVERY, Act::Cron(host))));
    }

    /// Two people sign in anew; operators change something, settle reviews and look at the dashboard.
    fn people(&self, random: &mut Random, acts: &mut Vec<(i64, Act)>) {
        let last = i64::try_from(self.hosts).unwrap() - 1;
        for _ in 0..2 {
            let host = usize::try_from(random.between(0, last)).unwrap();
            acts.push((random.between(10 * 60, 17 * 60), Act::SignIn(host)));
        }
        acts.extend([10, 14, 16].map(|hour| (hour * 60 + 5, Act::Content)));
        acts.extend([11, 17].map(|hour| (hour * 60 + 30, Act::Review)));
        acts.extend((9 * 6..18 * 6).map(|slot| (slot * 10, Act::Look)));
    }
}

/// A launch, and for most of them an end with something to tell.
fn run(random: &mut Random, host: usize, at: i64, acts: &mut Vec<(i64, Act)>) {
    acts.push((at, Act::Launch(host)));
    let end = at + random.between(2, 90);
    if random.once_in(25) {
        acts.push((at + 1, Act::Token(host)));
    }
    if random.once_in(300) {
        acts.push((at + 1, Act::Edit(host)));
    }
    if !random.once_in(7) {
        acts.push((end, if host.is_multiple_of(OLD_HOSTS) { Act::OldEnd(host) } else { Act::End(host) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_launches_of_a_weekday_begin_at_nine_and_the_weekend_is_quiet() {
        let habits = Habits { hosts: 2000, cron_in_sixteen: 1 };
        let launches = |day| {
            let acts = habits.day(&mut Random(1), day);
            let all: Vec<_> = acts.into_iter().filter(|(_, act)| matches!(act, Act::Launch(_))).map(|(minute, _)| minute).collect();
            (all.len(), all.iter().filter(|minute| (540..555).contains(*minute)).count())
        };
        let (all, burst) = launches(0);
        assert!(all > 2500 && burst > 900, "{all} launches, {burst} of them at nine");
        assert!(launches(5).0 < 150);
    }

    #[test]
    fn every_timer_of_a_fleet_gets_its_share_of_calls() {
        let count = |cron_in_sixteen| {
            let acts = Habits { hosts: 160, cron_in_sixteen }.day(&mut Random(1), 0);
            acts.iter().filter(|(_, act)| matches!(act, Act::Cron(_))).count()
        };
        assert_eq!((count(0), count(1), count(16)), (0, 32 * 6, 32 * 96));
    }
}
