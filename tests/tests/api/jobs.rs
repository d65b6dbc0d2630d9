//! Jobs as operators see them.

use std::time::Duration;

use chrono::TimeDelta;
use e2e::api::TestApp;
use serde_json::{Value, json};
use shared::access::Role;
use shared::schedule::JOBS;
use sqlx::MySqlPool;

async fn shown(app: &TestApp, name: &str) -> Value {
    let list = app.owner("GET", "/admin/jobs", json!({})).await.data();
    list["jobs"].as_array().unwrap().iter().find(|job| job["name"] == name).unwrap().clone()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_job_is_shown_also_one_that_never_ran(pool: MySqlPool) {
    let app = TestApp::new(pool).await;

    let list = app.owner("GET", "/admin/jobs", json!({})).await.data();

    let names: Vec<_> = list["jobs"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap()).collect();
    assert_eq!(names, JOBS.iter().map(|job| job.name).collect::<Vec<_>>());
    let releases = shown(&app, "codex-releases").await;
    assert_eq!(
        releases,
        json!({
            "name": "codex-releases", "does": "Learns the newest Codex release, and the files of pinned ones.", "calls": ["github"],
            "every_seconds": 10_800, "limit_seconds": 600, "running": false, "due_at": null, "started_at": null, "ended_at": null,
            "duration_ms": null, "error": null, "succeeded_at": null, "done": null, "failures": 0,
        })
    );
    scheduler::tick(&app.app).await;
    let (releases, sweep) = (shown(&app, "codex-releases").await, shown(&app, "sweep").await);
    assert!(releases["error"].as_str().unwrap().contains("release list"), "{releases}");
    assert_eq!((&releases["failures"], &releases["succeeded_at"], &releases["running"]), (&json!(1), &Value::Null, &json!(false)));
    assert_eq!(releases["due_at"], "2026-11-24T12:10:00+00:00", "it is tried again before its 3 hours are over");
    assert_eq!((&sweep["due_at"], &sweep["succeeded_at"]), (&json!("2026-11-24T12:10:00+00:00"), &json!("2026-11-24T12:00:00+00:00")));
    assert_eq!((&sweep["done"], &sweep["duration_ms"], &sweep["error"]), (&json!(0), &json!(0), &Value::Null));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_operator_lets_a_job_run_now(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (viewer, operator) = (app.token("vera", Role::Viewer).await, app.token("otto", Role::Operator).await);
    scheduler::tick(&app.app).await;
    app.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(shown(&app, "old-versions").await["due_at"], "2026-11-25T12:00:00+00:00");

    let answer = app.call(&operator, "POST", "/admin/jobs/old-versions/run", json!({})).await;

    assert_eq!(answer.data(), json!({ "queued": true }));
    assert_eq!(shown(&app, "old-versions").await["due_at"], "2026-11-24T12:01:00+00:00");
    let audit = app.owner("GET", "/admin/audit?action=admin.job.run", json!({})).await.data();
    assert_eq!((&audit["entries"][0]["target"], &audit["entries"][0]["actor"]), (&json!("job old-versions"), &json!("otto")));
    scheduler::tick(&app.app).await;
    assert_eq!(shown(&app, "old-versions").await["ended_at"], "2026-11-24T12:01:00+00:00");
    app.owner("POST", "/admin/jobs/nothing/run", json!({})).await.expect(404, "not_found");
    app.call(&viewer, "POST", "/admin/jobs/sweep/run", json!({})).await.expect(403, "role_required");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_scheduler_in_the_same_process_wakes_at_once(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let running = tokio::spawn(scheduler::run(app.app.clone()));
    let runs = async |least: u64| {
        for _ in 0..100 {
            let found: Option<(u64,)> =
                sqlx::query_as("SELECT runs FROM scheduler_jobs WHERE name = 'codex-releases' AND lease_until IS NULL")
                    .fetch_optional(&app.app.db)
                    .await
                    .unwrap();
            if found.is_some_and(|(runs,)| runs >= least) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    };
    assert!(runs(1).await);

    app.owner("POST", "/admin/jobs/codex-releases/run", json!({})).await.data();

    assert!(runs(2).await, "well before the next tick");
    running.abort();
}
