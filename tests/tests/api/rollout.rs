//! Roll-outs: who gets a version first, and how it stops.

use chrono::TimeDelta;
use e2e::api::{Answer, TestApp, login};
use serde_json::{Value, json};
use shared::access::Role;
use sqlx::MySqlPool;

use crate::versions::{GitHub, launch, var};
use crate::{T1, statements};

const OLD: &str = "0.149.0";
const NEW: &str = "0.150.0";

/// A server whose fleet is pinned to the old version, and the keys of so many hosts.
async fn fleet(github: &GitHub, pool: MySqlPool, hosts: usize) -> (TestApp, Vec<String>) {
    let app = github.server(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    app.seed(&login("acct", "first", T1)).await;
    let mut keys = Vec::new();
    for number in 0..hosts {
        keys.push(app.register(&format!("host-{number}.example")).await.0);
    }
    app.owner("POST", "/admin/codex-version", json!({ "selection": OLD })).await.data();
    (app, keys)
}

fn github() -> GitHub {
    GitHub::with(&[OLD, NEW, "0.151.0"])
}

async fn roll_out(app: &TestApp, body: Value) -> Answer {
    app.owner("POST", "/admin/rollout", body).await
}

async fn shown(app: &TestApp) -> Value {
    app.owner("GET", "/admin/rollout", json!({})).await.data()
}

/// What each host is told to run.
async fn told(app: &TestApp, keys: &[String]) -> Vec<String> {
    let mut targets = Vec::new();
    for key in keys {
        targets.push(var(&launch(app, key, OLD, "").await, "codex_target").unwrap());
    }
    targets
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_ring_grows_finishes_and_goes_back(pool: MySqlPool) {
    let github = github();
    let (app, keys) = fleet(&github, pool, 20).await;
    app.owner("POST", "/admin/hosts/1/codex-version", json!({ "selection": OLD })).await.data();

    let started = roll_out(&app, json!({ "version": NEW, "percent": 30 })).await.data();

    assert_eq!((&started["rollout"]["version"], &started["rollout"]["base_version"]), (&json!(NEW), &json!(OLD)));
    assert_eq!((&started["rollout"]["started_by"], &started["verdict"]["decision"]), (&json!("olivia"), &json!("continue")));
    let few = told(&app, &keys).await;
    let ring = |targets: &[String]| targets.iter().filter(|target| *target == NEW).count();
    assert_eq!(json!(ring(&few)), started["hosts_in_ring"]);
    assert!((1..20).contains(&ring(&few)), "{few:?}");
    assert_eq!(told(&app, &keys).await, few, "a host stays where it is");

    roll_out(&app, json!({ "version": NEW, "percent": 100 })).await.data();
    let all = told(&app, &keys).await;
    assert_eq!(ring(&all), 19, "all but the one with a pin of its own: {all:?}");
    let finished = app.owner("POST", "/admin/rollout/finish", json!({})).await.data();
    assert_eq!((&finished["rollout"], &finished["history"][0]["state"]), (&Value::Null, &json!("finished")));
    assert_eq!(app.call("", "GET", "/versions", json!({})).await.data()["client_version"], NEW);
    assert_eq!(ring(&told(&app, &keys).await), 19);

    roll_out(&app, json!({ "version": "0.151.0", "percent": 100 })).await.data();
    app.owner("POST", "/admin/rollout/stop", json!({})).await.data();
    assert_eq!(told(&app, &keys).await, all, "back to the pin");
    let audit = app.owner("GET", "/admin/audit", json!({})).await.data();
    let of_rollouts = |entry: &&Value| entry["action"].as_str().unwrap().starts_with("admin.rollout.");
    let entries: Vec<_> = audit["entries"].as_array().unwrap().iter().filter(of_rollouts).collect();
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap().trim_start_matches("admin.rollout.")).collect();
    assert_eq!(actions, ["stop", "start", "finish", "change", "start"]);
    assert_eq!((&entries[3]["before"]["percent"], &entries[3]["after"]["percent"]), (&json!(30), &json!(100)));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_tag_names_the_first_hosts(pool: MySqlPool) {
    let (github, tags) = (github(), json!({ "tags": ["canary", "ci"] }));
    let (app, keys) = fleet(&github, pool, 3).await;
    app.owner("POST", "/admin/hosts/2/labels", tags).await.data();

    let started = roll_out(&app, json!({ "version": NEW, "tag": " Canary " })).await.data();

    assert_eq!((&started["rollout"]["tag"], &started["hosts_in_ring"], &started["hosts"]), (&json!("canary"), &json!(1), &json!(3)));
    assert_eq!(told(&app, &keys).await, [OLD, NEW, OLD]);
    let block = app.retrieve(&keys[1], crate::ZERO, crate::NEVER).await.data()["versions"].clone();
    assert_eq!((&block["client_version"], &block["client_version_source"]), (&json!(NEW), &json!("locked")));
    assert_eq!(block["client_version_checked_at"], "2026-11-24T12:00:00+00:00");
    roll_out(&app, json!({ "version": "0.151.0", "tag": "ci" })).await.data();
    let now = shown(&app).await;
    assert_eq!((&now["history"][0]["state"], &now["history"][0]["reason"]), (&json!("replaced"), &json!("replaced by 0.151.0")));
    assert_eq!(told(&app, &keys).await, [OLD, "0.151.0", OLD]);
    app.owner("POST", "/admin/codex-version", json!({ "selection": "latest" })).await.expect(409, "rollout_running");
    app.owner("POST", "/admin/codex-version", json!({ "selection": "0.151.0" })).await.data();
    assert_eq!(shown(&app).await["history"][0]["state"], "finished", "the fleet was pinned to it");
    assert_eq!(told(&app, &keys).await, ["0.151.0"; 3]);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_cannot_be_rolled_out_is_refused(pool: MySqlPool) {
    let github = github();
    let (app, _) = fleet(&github, pool, 0).await;
    for (body, field) in [
        (json!({ "percent": 10 }), "version"),
        (json!({ "version": NEW }), "percent"),
        (json!({ "version": NEW, "percent": 10, "tag": "ci" }), "percent"),
        (json!({ "version": NEW, "percent": 0 }), "percent"),
        (json!({ "version": NEW, "percent": 101 }), "percent"),
        (json!({ "version": NEW, "percent": "many" }), "percent"),
        (json!({ "version": NEW, "tag": "a b" }), "tag"),
        (json!({ "version": NEW, "tag": " " }), "tag"),
        (json!({ "version": "0.150.0-alpha.1", "percent": 10 }), "version"),
        (json!({ "version": "9.9.9", "percent": 10 }), "version"),
        (json!({ "version": OLD, "percent": 10 }), "version"),
    ] {
        let answer = roll_out(&app, body.clone()).await.expect(422, "validation_failed");
        assert!(answer["errors"].get(field).is_some(), "{body}: {answer}");
    }
    for path in ["/admin/rollout/stop", "/admin/rollout/finish"] {
        app.owner("POST", path, json!({})).await.expect(409, "no_rollout");
    }
    app.owner("POST", "/admin/codex-version", json!({ "selection": "latest" })).await.data();
    roll_out(&app, json!({ "version": "0.151.0", "percent": 10 })).await.expect(409, "rollout_needs_pin");
    roll_out(&app, json!({ "version": NEW, "percent": 10 })).await.data();
    let viewer = app.token("vera", Role::Viewer).await;
    app.call(&viewer, "POST", "/admin/rollout/stop", json!({})).await.expect(403, "role_required");
}

/// So many runs of one version, as `cdx` tells them: so many of them failed.
fn runs(version: &str, launches: usize, failures: usize) -> String {
    let (bad, good) = (format!("last {version} 1 1\n"), format!("last {version} 0 1\n"));
    bad.repeat(failures) + &good.repeat(launches - failures)
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_version_that_fails_goes_back_by_itself(pool: MySqlPool) {
    let github = github();
    let (app, keys) = fleet(&github, pool, 8).await;
    for key in &keys {
        launch(&app, key, OLD, &runs(OLD, 10, 0)).await;
    }
    let canaries = json!({ "tags": ["canary"] });
    for id in 1..=4 {
        app.owner("POST", &format!("/admin/hosts/{id}/labels"), canaries.clone()).await.data();
    }
    app.app.clock.advance(TimeDelta::hours(1));
    roll_out(&app, json!({ "version": NEW, "tag": "canary" })).await.data();
    for key in &keys {
        launch(&app, key, OLD, &runs(OLD, 1, 0)).await;
    }
    let state = async || shown(&app).await;
    let of = |state: &Value, version: &str| state["versions"].as_array().unwrap().iter().find(|one| one["version"] == version).cloned();

    // Three hosts, and one of them fails: that may be that host.
    app.app.clock.advance(TimeDelta::minutes(2));
    launch(&app, &keys[0], NEW, &runs(NEW, 20, 20)).await;
    launch(&app, &keys[1], NEW, &runs(NEW, 10, 0)).await;
    launch(&app, &keys[2], NEW, &runs(NEW, 10, 0)).await;
    scheduler::tick(&app.app).await;
    assert_eq!(state().await["rollout"]["version"], NEW);

    // Not to the minute, but a failure under a roll-out is written at once.
    launch(&app, &keys[1], NEW, &runs(NEW, 10, 10)).await;
    let now = state().await;
    let seen = of(&now, NEW).unwrap();
    assert_eq!((&seen["launches"], &seen["failures"], &seen["failure_rate"]), (&json!(50), &json!(30), &json!(0.6)));
    assert_eq!((&seen["hosts"], &seen["hosts_that_ran"], &seen["since"]), (&json!(3), &json!(3), &json!("2026-11-24")));
    assert_eq!(of(&now, OLD).unwrap()["launches"], 8, "under this roll-out; the others count as what was before");
    assert_eq!(now["verdict"], json!({ "decision": "stop", "reason": "60 % of 50 launches fail, 0 % before" }));
    app.app.clock.advance(TimeDelta::minutes(1));

    scheduler::tick(&app.app).await;

    let now = state().await;
    assert_eq!((&now["rollout"], &now["hosts_in_ring"], &now["verdict"]), (&Value::Null, &json!(0), &Value::Null));
    let ended = &now["history"][0];
    assert_eq!(
        (&ended["state"], &ended["ended_by"], &ended["reason"]),
        (&json!("stopped"), &json!("rollout"), &json!("60 % of 50 launches fail, 0 % before"))
    );
    assert_eq!(told(&app, &keys).await, [OLD; 8]);
    let audit = app.owner("GET", "/admin/audit?action=rollout.stop", json!({})).await.data();
    assert_eq!((&audit["entries"][0]["actor"], &audit["entries"][0]["target"]), (&json!("rollout"), &json!("codex 0.150.0")));
    let job = app.owner("GET", "/admin/jobs", json!({})).await.data();
    let job = job["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "judge-rollout").unwrap().clone();
    assert_eq!(job["done"], 1);

    // Somebody tries again: what was counted then is not held against it.
    roll_out(&app, json!({ "version": NEW, "tag": "canary" })).await.data();
    app.app.clock.advance(TimeDelta::minutes(1));
    scheduler::tick(&app.app).await;
    assert_eq!(state().await["rollout"]["version"], NEW);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_bad_hour_for_everybody_stops_nothing(pool: MySqlPool) {
    let github = github();
    let (app, keys) = fleet(&github, pool, 6).await;
    for key in &keys {
        launch(&app, key, OLD, &runs(OLD, 20, 0)).await;
    }
    for id in 1..=3 {
        app.owner("POST", &format!("/admin/hosts/{id}/labels"), json!({ "tags": ["canary"] })).await.data();
    }
    roll_out(&app, json!({ "version": NEW, "tag": "canary" })).await.data();

    for (number, key) in keys.iter().enumerate() {
        let version = if number < 3 { NEW } else { OLD };
        launch(&app, key, version, &runs(version, 20, 15)).await;
    }

    let verdict = shown(&app).await["verdict"].clone();
    assert_eq!(verdict, json!({ "decision": "continue", "reason": "75 % of 60 launches fail, 75 % before" }));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_the_runner_cannot_prove_with_the_new_version_counts(pool: MySqlPool) {
    let github = github();
    let (app, keys) = fleet(&github, pool, 3).await;
    roll_out(&app, json!({ "version": NEW, "percent": 100 })).await.data();
    for key in &keys[..2] {
        launch(&app, key, NEW, &runs(NEW, 10, 4)).await;
    }
    let verdict = async || shown(&app).await["verdict"].clone();
    assert_eq!(verdict().await["decision"], "continue", "two hosts are too few");
    let sql = "INSERT INTO auth_checks (generation, why, verdict, codex_version, created_at) VALUES (1, 'scheduled', ?, ?, ?)";
    for (result, version) in [("unknown", "codex-cli 0.150.0"), ("rejected", NEW), ("unknown", "codex-cli 0.170.0")] {
        sqlx::query(sql).bind(result).bind(version).bind(app.app.clock.now()).execute(&app.app.db).await.unwrap();
    }

    assert_eq!(verdict().await, json!({ "decision": "stop", "reason": "41 % of 22 launches fail, 5 % before" }));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn telling_how_runs_ended_costs_a_launch_nothing(pool: MySqlPool) {
    let github = github();
    let (app, keys) = fleet(&github, pool, 1).await;
    for _ in 0..2 {
        launch(&app, &keys[0], OLD, &runs(OLD, 1, 0)).await;
    }
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with((*app.app.db.connect_options()).clone()).await.unwrap();
    let alone = TestApp::with(one.clone(), &[]).await;
    launch(&alone, &keys[0], OLD, "").await;
    let count = async |more: &str| {
        let before = statements(&one).await;
        launch(&alone, &keys[0], OLD, more).await;
        statements(&one).await - before - 1
    };

    let plain = count("").await;
    assert_eq!(count(&runs(OLD, 3, 3)).await, plain, "no roll-out: nobody waits for it");

    let rows: Vec<(u32, u32)> = sqlx::query_as("SELECT launches, failures FROM codex_runs").fetch_all(&one).await.unwrap();
    assert!(rows.iter().all(|(_, failures)| *failures == 0), "it waits for the next contact: {rows:?}");
    alone.app.clock.advance(TimeDelta::minutes(2));
    launch(&alone, &keys[0], OLD, "").await;
    let rows: Vec<(u64, u64)> =
        sqlx::query_as("SELECT CAST(SUM(launches) AS UNSIGNED), CAST(SUM(failures) AS UNSIGNED) FROM codex_runs WHERE host_id = 1")
            .fetch_all(&one)
            .await
            .unwrap();
    assert_eq!(rows[0].1, 3);
}
