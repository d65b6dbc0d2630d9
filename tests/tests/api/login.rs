//! The login: who has it, who may replace it, how it is handed out.

use axum::body::Body;
use axum::http::Request;
use e2e::api::{TestApp, login, manifest};
use serde_json::{Value, json};
use shared::crypto::hash;
use sqlx::MySqlPool;

use crate::{NEVER, T0, T1, T2, digest_of};

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_client_of_the_reference_gets_the_login_and_then_compares_equal(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let missing = app.retrieve(&key, &"0".repeat(64), NEVER).await.data();
    assert_eq!((missing["status"].as_str(), missing["action"].as_str()), (Some("missing"), Some("store")));
    app.seed(&login("acct", "one", T1)).await;

    let outdated = app.retrieve(&key, &"0".repeat(64), NEVER).await.data();

    let auth = &outdated["auth"];
    assert_eq!((outdated["status"].as_str(), &outdated["canonical_digest"]), (Some("outdated"), &json!(digest_of(auth))));
    assert!(auth["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"));
    assert!(!outdated.to_string().contains("real_refresh_token"));
    let valid = app.retrieve(&key, &digest_of(auth), T1).await.data();
    assert_eq!((valid["status"].as_str(), valid.get("auth")), (Some("valid"), None));
    assert_eq!((valid["api_calls"].as_u64(), valid["host"]["last_refresh"].as_str()), (Some(3), Some(T1)));
    let unknown = app.retrieve(&key, &"1".repeat(64), T2).await.data();
    assert_eq!((unknown["status"].as_str(), unknown["action"].as_str()), (Some("upload_required"), Some("store")));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_status_of_store(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;

    let first = app.store(&key, &login("acct", "one", T1)).await.data();
    let same = app.store(&key, &login("acct", "one", T1)).await.data();
    let own_view = app.store(&key, &first["auth"]).await.data();
    let older = app.store(&key, &login("acct", "zero", T0)).await.data();
    let newer = app.store(&key, &login("acct", "two", T2)).await.data();
    let replayed = app.store(&key, &login("acct", "one", T2)).await.data();
    let old_view = app.store(&key, &first["auth"]).await.data();

    assert_eq!((first["status"].as_str(), first["runner_applied"].as_bool()), (Some("updated"), Some(false)));
    assert_eq!(
        (same["status"].as_str(), &same["auth"]),
        (Some("unchanged"), &first["auth"]),
        "other bytes, same login: its view comes back"
    );
    assert_eq!((own_view["status"].as_str(), own_view.get("auth")), (Some("unchanged"), None));
    assert_eq!((older["status"].as_str(), &older["auth"]), (Some("outdated"), &first["auth"]));
    assert_eq!(newer["status"], "updated");
    assert_eq!((replayed["status"].as_str(), &replayed["auth"]), (Some("outdated"), &newer["auth"]), "a spent login does not come back");
    assert_eq!(old_view["status"], "outdated");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn another_account_needs_an_owner(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;

    app.store(&key, &login("other", "two", T2)).await.expect(403, "account_mismatch");
    let sync = app.sync(&key, "/sync", &manifest(""), Some(&login("other", "two", T2).to_string())).await;
    sync.expect(403, "account_mismatch");

    assert_eq!(app.seed(&login("other", "two", T0)).await["status"], "updated");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn racing_uploads_never_let_the_older_one_win(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let logins: Vec<_> = (1..=12).map(|day| login("acct", &format!("day{day}"), &format!("2026-10-{day:02}T00:00:00Z"))).collect();

    let tasks: Vec<_> = logins.iter().rev().cloned().map(|one| (app.clone(), key.clone(), one)).collect();
    let tasks: Vec<_> = tasks.into_iter().map(|(app, key, one)| tokio::spawn(async move { app.store(&key, &one).await.data() })).collect();
    for task in tasks {
        task.await.unwrap();
    }

    let current = app.retrieve(&key, &"0".repeat(64), NEVER).await.data();
    assert_eq!(current["canonical_last_refresh"], "2026-10-12T00:00:00Z");
    let (generations,): (i64,) =
        sqlx::query_as("SELECT CAST(MAX(generation) AS SIGNED) - COUNT(*) FROM auth_generations").fetch_one(&app.app.db).await.unwrap();
    assert_eq!(generations, 0, "no generation is skipped");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_stored_hash_is_not_a_key(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    for guess in [hex::encode(hash(&key)), hex::encode(hash(&key)).to_uppercase(), key.to_uppercase(), format!("{key} ")] {
        app.retrieve(&guess, &"0".repeat(64), NEVER).await.expect(401, "invalid_api_key");
    }
    let nobody = Request::post("/auth").body(Body::empty()).unwrap();
    app.send(nobody).await.expect(401, "api_key_missing");
    let tables = ["host_keys", "admin_tokens", "single_use_tokens"];
    for table in tables {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table} WHERE CONCAT_WS(',', {table}.id) LIKE ?"))).bind(&key);
        assert!(rows.fetch_optional(&app.app.db).await.unwrap().is_none());
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_old_key_works_until_the_new_installer_has_succeeded(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (old, _) = app.register("a.example").await;
    app.retrieve(&old, &"0".repeat(64), NEVER).await.data();
    let (unused, unused_installer) = app.register("a.example").await;
    let (new, installer) = app.register("A.example").await;

    app.retrieve(&unused, &"0".repeat(64), NEVER).await.expect(401, "invalid_api_key");
    assert_eq!(app.call("", "GET", &unused_installer, Value::Null).await.status, 404);
    let script = app.call("", "GET", &installer, Value::Null).await;
    assert!(script.status.is_success() && script.text().contains(&new), "{}", script.text());
    assert!(app.call("", "GET", &installer, Value::Null).await.status.is_success(), "fetching it spends nothing");
    app.retrieve(&old, &"0".repeat(64), NEVER).await.data();

    app.sync(&new, "/sync", &manifest(""), None).await;

    app.retrieve(&old, &"0".repeat(64), NEVER).await.expect(401, "invalid_api_key");
    app.retrieve(&new, &"0".repeat(64), NEVER).await.data();
    let spent = app.call("", "GET", &installer, Value::Null).await;
    assert_eq!(spent.status, 410);
    assert!(spent.text().contains("used already") && spent.text().ends_with("exit 1\n"), "{}", spent.text());
    assert_eq!(app.owner("GET", "/admin/hosts", json!({})).await.data()["hosts"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn installers_and_seed_links_expire(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (_, installer) = app.register("a.example").await;
    app.app.clock.advance(chrono::TimeDelta::seconds(1801));
    let late = app.call("", "GET", &installer, Value::Null).await;
    assert!(late.status == 410 && late.text().contains("expired"), "{}", late.text());
    let unknown = app.call("", "GET", "/install/00000000-0000-4000-8000-000000000000", Value::Null).await;
    assert!(unknown.status == 404 && unknown.text().ends_with("exit 1\n"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_seed_link_writes_once_and_reads_nothing(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    let command = app.owner("POST", "/admin/auth/seed-command", json!({})).await.data()["command"].as_str().unwrap().to_owned();
    let path = command.split('\'').nth(1).unwrap().strip_prefix("https://codex.example").unwrap().to_owned();

    app.call("", "POST", &path, json!({ "last_refresh": "now" })).await.expect(422, "validation_failed");
    let older = app.call("", "POST", &path, login("acct", "zero", T0)).await;
    assert_eq!(older.data()["status"], "outdated");
    assert!(!older.text().contains("access-token"), "a link that writes does not read");
    app.call("", "POST", &path, login("other", "two", T2)).await.expect(403, "account_mismatch");
    let tries: Vec<_> = (0..8).map(|_| (app.clone(), path.clone())).collect();
    let tries: Vec<_> = tries
        .into_iter()
        .map(|(app, path)| tokio::spawn(async move { app.call("", "POST", &path, login("acct", "two", T2)).await.status }))
        .collect();
    let mut won = 0;
    for one in tries {
        won += usize::from(one.await.unwrap().is_success());
    }

    assert_eq!(won, 1, "eight racing posts, one is taken");
    app.call("", "POST", &path, login("acct", "two", T2)).await.expect(410, "token_used");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn bad_input_gets_a_clear_answer_and_changes_nothing(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let raw = async |kind: &str, body: Vec<u8>| {
        app.send(Request::post("/auth").header("x-api-key", &key).header("content-type", kind).body(Body::from(body)).unwrap()).await
    };

    raw("application/json", b"{".to_vec()).await.expect(400, "undecodable_body");
    raw("application/json", vec![0xff, 0xfe]).await.expect(400, "undecodable_body");
    raw("text/plain", b"{}".to_vec()).await.expect(415, "unsupported_media_type");
    raw("application/json", vec![b' '; 1024 * 1024 + 1]).await.expect(413, "body_too_large");
    for (digest, last_refresh, field) in [
        ("", T1, "digest"),
        ("abc", T1, "digest"),
        (&*"g".repeat(64), T1, "digest"),
        (&*"0".repeat(64), "", "last_refresh"),
        (&*"0".repeat(64), "1999-12-31T23:59:59Z", "last_refresh"),
        (&*"0".repeat(64), "2026-11-24T12:05:01Z", "last_refresh"),
        (&*"0".repeat(64), "yesterday", "last_refresh"),
    ] {
        let answer = app.retrieve(&key, digest, last_refresh).await.expect(422, "validation_failed");
        assert!(answer["errors"].get(field).is_some(), "{answer}");
    }
    for token in ["short", "has a blank inside of the token", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let bad = json!({ "last_refresh": T1, "auths": { "api.openai.com": { "token": token } } });
        let answer = app.store(&key, &bad).await.expect(422, "validation_failed");
        assert!(answer["errors"].get("auth.auths.api.openai.com.token").is_some(), "{answer}");
    }
    app.call(&key, "POST", "/auth", json!({ "command": "drop" })).await.expect(422, "validation_failed");
    app.call(&key, "POST", "/auth", json!({ "installation_id": "other" })).await.expect(403, "installation_mismatch");
    for fqdn in ["", "a b", "$(id)", "../x", "a'b", &"a".repeat(300)] {
        app.owner("POST", "/admin/hosts/register", json!({ "fqdn": fqdn })).await.expect(422, "validation_failed");
    }
    app.sync(&key, "/sync", "protocol 9", None).await.expect(422, "validation_failed");
    app.call(&key, "POST", "/sync", json!({})).await.expect(415, "unsupported_media_type");
    app.call(&key, "POST", "/auth?client_version=1&client_version=2", json!({})).await.expect(422, "validation_failed");
    for id in ["x", "-1", "99999999999999999999999", "%ff", "7"] {
        app.owner("DELETE", &format!("/admin/hosts/{id}"), json!({})).await.expect(404, "not_found");
    }
    app.call(&key, "PATCH", "/auth", json!({})).await.expect(405, "method_not_allowed");
    app.call(&key, "GET", "/nothing", json!({})).await.expect(404, "route_not_found");

    let versions = app.call("", "GET", "/versions", Value::Null).await.data();
    assert_eq!(versions["wrapper_sha256"], json!(*shared::wrapper::SHA256));
    assert!(versions.get("installation_id").is_none(), "the public answer does not name the installation");

    let (logins,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM auth_generations").fetch_one(&app.app.db).await.unwrap();
    assert_eq!(logins, 0);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_broken_login_on_a_host_is_replaced_and_explained(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;
    let answer = app.sync(&key, "/sync", &manifest(""), Some("{\"half")).await.text();
    assert!(answer.contains("cdx_auth='refused'") && answer.contains("home/auth.json") && answer.contains("cdx_decision='allow'"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_launch_carries_the_login_only_when_it_changed(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let nothing = app.sync(&key, "/sync", &manifest(""), None).await.text();
    assert!(nothing.contains("cdx_decision='deny'") && nothing.contains("cdx_code='no_login'"));
    app.seed(&login("acct", "one", T1)).await;

    let first = app.sync(&key, "/sync", &manifest(""), None).await;
    let sha = first.text().split("cdx_auth_sha='").nth(1).unwrap()[..64].to_owned();
    let wrapper = &*shared::wrapper::SHA256;
    let second = app.sync(&key, "/sync", &manifest(&format!("{sha}  auth.json\n{wrapper}  cdx\n")), None).await;

    assert!(first.text().contains("home/auth.json") && first.text().contains("#!/bin/sh"));
    assert!(second.text().contains("cdx_auth='valid'"));
    assert!(!second.text().contains("home/auth.json") && !second.text().contains("#!/bin/sh"));
    assert!(second.bytes.len() <= 4096, "{} bytes", second.bytes.len());
    let elsewhere = app.sync(&key, "/sync", &manifest("installation 9\n"), None).await;
    elsewhere.expect(403, "installation_mismatch");
}

/// Two at most: who is calling (with all it needs), and, once a minute, that it called.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_wrong_key_is_noticed_before_it_does_harm(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let mut conn = app.app.db.acquire().await.unwrap();
    let other = shared::crypto::Keyring::parse(&shared::crypto::Keyring::generate()).unwrap();
    assert!(shared::fleet::check_key(&mut conn, &app.app.config.keyring).await.unwrap());
    assert!(!shared::fleet::check_key(&mut conn, &other).await.unwrap());
}
