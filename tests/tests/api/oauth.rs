//! What Codex asks with a handle instead of a refresh token.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use e2e::api::{Answer, TestApp, login, manifest, noon};
use serde_json::{Value, json};
use shared::auth::mode::RefreshMode;
use shared::auth::{exposure, host_view};
use shared::hosts;
use sqlx::MySqlPool;

use crate::{T1, exchange, handle, oauth_code, statements};

/// A login whose access token ends so many seconds after noon.
fn ending(name: &str, seconds: i64) -> Value {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "exp": noon().timestamp() + seconds, "iat": noon().timestamp(), "name": name });
    let mut login = login("acct", name, T1);
    login["tokens"]["access_token"] = json!(format!("{}.{}.signature", part(json!({ "alg": "none" })), part(claims)));
    login
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    exchange(app, token, "proactive_expiry").await
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_handle_is_exchanged_for_what_the_server_has(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&ending("one", 3600)).await;
    let handle = handle(&app, &key).await;
    let newer = ending("two", 7200);
    app.seed(&newer).await;

    let answer = refresh(&app, &handle).await;

    let tokens = answer.json();
    assert_eq!((&tokens["access_token"], &tokens["expires_in"]), (&newer["tokens"]["access_token"], &json!(7200)));
    assert!(tokens.get("refresh_token").is_none() && !answer.text().contains("real_refresh_token"), "the handle stays");
    let form = format!("grant_type=refresh_token&refresh_token={handle}&client_id=app_x");
    let request = Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded").body(Body::from(form));
    assert_eq!(app.send(request.unwrap()).await.json()["access_token"], newer["tokens"]["access_token"]);

    // Codex writes the new token beside the old handle: that is no new login.
    let mut file = newer.clone();
    file["tokens"]["refresh_token"] = json!(handle);
    file["last_refresh"] = json!("2026-11-24T12:00:00Z");
    assert_eq!(app.store(&key, &file).await.data()["status"], "unchanged");
}

