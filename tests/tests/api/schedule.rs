//! Jobs: of many instances one runs what is due.

use std::time::Duration;

use chrono::TimeDelta;
use e2e::api::TestApp;
use shared::schedule::{finished, take};
use sqlx::MySqlPool;

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn one_of_many_instances_takes_a_run_and_a_failed_one_is_soon_tried_again(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let hour = Duration::from_hours(1);
    let take_all = async || {
        let tasks: Vec<_> =
            (0..8).map(|_| app.instance().app).map(|app| tokio::spawn(async move { take(&app, "job", hour).await.unwrap() })).collect();
        let mut taken = 0;
        for task in tasks {
            taken += usize::from(task.await.unwrap());
        }
        taken
    };
    let pass = |minutes| app.app.clock.advance(TimeDelta::minutes(minutes));

    assert_eq!(take_all().await, 1);
    finished(&app.app, "job", None).await.unwrap();
    pass(59);
    assert_eq!(take_all().await, 0);
    pass(1);
    assert_eq!(take_all().await, 1);
    finished(&app.app, "job", Some(&"é".repeat(400))).await.unwrap();
    pass(9);
    assert_eq!(take_all().await, 0);
    pass(1);
    assert_eq!(take_all().await, 1, "it failed");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_scheduler_prunes_sweeps_and_notes_what_failed(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("CODEX_RELEASES_API_URL", "http://127.0.0.1:9")]).await;
    app.register("never.example").await;
    app.app.clock.advance(TimeDelta::minutes(31));

    scheduler::tick(&app.app).await;

    let hosts = app.owner("GET", "/admin/hosts", serde_json::json!({})).await.data();
    assert_eq!(hosts["hosts"], serde_json::json!([]));
    let jobs: Vec<(String, bool)> =
        sqlx::query_as("SELECT name, error IS NOT NULL FROM scheduler_jobs ORDER BY name").fetch_all(&app.app.db).await.unwrap();
    let expected = [
        ("codex-releases", true),
        ("mcp-retention", false),
        ("old-versions", false),
        ("prove-login", false),
        ("prune-hosts", false),
        ("refresh-login", false),
        ("sweep", false),
    ]
    .map(|(name, failed)| (name.to_owned(), failed));
    assert_eq!(jobs, expected);
}
