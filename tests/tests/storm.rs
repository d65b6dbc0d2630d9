//! The refresh storm, small enough for every run of the tests; `local-dev/storm` is the big one.

use std::time::Duration;

use e2e::storm::{Plan, through_the_server};

#[test]
fn many_codex_processes_with_an_expired_login_cost_one_exchange() {
    for codex in ["0.80.0", "0.169.0"] {
        let plan = Plan { codex: codex.to_owned(), processes: 12, homes: 6, limit: Duration::from_mins(1) };

        let outcome = through_the_server(&plan);

        assert!(outcome.is_calm(), "{codex}: {outcome:#?}");
        assert_eq!((outcome.refused, outcome.revokes), (0, 0), "{codex}");
    }
}
