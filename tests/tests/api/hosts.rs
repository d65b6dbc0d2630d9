//! What operators do with hosts, and what hosts tell about themselves.

use chrono::TimeDelta;
use e2e::api::{TestApp, login, manifest};
use serde_json::{Value, json};
use shared::access::Role;
use sqlx::MySqlPool;

use crate::{T1, ask, change, digest_of, shown, statements};

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_suspended_host_is_refused_until_it_is_resumed(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    assert_eq!(change(&app, "suspend", json!({})).await["status"], "suspended");
    let refused = ask(&app, &key).await;
    refused.expect(403, "host_suspended");
    assert!(refused.text().contains("Host is disabled"), "old clients look for this sentence");
    let listed = app.owner("GET", "/admin/hosts?status=suspended", json!({})).await.data();
    assert_eq!(listed["hosts"].as_array().unwrap().len(), 1);
    change(&app, "resume", json!({})).await;
    ask(&app, &key).await.data();
}

/// An instance remembers hosts it has let in; what another one or a person at the database changes counts at once.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_one_instance_changes_every_other_knows_at_once(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let other = app.instance();
    let (key, _) = app.register("a.example").await;
    let warm = async || {
        for _ in 0..3 {
            ask(&other, &key).await.data();
        }
    };
    for (path, body, code, back) in [
        ("/admin/hosts/1/suspend", json!({}), "host_suspended", "/admin/hosts/1/resume"),
        ("/admin/hosts/1/secure", json!({ "secure": false }), "insecure_api_disabled", "/admin/hosts/1/insecure/enable"),
        ("/admin/api/state", json!({ "disabled": true }), "api_disabled", "/admin/api/state"),
    ] {
        warm().await;
        app.owner("POST", path, body).await.data();
        assert_eq!(ask(&other, &key).await.json()["code"], code, "{path}");
        app.owner("POST", back, json!({ "disabled": false })).await.data();
    }
    warm().await;
    sqlx::query("UPDATE hosts SET status = 'suspended'").execute(&app.app.db).await.unwrap();
    ask(&other, &key).await.expect(403, "host_suspended");
    sqlx::query("UPDATE hosts SET status = 'active'").execute(&app.app.db).await.unwrap();
    warm().await;
    app.owner("POST", "/admin/hosts/1/key/rotate", json!({ "overlap_minutes": 1 })).await.data();
    warm().await;
    app.app.clock.advance(TimeDelta::seconds(61));
    ask(&other, &key).await.expect(401, "invalid_api_key");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_rotated_key_can_overlap_with_the_old_one(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (old, installer) = app.register("a.example").await;
    ask(&app, &old).await.data();
    let (_, pending) = app.register("a.example").await;
    let rotate = async |minutes: u64| app.owner("POST", "/admin/hosts/1/key/rotate", json!({ "overlap_minutes": minutes })).await;

    let first = rotate(60).await.data();
    let new = first["api_key"].as_str().unwrap().to_owned();

    assert_eq!(first["old_key_until"], "2026-11-24T13:00:00+00:00");
    for installer in [installer, pending] {
        assert_ne!(app.call("", "GET", &installer, Value::Null).await.status, 200, "no installer is left that would retire the new key");
    }
    ask(&app, &old).await.data();
    ask(&app, &new).await.data();
    app.app.clock.advance(TimeDelta::minutes(61));
    ask(&app, &old).await.expect(401, "invalid_api_key");
    ask(&app, &new).await.data();
    let second = rotate(0).await.data();
    ask(&app, &new).await.expect(401, "invalid_api_key");
    ask(&app, second["api_key"].as_str().unwrap()).await.data();
    rotate(10_081).await.expect(422, "validation_failed");
    rotate(u64::MAX).await.expect(422, "validation_failed");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn pending_installers_and_seed_links_can_be_listed_and_revoked(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, installer) = app.register("a.example").await;
    let command = app.owner("POST", "/admin/auth/seed-command", json!({})).await.data()["command"].as_str().unwrap().to_owned();
    let seed = command.split('\'').nth(1).unwrap().strip_prefix("https://codex.example").unwrap().to_owned();

    let list = app.owner("GET", "/admin/pending-tokens", json!({})).await;

    let tokens = list.data()["tokens"].as_array().unwrap().clone();
    let shown: Vec<_> = tokens.iter().map(|t| (t["purpose"].as_str().unwrap(), t["fqdn"].as_str())).collect();
    assert_eq!(shown, [("seed", None), ("install", Some("a.example"))]);
    for secret in [installer.rsplit('/').next().unwrap(), seed.rsplit('/').next().unwrap(), &key] {
        assert!(!list.text().contains(secret));
    }
    for token in &tokens {
        app.owner("DELETE", &format!("/admin/pending-tokens/{}", token["id"]), json!({})).await.data();
        app.owner("DELETE", &format!("/admin/pending-tokens/{}", token["id"]), json!({})).await.expect(404, "not_found");
    }
    assert_eq!(app.call("", "GET", &installer, Value::Null).await.status, 404);
    app.call("", "POST", &seed, login("acct", "one", T1)).await.expect(404, "not_found");
    ask(&app, &key).await.expect(401, "invalid_api_key");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_users_of_a_host_are_kept_by_name(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let (other, _) = app.register("b.example").await;
    let seen = async |key: &str, body: Value| app.call(key, "POST", "/host/users", body).await.data()["users"].clone();
    seen(&key, json!({ "username": "zoe", "hostname": "a" })).await;
    app.app.clock.advance(TimeDelta::hours(1));

    let users = seen(&key, json!({ "username": " ada ", "hostname": "" })).await;

    assert_eq!(
        users[0],
        json!({ "username": "ada", "hostname": null, "first_seen": "2026-11-24T13:00:00+00:00", "last_seen": "2026-11-24T13:00:00+00:00" })
    );
    assert_eq!((&users[1]["username"], &users[1]["hostname"]), (&json!("zoe"), &json!("a")));
    assert_eq!(seen(&key, json!({ "username": "  " })).await.as_array().unwrap().len(), 2, "a blank name only lists");
    assert_eq!(seen(&other, json!({ "username": "é".repeat(200) })).await[0]["username"], "é".repeat(127));
    assert_eq!(seen(&other, json!({ "username": 7 })).await[0]["username"], "7", "the contract takes numbers for text");
    assert_eq!(seen(&other, json!({})).await.as_array().unwrap().len(), 2, "and another host's are its own");
    app.sync(&other, "/sync", &manifest("user eve\nhostname b\n"), None).await;
    assert_eq!(seen(&other, json!({})).await[1]["username"], "eve", "a launch says who it is");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_attribute_can_be_edited_and_bad_ones_are_refused(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("a.example").await;
    for (path, body, field, expected) in [
        ("vip", json!({ "vip": 1 }), "vip", json!(true)),
        ("curl-insecure", json!({ "allow": true }), "curl_insecure", json!(true)),
        ("model", json!({ "model_override": "gpt-5.2", "reasoning_effort_override": " " }), "model_override", json!("gpt-5.2")),
        ("model", json!({}), "model_override", Value::Null),
        ("codex-version", json!({ "selection": "rust-v0.63.0" }), "client_version_override", json!("0.63.0")),
        ("codex-version", json!({ "client_version_override": "fleet" }), "client_version_override", Value::Null),
        ("labels", json!({ "tags": ["b", "A"], "notes": "in the cellar" }), "tags", json!(["a", "b"])),
        ("labels", json!({ "tags": ["c"] }), "notes", json!("in the cellar")),
    ] {
        assert_eq!(change(&app, path, body.clone()).await[field], expected, "{path} {body}");
    }
    for (path, body) in [
        ("vip", json!({})),
        ("vip", json!({ "vip": null })),
        ("vip", json!([true])),
        ("roaming", json!({ "allow": "perhaps" })),
        ("model", json!({ "model_override": "x".repeat(129) })),
        ("model", json!({ "reasoning_effort_override": "x".repeat(33) })),
        ("codex-version", json!({ "selection": "0.63.0-alpha" })),
        ("codex-version", json!({ "selection": "$(id)" })),
        ("labels", json!({ "tags": ["a,b"] })),
        ("labels", json!({ "notes": "x".repeat(2001) })),
        ("labels", json!({ "notes": "\u{1b}[31m" })),
    ] {
        app.owner("POST", &format!("/admin/hosts/1/{path}"), body.clone()).await.expect(422, "validation_failed");
    }
    let missing = app.owner("POST", "/admin/hosts/1/vip", json!({})).await.json();
    assert_eq!(missing["errors"], json!({ "vip": ["vip is required"] }), "the field is named");
    let warned = shown(&app).await;
    assert!(warned["warnings"][0].as_str().unwrap().contains("curl_insecure"), "{warned}");
    let by_tag = app.owner("GET", "/admin/hosts?tag=C", json!({})).await.data();
    assert_eq!(by_tag["hosts"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_that_is_cleared_gets_its_login_anew(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    let (key, _) = app.register("a.example").await;
    let auth = ask(&app, &key).await.data()["auth"].clone();
    assert_eq!(change(&app, "clear", json!({})).await["last_refresh"], Value::Null);
    assert_eq!(app.retrieve(&key, &digest_of(&auth), T1).await.data()["status"], "valid", "what it holds is what it would get");
    assert_eq!(shown(&app).await["ip"], "192.0.2.1", "key and address stay");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn hosts_are_paged_in_three_statements(_: sqlx::mysql::MySqlPoolOptions, options: sqlx::mysql::MySqlConnectOptions) {
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let app = TestApp::new(one).await;
    let mut conn = app.app.db.acquire().await.unwrap();
    for n in 0..250 {
        shared::hosts::sql::insert(&mut conn, app.app.clock.now(), &format!("h{n:03}.example")).await.unwrap();
    }
    drop(conn);
    let viewer = app.token("vera", Role::Viewer).await;
    let get = async |query: &str| app.call(&viewer, "GET", &format!("/admin/hosts{query}"), json!({})).await;
    get("").await.data();

    let before = statements(&app.app.db).await;
    let first = get("?limit=100").await.data();
    let used = statements(&app.app.db).await - before - 1;

    assert_eq!(used, 3, "who asks, hosts, users: however many hosts");
    assert_eq!((first["hosts"].as_array().unwrap().len(), first["next"].as_str()), (100, Some("h099.example")));
    let last = get("?limit=100&after=h199.example").await.data();
    assert_eq!((last["hosts"].as_array().unwrap().len(), &last["next"]), (50, &Value::Null));
    assert_eq!(get("").await.data()["hosts"].as_array().unwrap().len(), 250, "without a limit all come, as in the contract");
    assert_eq!(get("?q=H01").await.data()["hosts"].as_array().unwrap().len(), 10);
    for bad in ["?limit=0", "?limit=1001", "?status=gone"] {
        get(bad).await.expect(422, "validation_failed");
    }
}
