//! Rate limits, shared through the database.

use e2e::api::{TestApp, login, manifest};
use serde_json::{Value, json};
use sqlx::MySqlPool;

use crate::{NEVER, T1, digest_of, statements};

const WRONG: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_121st_request_of_a_minute_waits(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    for n in 1..=120 {
        assert_eq!(app.call("", "GET", "/versions", Value::Null).await.status, 200, "request {n}");
    }

    let refused = app.call("", "GET", "/versions", Value::Null).await;

    let body = refused.expect(429, "rate_limited");
    assert_eq!(body["details"], json!({ "bucket": "global", "limit": 120, "reset_at": "2026-11-24T12:01:00+00:00" }));
    assert_eq!((&body["data"], refused.headers["retry-after"].to_str().unwrap()), (&body["details"], "60"));
    app.call("", "GET", "/nothing", Value::Null).await.expect(429, "rate_limited");
    assert_eq!(app.at("192.0.2.2").call("", "GET", "/versions", Value::Null).await.status, 200, "another address");
    assert_eq!(app.owner("GET", "/admin/hosts", json!({})).await.status, 200, "operators are not limited");
    assert_eq!(app.call("", "GET", "/healthz", Value::Null).await.status, 200);
    app.app.clock.advance(chrono::TimeDelta::seconds(60));
    assert_eq!(app.call("", "GET", "/versions", Value::Null).await.status, 200, "the next minute");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn parallel_requests_over_two_instances_are_all_counted(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let both = [app.clone(), app.instance()];
    let tasks: Vec<_> = (0..400)
        .map(|n| {
            let one = both[n % 2].clone();
            tokio::spawn(async move { one.call("", "GET", "/versions", Value::Null).await.status.as_u16() })
        })
        .collect();
    let mut passed = 0;
    for task in tasks {
        passed += usize::from(task.await.unwrap() == 200);
    }
    assert!((120..=128).contains(&passed), "{passed} of 400 passed, 120 may");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_thousand_wrong_keys_lock_their_address_and_nothing_else(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    let (key, _) = app.register("a.example").await;
    let mallory = app.at("203.0.113.9");
    let mut statuses = Vec::new();
    for _ in 0..1000 {
        statuses.push(mallory.retrieve(WRONG, WRONG, NEVER).await.status.as_u16());
    }
    assert_eq!(statuses, [vec![401; 20], vec![429; 980]].concat());

    let refused = mallory.call("", "POST", "/auth", Value::Null).await;
    let body = refused.expect(429, "rate_limited");
    assert_eq!((body["details"]["bucket"].as_str(), refused.headers["retry-after"].to_str().unwrap()), (Some("auth-fail"), "1800"));
    mallory.call("caa_wrong", "GET", "/admin/hosts", Value::Null).await.expect(429, "rate_limited");
    for token in ["caa_wrong", "00000000-0000-4000-8000-000000000000"] {
        mallory.call("", "POST", "/admin/session", json!({ "token": token })).await.expect(429, "rate_limited");
    }
    app.retrieve(WRONG, WRONG, NEVER).await.expect(401, "invalid_api_key");
    assert_eq!(app.retrieve(&key, WRONG, NEVER).await.status, 200, "a neighbour works");
    let (valid, _) = app.register("b.example").await;
    assert_eq!(mallory.retrieve(&valid, WRONG, NEVER).await.status, 200, "by contract a valid key works from there too");

    let audited = app.owner("GET", "/admin/audit?action=security.rate_limit", json!({})).await.data();
    assert_eq!(audited["entries"].as_array().unwrap().len(), 1, "a flood is one entry");
    app.app.clock.advance(chrono::TimeDelta::seconds(1799));
    mallory.retrieve(WRONG, WRONG, NEVER).await.expect(429, "rate_limited");
    app.app.clock.advance(chrono::TimeDelta::seconds(1800));
    mallory.retrieve(WRONG, WRONG, NEVER).await.expect(401, "invalid_api_key");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_machine_cannot_escape_into_its_own_ipv6_network(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "3")]).await;
    for n in 1..=3 {
        assert_eq!(app.at(&format!("2001:db8::{n}")).call("", "GET", "/versions", Value::Null).await.status, 200);
    }
    app.at("2001:db8::4").call("", "GET", "/versions", Value::Null).await.expect(429, "rate_limited");
    assert_eq!(app.at("2001:db8:0:1::4").call("", "GET", "/versions", Value::Null).await.status, 200);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn buckets_that_have_ended_are_swept(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.call("", "GET", "/versions", Value::Null).await;
    assert_eq!(shared::limits::sweep(&app.app).await.unwrap(), 0);
    app.app.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(shared::limits::sweep(&app.app).await.unwrap(), 1);
}

/// Who is calling, with all it needs; once a minute that it called, and now and then how often its address did.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_valid_answer_needs_few_round_trips(_: sqlx::mysql::MySqlPoolOptions, options: sqlx::mysql::MySqlConnectOptions) {
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let app = TestApp::new(one).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;
    let auth = app.retrieve(&key, WRONG, NEVER).await.data()["auth"].clone();
    app.retrieve(&key, &digest_of(&auth), T1).await.data();
    app.retrieve(&key, &digest_of(&auth), T1).await.data();
    for (wait, expected) in [(0, 1), (61, 3), (0, 1), (0, 1)] {
        app.app.clock.advance(chrono::TimeDelta::seconds(wait));
        let before = statements(&app.app.db).await;
        assert_eq!(app.retrieve(&key, &digest_of(&auth), T1).await.data()["status"], "valid");
        assert_eq!(statements(&app.app.db).await - before - 1, expected, "{wait} s later");
    }
    let before = statements(&app.app.db).await;
    for _ in 0..100 {
        app.retrieve(&key, &digest_of(&auth), T1).await.data();
    }
    let extra = statements(&app.app.db).await - before - 1 - 100;
    assert!(extra <= 40, "{extra} statements more in a hundred requests of a minute that allows 120");

    let lines = format!("{}  auth.json\n{}  cdx\n", digest_of(&auth), *shared::wrapper::SHA256);
    app.app.clock.advance(chrono::TimeDelta::seconds(61));
    app.sync(&key, "/sync", &manifest(&lines), None).await;
    app.sync(&key, "/sync", &manifest(&lines), None).await;
    let before = statements(&app.app.db).await;
    app.sync(&key, "/sync", &manifest(&lines), None).await;
    assert_eq!(statements(&app.app.db).await - before - 1, 1, "a launch with nothing to change");
}
