//! The refresh authority over a real database and the strict fake of OpenAI.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use e2e::api::{Answer, TestApp, manifest, noon};
use fake_openai::{FakeOpenAi, Fault, FaultKind, LoginOptions, Options};
use serde_json::{Value, json};
use sqlx::MySqlPool;

use crate::{ask, exchange, handle, oauth_code};

const DAY: i64 = 86_400;

/// A server whose upstream is `openai`, at the time OpenAI's tokens are made of.
async fn server(pool: MySqlPool, openai: &FakeOpenAi) -> TestApp {
    let app =
        TestApp::with(pool, &[("OPENAI_TOKEN_URL", &format!("{}/oauth/token", openai.url())), ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    #[expect(clippy::disallowed_methods, reason = "the fake lives in real time")]
    app.app.clock.advance(Utc::now() - noon());
    app
}

fn openai() -> FakeOpenAi {
    FakeOpenAi::start(Options { access_lifetime_seconds: 30 * DAY, ..Options::default() }).unwrap()
}

/// A login whose access token lives for so many seconds.
fn lasting(openai: &FakeOpenAi, seconds: i64) -> Value {
    openai.login(LoginOptions { access_lifetime_seconds: seconds, ..LoginOptions::default() })
}

async fn status(app: &TestApp) -> Value {
    app.owner("GET", "/admin/auth", json!({})).await.data()
}

/// State, code and generation.
async fn state(app: &TestApp) -> (String, Value, u64) {
    let status = status(app).await;
    (status["state"].as_str().unwrap().to_owned(), status["code"].clone(), status["generation"].as_u64().unwrap())
}

/// The pauses and leases run by the database's clock: this lets them pass.
async fn pass(app: &TestApp) {
    let sql = "UPDATE auth_lease SET not_before = NULL, held_until = NULL";
    sqlx::query(sql).execute(&app.app.db).await.unwrap();
    app.app.clock.advance(TimeDelta::seconds(61));
}

async fn tend(app: &TestApp) -> u64 {
    shared::auth::authority::tend::tend(&app.app).await.unwrap()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_login_is_refreshed_at_half_its_life_and_hosts_never_have_to_ask(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    let (key, _) = app.register("a.example").await;
    let first = lasting(&openai, 10 * DAY);
    app.seed(&first).await;
    assert_eq!(tend(&app).await, 0, "it is new");
    app.app.clock.advance(TimeDelta::days(5));

    assert_eq!(tend(&app).await, 1);

    assert_eq!(tend(&app).await, 0);
    assert_eq!((openai.with(|s| s.oauth.exchanges), state(&app).await), (1, ("ok".into(), Value::Null, 2)));
    let sent = openai.with(|s| s.token_bodies[0].clone());
    assert_eq!(sent["refresh_token"], first["tokens"]["refresh_token"]);
    let view = ask(&app, &key).await.data()["auth"].clone();
    assert_ne!(view["tokens"]["access_token"], first["tokens"]["access_token"]);
    assert_eq!(view["auths"]["api.openai.com"]["token"], view["tokens"]["access_token"]);
    assert!(view["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"));
    let entries = app.owner("GET", "/admin/audit?action=auth.refresh", json!({})).await.data()["entries"].clone();
    assert_eq!((entries[0]["actor"].as_str(), entries[0]["after"]["generation"].as_u64()), (Some("refresh authority"), Some(2)));
    let (left,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM auth_spends WHERE answer_sealed IS NOT NULL").fetch_one(&app.app.db).await.unwrap();
    assert_eq!(left, 0, "the tokens stand in the login and nowhere else");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn everybody_who_asks_gets_the_one_refresh(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, 200)).await;
    let mut handles = Vec::new();
    for number in 0..12 {
        let (key, _) = app.register(&format!("host-{number}.example")).await;
        handles.push(handle(&app, &key).await);
    }
    let instances = [app.instance(), app.instance(), app.instance()];
    openai.fault(Fault::new("/oauth/token", FaultKind::Slow).delay_ms(300));

    let asked = handles.iter().enumerate().map(|(number, handle)| exchange(&instances[number % 3], handle, "proactive_expiry"));
    let answers = futures_util::future::join_all(asked).await;

    let tokens: Vec<_> = answers.iter().map(|answer| answer.json()["access_token"].clone()).collect();
    assert!(
        tokens.iter().all(|token| token.is_string() && *token == tokens[0]),
        "{:?}",
        answers.iter().map(Answer::text).collect::<Vec<_>>()
    );
    assert_eq!(openai.with(|s| (s.oauth.exchanges, s.oauth.refused)), (1, 0));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_refresh_goes_on_when_who_asked_has_gone(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, 200)).await;
    let (key, _) = app.register("a.example").await;
    let handle = handle(&app, &key).await;
    openai.fault(Fault::new("/oauth/token", FaultKind::Slow).delay_ms(300));

    let gone = tokio::time::timeout(Duration::from_millis(150), exchange(&app, &handle, "proactive_expiry")).await;

    assert!(gone.is_err());
    app.app.refreshing.idle().await;
    assert_eq!(state(&app).await, ("ok".into(), Value::Null, 2));
    assert_eq!(exchange(&app, &handle, "proactive_expiry").await.status, 200);
    assert_eq!(openai.with(|s| s.oauth.exchanges), 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_refusal_is_said_everywhere_until_somebody_signs_in(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&lasting(&openai, 200)).await;
    let handle = handle(&app, &key).await;
    openai.expire_refresh(None);

    assert_eq!(oauth_code(&exchange(&app, &handle, "proactive_expiry").await), (503, "needs_login".into()));

    assert_eq!(state(&app).await, ("needs_login".into(), json!("refresh_token_expired"), 1));
    assert!(status(&app).await["advice"].as_str().unwrap().contains("codex login"));
    let any = app.owner("GET", "/admin/hosts", json!({})).await;
    assert_eq!(any.headers["x-needs-login"], "refresh_token_expired");
    let bundle = app.sync(&key, "/sync", &manifest(""), None).await.text();
    assert!(bundle.contains("cannot be renewed (refresh_token_expired)"), "{bundle}");
    let entries = app.owner("GET", "/admin/audit?action=auth.state", json!({})).await.data()["entries"].clone();
    assert_eq!(entries[0]["after"]["state"], "needs_login");
    let sent = openai.with(|s| s.oauth.refused);
    assert_eq!(tend(&app).await, 0);
    app.owner("POST", "/admin/auth/rotate-now", json!({})).await.expect(409, "needs_login");
    assert_eq!(openai.with(|s| s.oauth.refused), sent, "a refused token is not sent again");

    let new = openai.login(LoginOptions { access_lifetime_seconds: 10 * DAY, ..LoginOptions::default() });
    app.seed(&new).await;
    assert_eq!(state(&app).await, ("ok".into(), Value::Null, 2));
    assert!(!app.owner("GET", "/admin/hosts", json!({})).await.headers.contains_key("x-needs-login"));
    app.app.clock.advance(TimeDelta::seconds(6));
    assert_eq!(exchange(&app, &handle, "proactive_expiry").await.json()["access_token"], new["tokens"]["access_token"]);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_lost_answer_is_tried_once_more_and_then_left_to_a_person(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, -9)).await;

    openai.fault(Fault::new("/oauth/token", FaultKind::DropConnection));
    assert_eq!(tend(&app).await, 0);
    assert_eq!(state(&app).await, ("uncertain".into(), Value::Null, 1));
    assert_eq!(tend(&app).await, 0, "not at once: the request may still be on its way");
    assert_eq!(openai.with(|s| s.oauth.refused), 0);
    pass(&app).await;
    assert_eq!(tend(&app).await, 0);
    assert_eq!(state(&app).await, ("needs_login".into(), json!("refresh_token_reused"), 1));
    assert_eq!(openai.with(|s| (s.oauth.exchanges, s.oauth.reuse_errors)), (1, 1), "once, and never again");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_was_not_taken_is_sent_again_and_what_was_unclear_once(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, -9)).await;

    for _ in 0..3 {
        openai.fault(Fault::status("/oauth/token", 503));
        assert_eq!(tend(&app).await, 0);
        assert_eq!(state(&app).await, ("ok".into(), Value::Null, 1), "503: nobody looked at it");
        pass(&app).await;
    }
    openai.fault(Fault::status("/oauth/token", 502));
    assert_eq!(tend(&app).await, 0);
    assert_eq!(state(&app).await.0, "uncertain");
    pass(&app).await;
    openai.fault(Fault::status("/oauth/token", 429));
    assert_eq!(tend(&app).await, 0);
    assert_eq!(state(&app).await.0, "uncertain", "the one try is not used up");
    pass(&app).await;
    assert_eq!(tend(&app).await, 1);
    assert_eq!(state(&app).await, ("ok".into(), Value::Null, 2), "it had not been spent");

    app.app.clock.advance(TimeDelta::days(16));
    for expected in [("uncertain", Value::Null), ("needs_login", json!("unanswered"))] {
        openai.fault(Fault::status("/oauth/token", 500));
        assert_eq!(tend(&app).await, 0);
        assert_eq!(state(&app).await, (expected.0.into(), expected.1, 2));
        pass(&app).await;
    }
    assert_eq!(tend(&app).await, 0, "nothing happens by itself now");
    let rotated = app.owner("POST", "/admin/auth/rotate-now", json!({})).await.data();
    assert_eq!((rotated["old_generation"].as_u64(), rotated["generation"].as_u64()), (Some(2), Some(3)), "an owner may try once more");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_unreachable_openai_costs_nothing(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, -9)).await;
    drop(openai);
    let (key, _) = app.register("a.example").await;
    let handle = handle(&app, &key).await;

    let refused = exchange(&app, &handle, "proactive_expiry").await;

    assert_eq!(oauth_code(&refused), (503, "temporarily_unavailable".into()));
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(state(&app).await, ("ok".into(), Value::Null, 1));
    assert_eq!(status(&app).await["spends"][0]["outcome"], "turned_away");
    app.owner("POST", "/admin/auth/rotate-now", json!({})).await.expect(502, "upstream_failed");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_crash_after_the_intent_is_noticed_when_the_lease_ends(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, 10 * DAY)).await;
    let run = async |sql: &str| {
        sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&app.app.db).await.unwrap();
    };
    run("UPDATE auth_lease SET fence = 7, held_until = UTC_TIMESTAMP(6) + INTERVAL 60 SECOND").await;
    run("INSERT INTO auth_spends (fence, generation, recovery, why, intended_at) VALUES (7, 1, 0, 'due', UTC_TIMESTAMP(6))").await;

    let waits = tokio::time::timeout(Duration::from_millis(700), tend(&app)).await;
    assert!(waits.is_err() && openai.with(|s| s.oauth.exchanges) == 0, "somebody may still be at it");
    run("UPDATE auth_lease SET held_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND").await;
    app.app.refreshing.idle().await;

    assert_eq!(state(&app).await, ("ok".into(), Value::Null, 2), "the token had not been sent");
    let spends = status(&app).await["spends"].clone();
    assert_eq!((&spends[0]["outcome"], &spends[0]["recovery"], &spends[1]["outcome"]), (&json!("promoted"), &json!(true), &json!("lost")));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_answer_that_was_stored_before_a_crash_is_not_lost(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, 10 * DAY)).await;
    let raw = json!({ "Answer": { "status": 200, "body": json!({ "access_token": "at-2", "refresh_token": "rt-2" }).to_string() } });
    let sealed = app.app.config.keyring.seal(&raw.to_string());
    let sql = "INSERT INTO auth_spends (fence, generation, recovery, why, intended_at, answered_at, answer_sealed) \
               VALUES (7, 1, 0, 'due', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), ?)";
    sqlx::query(sql).bind(sealed).execute(&app.app.db).await.unwrap();

    assert_eq!(tend(&app).await, 1);

    let login = app.owner("POST", "/admin/auth/reveal", json!({ "reason": "is it the stored one?" })).await.data();
    assert_eq!((login["generation"].as_u64(), &login["auth"]["tokens"]["refresh_token"]), (Some(2), &json!("rt-2")));
    assert_eq!(openai.count("POST", "/oauth/token"), 0);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_refused_access_token_is_replaced_once_for_all(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.seed(&lasting(&openai, 10 * DAY)).await;
    let mut handles = Vec::new();
    for name in ["a.example", "b.example"] {
        let (key, _) = app.register(name).await;
        handles.push(handle(&app, &key).await);
    }
    app.app.clock.advance(TimeDelta::minutes(11));

    let a = exchange(&app, &handles[0], "unauthorized_recovery").await.json()["access_token"].clone();
    let b = exchange(&app, &handles[1], "unauthorized_recovery").await.json()["access_token"].clone();
    let again = exchange(&app, &handles[0], "unauthorized_recovery").await.json()["access_token"].clone();

    assert!(a.is_string() && a == b && a == again);
    assert_eq!(openai.with(|s| s.oauth.exchanges), 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn rotate_now_tells_by_when_the_old_tokens_are_dead(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    app.owner("POST", "/admin/auth/rotate-now", json!({})).await.expect(404, "not_found");
    let first = lasting(&openai, 3 * DAY);
    app.seed(&first).await;
    let (key, _) = app.register("a.example").await;
    handle(&app, &key).await;
    app.register("b.example").await;

    let rotated = app.owner("POST", "/admin/auth/rotate-now", json!({})).await.data();

    assert_eq!((rotated["generation"].as_u64(), rotated["exposed_hosts"].as_u64()), (Some(2), Some(1)));
    let ends = shared::auth::jwt::expires_at(first["tokens"]["access_token"].as_str().unwrap()).unwrap();
    let dead = chrono::DateTime::parse_from_rfc3339(rotated["old_dead_by"].as_str().unwrap()).unwrap();
    assert_eq!(dead.timestamp(), ends);
    let history = app.owner("GET", "/admin/auth/generations", json!({})).await.data();
    let told: Vec<_> =
        history["generations"].as_array().unwrap().iter().map(|one| (one["generation"].as_u64(), one["source"].as_str())).collect();
    assert_eq!((told, &history["next"]), (vec![(Some(2), Some("refresh")), (Some(1), Some("upload"))], &Value::Null));
    assert!(!history.to_string().contains(first["tokens"]["refresh_token"].as_str().unwrap()));
    let older = app.owner("GET", "/admin/auth/generations?before=2", json!({})).await.data();
    assert_eq!(
        (older["generations"].as_array().unwrap().len(), &older["generations"][0]["digest"]),
        (1, &history["generations"][1]["digest"])
    );
    let list = app.owner("GET", "/admin/auth/exposure", json!({})).await.data();
    assert_eq!((list["generation"].as_u64(), list["exposures"].as_array().unwrap().len()), (Some(2), 1));
    assert_eq!((&list["exposures"][0]["fqdn"], &list["exposures"][0]["generation"]), (&json!("a.example"), &json!(1)));
    app.seed(&json!({ "OPENAI_API_KEY": "sk-proj-abcdefghij0123456789", "last_refresh": "2026-11-24T12:00:00Z" })).await;
    app.owner("POST", "/admin/auth/rotate-now", json!({})).await.expect(409, "not_refreshable");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn direct_hosts_get_the_token_itself_and_operators_are_warned(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    let login = lasting(&openai, 10 * DAY);
    app.seed(&login).await;
    let (a, _) = app.register("a.example").await;
    let (b, _) = app.register("b.example").await;
    let token = async |key: &str| handle(&app, key).await;
    assert!(token(&a).await.starts_with("cdxr_"));

    app.owner("POST", "/admin/hosts/1/refresh-mode", json!({ "mode": "direct" })).await.data();
    assert_eq!(json!(token(&a).await), login["tokens"]["refresh_token"]);
    assert!(token(&b).await.starts_with("cdxr_"));
    assert!(app.sync(&a, "/sync", &manifest(""), None).await.text().contains("refresh_mode='direct'"));
    let shown = status(&app).await;
    assert_eq!((&shown["direct_hosts"], shown["warnings"].as_array().unwrap().len()), (&json!(["a.example"]), 1));
    let list = app.owner("GET", "/admin/auth/exposure", json!({})).await.data();
    assert_eq!((&list["exposures"][0]["refresh_token"], &list["exposures"][1]["refresh_token"]), (&json!(true), &json!(false)));
    // What it holds is the fleet's login, and no new one.
    assert_eq!(app.store(&a, &login).await.data()["status"], "unchanged");

    let set = app.owner("POST", "/admin/auth/refresh-mode", json!({ "mode": "direct" })).await.data();
    assert!(set["warning"].is_string());
    assert!(!token(&b).await.starts_with("cdxr_"));
    app.owner("POST", "/admin/auth/refresh-mode", json!({ "mode": "broker" })).await.data();
    app.owner("POST", "/admin/hosts/1/refresh-mode", json!({ "mode": null })).await.data();
    assert!(token(&a).await.starts_with("cdxr_") && token(&b).await.starts_with("cdxr_"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_old_handle_is_replaced_and_goes_on_for_a_while(pool: MySqlPool) {
    let openai = openai();
    let app = server(pool, &openai).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&lasting(&openai, 100 * DAY)).await;
    let old = handle(&app, &key).await;
    app.app.clock.advance(TimeDelta::days(29));
    assert_eq!(handle(&app, &key).await, old);
    app.app.clock.advance(TimeDelta::days(1));

    let new = handle(&app, &key).await;

    assert_ne!(new, old);
    assert_eq!(handle(&app, &key).await, new);
    for handle in [&old, &new] {
        assert_eq!(exchange(&app, handle, "proactive_expiry").await.status, 200);
    }
    app.app.clock.advance(TimeDelta::days(8));
    assert_eq!(oauth_code(&exchange(&app, &old, "proactive_expiry").await), (401, "refresh_token_invalidated".into()));
    assert_eq!(exchange(&app, &new, "proactive_expiry").await.status, 200);

    let rotated = app.owner("POST", "/admin/hosts/1/key/rotate", json!({ "overlap_minutes": 0 })).await.data();
    assert_eq!(
        oauth_code(&exchange(&app, &new, "proactive_expiry").await),
        (401, "refresh_token_invalidated".into()),
        "it goes with its key"
    );
    let key = rotated["api_key"].as_str().unwrap();
    assert_eq!(exchange(&app, &handle(&app, key).await, "proactive_expiry").await.status, 200);
}
