//! Every fault that needs no rights and no packages of its own, for a few seconds; `local-dev/faults` does it at length.

use std::io::Write;
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

/// A check that never complains proves nothing: what each is there for is done behind the server's back.
#[test]
fn each_check_sees_what_it_is_there_for() {
    let slow = ALL.iter().find(|scenario| scenario.name == "database-slow").expect("it is there");
    let scenario = Scenario { name: "sabotage", act: sabotage, ..*slow };

    let outcome = Stage::run(&scenario, &Ground::lay(), 1, 1).expect("it needs nothing that is not here");

    let silent: Vec<_> = outcome.verdicts.iter().filter(|verdict| verdict.complaints.is_empty()).map(|verdict| verdict.invariant).collect();
    assert_eq!(silent, ["honest callers are not turned away", "the login works again on every server"], "{}", lines(&outcome));
}

fn sabotage(stage: &mut Stage) {
    stage.rotate(0);
    stage.wait(4000, 5000);
    stage.world.database.ask(async |conn| {
        for sql in [
            "DELETE FROM token_usages WHERE session_id IS NULL",
            "UPDATE usage_hosts SET events = events + 1",
            "DELETE FROM auth_spends",
            "UPDATE audit SET target = 'somebody else' WHERE seq = 2",
        ] {
            assert!(sqlx::query(sql).execute(&mut *conn).await.expect("it is written").rows_affected() > 0, "{sql}");
        }
    });
    let log = std::fs::OpenOptions::new().append(true).open(stage.world.database.log());
    writeln!(log.expect("it is there"), "a token: {}", stage.world.keys.owner).expect("it is written");
    stage.healed("nothing was broken by a fault", std::time::Instant::now());
}

/// Two terminals on one machine: neither waits for the other in a way that one of them has to lose.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn two_runs_on_one_host_at_once_are_both_answered(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let other = app.instance();
    app.seed(&login("acct", "one", "2026-11-24T11:00:00Z")).await;
    let (key, _) = app.register("a.example").await;
    for round in 0..25 {
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