/// Codex asks while `cdx` beside it fetches the same new login: neither waits for what the other has.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_exchange_and_a_launch_of_one_host_at_once_are_both_answered(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&ending("one", 3600)).await;
    let handle = handle(&app, &key).await;
    app.seed(&ending("two", 7200)).await;

    let launch = async {
        let mut tx = app.app.begin().await.unwrap();
        hosts::sql::set_view(&mut tx, 1, 2, None).await.unwrap();
        // By now the exchange is where the two could meet.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let given = host_view::current(&app.app, &mut tx, 2).await.unwrap().unwrap();
        exposure::note(&mut tx, noon(), 1, 2, &given, RefreshMode::Broker).await?;
        tx.commit().await
    };
    let (launched, exchanged) = tokio::join!(launch, refresh(&app, &handle));

    launched.unwrap();
    assert_eq!(exchanged.status, 200, "{}", exchanged.text());
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_is_no_live_handle_gets_nothing_and_is_kept_nowhere(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&ending("one", 3600)).await;
    let handle = handle(&app, &key).await;

    for token in ["rt_somebodys_real_refresh_token", "", &handle[..40], &key] {
        assert_eq!(oauth_code(&refresh(&app, token).await), (401, "not_a_handle".to_owned()), "{token}");
    }
    let made_up = shared::random::token("cdxr_");
    assert_eq!(oauth_code(&refresh(&app, &made_up).await), (401, "refresh_token_invalidated".to_owned()));
    for body in [json!({}), json!([]), json!({ "grant_type": "refresh_token" }), json!("x")] {
        assert_eq!(oauth_code(&app.call("", "POST", "/oauth/token", body).await), (400, "invalid_request".to_owned()));
    }
    let code_grant = app.call("", "POST", "/oauth/token", json!({ "grant_type": "authorization_code", "refresh_token": handle })).await;
    assert_eq!(oauth_code(&code_grant), (400, "unsupported_grant_type".to_owned()));
    app.owner("DELETE", "/admin/hosts/1", json!({})).await.data();
    assert_eq!(oauth_code(&refresh(&app, &handle).await), (401, "refresh_token_invalidated".to_owned()), "its host is gone");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_rule_against_the_host_is_not_now_and_never_a_logout(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&ending("one", 3600)).await;
    let handle = handle(&app, &key).await;
    let pass = || app.app.clock.advance(TimeDelta::seconds(6));

    assert_eq!(oauth_code(&refresh(&app.at("198.51.100.7"), &handle).await), (503, "ip_mismatch".to_owned()));
    pass();
    for (path, body, expected, back) in [
        ("/admin/hosts/1/suspend", json!({}), "host_suspended", "/admin/hosts/1/resume"),
        ("/admin/hosts/1/secure", json!({ "secure": false }), "insecure_api_disabled", "/admin/hosts/1/insecure/enable"),
        ("/admin/api/state", json!({ "disabled": true }), "api_disabled", "/admin/api/state"),
    ] {
        app.owner("POST", path, body).await.data();
        let refused = refresh(&app, &handle).await;
        assert_eq!(oauth_code(&refused), (503, expected.to_owned()));
        assert_eq!(refused.headers["retry-after"], "60");
        app.owner("POST", back, json!({ "disabled": false })).await.data();
        pass();
        assert_eq!(refresh(&app, &handle).await.status, 200, "after {expected} the handle is as good as before");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_login_that_ends_is_said_and_not_asked_for_again_and_again(
    _: sqlx::mysql::MySqlPoolOptions,
    options: sqlx::mysql::MySqlConnectOptions,
) {
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let app = TestApp::with(one, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&ending("one", 3600)).await;
    let handle = handle(&app, &key).await;
    app.app.clock.advance(TimeDelta::seconds(3299));
    assert_eq!(refresh(&app, &handle).await.json()["expires_in"], 301);
    app.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(oauth_code(&refresh(&app, &handle).await), (503, "temporarily_unavailable".to_owned()), "OpenAI cannot be reached here");

    let before = statements(&app.app.db).await;
    for _ in 0..30 {
        assert_eq!(refresh(&app, &handle).await.status, 503);
    }
    assert_eq!(statements(&app.app.db).await - before, 1, "old Codex asks thirty times; the database is not asked");

    app.seed(&ending("two", 9999)).await;
    app.app.clock.advance(TimeDelta::seconds(5));
    assert_eq!(refresh(&app, &handle).await.status, 200, "a new login is found at once");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_logout_on_one_host_is_that_hosts_alone(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (a, _) = app.register("a.example").await;
    let (b, _) = app.register("b.example").await;
    app.seed(&ending("one", 3600)).await;
    let (of_a, of_b) = (handle(&app, &a).await, handle(&app, &b).await);
    let revoke = async |token: &str| {
        app.call("", "POST", "/oauth/revoke", json!({ "token": token, "token_type_hint": "refresh_token" })).await.status
    };

    assert_eq!(revoke(&of_a).await, 200);
    assert_eq!(revoke(&of_a).await, 200, "again is no error");
    assert_eq!(revoke("rt_a_real_one").await, 200, "nor is what we do not know");

    assert_eq!(oauth_code(&refresh(&app, &of_a).await), (401, "refresh_token_invalidated".to_owned()));
    assert_eq!(refresh(&app, &of_b).await.status, 200);
    let audit = app.owner("GET", "/admin/audit?action=auth.handle.revoke", json!({})).await.data();
    assert_eq!((audit["entries"].as_array().unwrap().len(), audit["entries"][0]["target"].as_str()), (1, Some("a.example")));
    let again = app.sync(&a, "/sync", &manifest(""), None).await.text();
    let new = again.split("\"refresh_token\":\"").nth(1).unwrap()[..77].to_owned();
    assert!(new.starts_with("cdxr_") && new != of_a, "the next run brings another handle");
    assert_eq!(refresh(&app, &new).await.status, 200);
}
