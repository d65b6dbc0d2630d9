//! The ledger against the model's own count. `local-dev/ledger` does the same with as many sessions as one likes.

use e2e::ledger::{Plan, run};

#[test]
fn the_ledger_is_what_the_model_counted_whoever_tells_it() {
    for telemetry in [false, true] {
        let outcome = run(Plan { sessions: 24, telemetry });

        assert_eq!(outcome.counted, outcome.expected, "telemetry {telemetry}");
        assert_eq!(outcome.replayed, outcome.expected, "telemetry {telemetry}: handed over again");
        assert!(outcome.leaks.is_empty(), "{:?}", outcome.leaks);
        assert_eq!(outcome.told_twice > 0, telemetry);
    }
}
