//! A day of a small fleet over two processes. `local-dev/fleet` is the big one.

use e2e::fleet::day::Habits;
use e2e::fleet::run::Plan;
use e2e::fleet::week::Pace;
use e2e::process::program;

#[tokio::test]
async fn what_a_fleet_was_promised_on_its_day_is_held() {
    let habits = Habits { hosts: 200, cron_in_sixteen: 1 };
    let pace = Pace { connections: 16, per_second: None };
    let plan = Plan { processes: 2, habits, days: 1, seed: 7, pace };

    let outcome = plan.run(&program("local-dev")).await;

    for check in outcome.checks.iter().filter(|check| !check.timed) {
        assert!(check.holds, "{}: {}; {:?}", check.name, check.found, outcome.complaints);
    }
}
