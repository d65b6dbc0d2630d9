//! Jobs: of many instances one runs what is due.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use e2e::api::TestApp;
use scheduler::{Work, offer};
use shared::schedule::{JOBS, Job, State, all, extend, finished, take};
use sqlx::MySqlPool;

/// A job of a test.
const fn job(name: &'static str, every: Duration) -> Job {
    Job { name, every, limit: Duration::from_mins(1), calls: &[], does: "It is a test." }
}

async fn state(app: &TestApp, name: &str) -> State {
    let states = all(&mut app.app.db.acquire().await.unwrap()).await.unwrap();
    states.into_iter().find(|state| state.name == name).unwrap()
}

/// How many of eight instances that look at the same moment run the job.
async fn offer_to_eight(app: &TestApp, job: &'static Job, work: Work) -> usize {
    let offered = |app: shared::App| tokio::spawn(async move { offer(&app, job, work).await });
    let tasks: Vec<_> = (0..8).map(|_| offered(app.instance().app)).collect();
    let mut ran = 0;
    for task in tasks {
        ran += usize::from(task.await.unwrap());
    }
    ran
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn one_of_many_instances_takes_a_run_and_a_failed_one_is_soon_tried_again(pool: MySqlPool) {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    static HOURLY: Job = job("hourly", Duration::from_hours(1));
    let app = TestApp::new(pool).await;
    let pass = |minutes| app.app.clock.advance(TimeDelta::minutes(minutes));
    let good: Work = |_| Box::pin(async { Ok(RUNS.fetch_add(1, Ordering::SeqCst) as u64 + 3) });
    let bad: Work = |_| Box::pin(async { Err(shared::AppError::Upstream("é".repeat(400))) });

    assert_eq!((offer_to_eight(&app, &HOURLY, good).await, RUNS.load(Ordering::SeqCst)), (1, 1));
    let after = state(&app, "hourly").await;
    assert_eq!((after.done, after.failures, after.error, after.lease_until), (Some(3), 0, None, None));
    pass(59);
    assert_eq!(offer_to_eight(&app, &HOURLY, good).await, 0);
    pass(1);
    assert_eq!(offer_to_eight(&app, &HOURLY, bad).await, 1);
    let after = state(&app, "hourly").await;
    assert_eq!((after.failures, after.error.unwrap().len(), after.done), (1, 500, Some(3)), "what went well before stays visible");
    pass(9);
    assert_eq!(offer_to_eight(&app, &HOURLY, bad).await, 0);
    pass(1);
    assert_eq!(offer_to_eight(&app, &HOURLY, bad).await, 1, "it failed");
    assert_eq!(state(&app, "hourly").await.failures, 2);
    pass(10);
    assert_eq!(offer_to_eight(&app, &HOURLY, good).await, 1);
    assert_eq!(state(&app, "hourly").await.failures, 0);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_run_that_goes_on_is_not_started_a_second_time_and_one_of_a_killed_instance_is(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let second = Duration::from_secs(1);
    let pass = |seconds| app.app.clock.advance(TimeDelta::seconds(seconds));
    let other = app.instance();

    let first = take(&app.app, "short", second).await.unwrap().unwrap();
    pass(29);
    assert!(take(&other.app, "short", second).await.unwrap().is_none(), "it is due and somebody has it");
    assert!(extend(&app.app, &first).await.unwrap());
    pass(29);
    assert!(take(&other.app, "short", second).await.unwrap().is_none(), "it gave a sign of life");
    pass(1);
    let second_run = take(&other.app, "short", second).await.unwrap().expect("nobody has given a sign for 30 seconds");

    assert!(!extend(&app.app, &first).await.unwrap(), "the first one was not killed, it slept");
    finished(&app.app, &first, &Ok(1)).await.unwrap();
    let now = state(&app, "short").await;
    assert!(now.is_running(app.app.clock.now()) && now.ended_at.is_none(), "it ends nothing that is another's");
    pass(5);
    finished(&other.app, &second_run, &Ok(2)).await.unwrap();
    let now = state(&app, "short").await;
    assert_eq!((now.done, now.duration_ms, now.lease_until), (Some(2), Some(5000), None));
    assert!(take(&app.app, "short", second).await.unwrap().is_some(), "it was due meanwhile");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_panic_or_a_run_without_end_is_a_failure_and_nothing_else(pool: MySqlPool) {
    static PANICS: Job = job("panics", Duration::from_hours(1));
    static HANGS: Job = Job { limit: Duration::from_millis(50), ..job("hangs", Duration::from_hours(1)) };
    let app = TestApp::new(pool).await;

    assert!(offer(&app.app, &PANICS, |_| Box::pin(async { panic!("out of cheese") })).await);
    assert!(offer(&app.app, &HANGS, |_| Box::pin(std::future::pending())).await);

    let (panicked, hung) = (state(&app, "panics").await, state(&app, "hangs").await);
    assert!(panicked.error.unwrap().contains("out of cheese"));
    assert_eq!(hung.error.unwrap(), "it took longer than 0 s and was ended");
    assert_eq!((panicked.failures, hung.failures, hung.lease_until), (1, 1, None));
    app.app.clock.advance(TimeDelta::minutes(10));
    assert!(offer(&app.app, &PANICS, |_| Box::pin(async { Ok(1) })).await, "it is tried again");
    assert_eq!(state(&app, "panics").await.error, None);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_scheduler_prunes_sweeps_and_notes_what_failed(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("never.example").await;
    app.app.clock.advance(TimeDelta::minutes(31));

    scheduler::tick(&app.app).await;

    let hosts = app.owner("GET", "/admin/hosts", serde_json::json!({})).await.data();
    assert_eq!(hosts["hosts"], serde_json::json!([]));
    for job in JOBS {
        // Nobody answers for the releases here.
        assert_eq!(state(&app, job.name).await.error.is_some(), job.name == "codex-releases", "{}", job.name);
    }
}
