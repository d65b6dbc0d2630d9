//! Every fault that needs no rights and no packages of its own, for a few seconds; `local-dev/faults` does it at length.

use std::thread;

use e2e::api::{TestApp, login, manifest};
use e2e::faults::report::lines;
use e2e::faults::{ALL, Ground, Scenario, Stage};
use serde_json::json;
use sqlx::MySqlPool;

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

/// Two terminals on one machine: neither waits for the other in a way that one of them has to lose.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn two_runs_on_one_host_at_once_are_both_answered(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let other = app.instance();
    app.seed(&login("acct", "one", "2026-11-24T11:00:00Z")).await;
    let (key, _) = app.register("a.example").await;
    for round in 0..40 {
        // Other files are another home to remember.
        let body = json!({ "filename": "command.md", "prompt": format!("Do number {round}.") });
        app.owner("POST", "/admin/slash-commands/store", body).await.data();

        let run = async |app: &TestApp| app.sync(&key, "/sync", &manifest("files none\ncodex 0.169.0\n"), None).await;
        let answers = tokio::join!(run(&app), run(&other), run(&app), run(&other));

        for answer in [answers.0, answers.1, answers.2, answers.3] {
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        }
    }
}
