//! Every fault that needs no rights and no packages of its own, for a few seconds; `local-dev/faults` does it at length.

use std::thread;

use e2e::faults::report::lines;
use e2e::faults::{ALL, Ground, Scenario, Stage};

/// Two at a time: each is mostly waiting.
#[test]
fn whatever_fails_nothing_that_was_acknowledged_is_lost() {
    let ground = Ground::lay();
    let scenarios: Vec<_> = ALL.iter().filter(|scenario| scenario.everywhere).collect();
    let run = |scenario: &&Scenario| {
        let outcome = Stage::run(scenario, &ground, 3, 1).expect("it needs nothing that is not here");
        println!("{}", lines(&outcome));
        assert!(outcome.book.acknowledged() > 0, "{}: nothing was written, so nothing was tested", scenario.name);
        outcome.holds().then_some(()).ok_or_else(|| lines(&outcome))
    };
    for pair in scenarios.chunks(2) {
        thread::scope(|scope| {
            let running: Vec<_> = pair.iter().map(|scenario| scope.spawn(move || run(scenario))).collect();
            for one in running {
                one.join().expect("it ends").unwrap_or_else(|why| panic!("{why}"));
            }
        });
    }
}
