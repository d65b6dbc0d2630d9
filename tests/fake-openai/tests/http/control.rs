//! The switches under `/_fake`, and the life of the handle.

use fake_openai::{FakeOpenAi, LoginOptions, Options, jwt};
use serde_json::{Value, json};

use crate::setup::{Login, ok, ok_json, refusal, start};

#[tokio::test]
async fn a_login_is_a_complete_auth_json() {
    let t = start();
    let options = json!({
        "account_id": "acct-9",
        "access_lifetime_seconds": -60,
        "last_refresh": "2026-01-02T03:04:05Z",
    });

    let answer = ok(t.post("/_fake/login").json(&options)).await;

    assert_eq!(answer.headers()["x-fake-family"], "family-1");
    let auth: Value = answer.json().await.unwrap();
    let keys: Vec<_> = auth.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh"]);
    assert_eq!((&auth["auth_mode"], &auth["OPENAI_API_KEY"]), (&json!("chatgpt"), &Value::Null));
    assert_eq!(auth["tokens"]["account_id"], "acct-9");
    assert_eq!(auth["last_refresh"], "2026-01-02T03:04:05.000000Z");
    let access = jwt::payload(&Login::of(&auth).access).unwrap();
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), -60);
    assert_eq!(t.fake.family_of(&auth).unwrap().0, "family-1");
}

#[tokio::test]
async fn unknown_options_are_refused_rather_than_ignored() {
    let t = start();

    let answer = t.post("/_fake/login").json(&json!({ "acount_id": "x" })).send().await.unwrap();

    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn expiry_can_be_ordered_over_http() {
    let t = start();
    let login = t.login();

    ok(t.post("/_fake/expire").json(&json!({ "family": "family-1" }))).await;
    ok(t.post("/_fake/expire").json(&json!({ "what": "refresh" }))).await;

    assert_eq!(refusal(t.ask(&login, "m", "hi")).await, (401, "token_expired".into()));
    assert_eq!(refusal(t.refresh(&login.refresh)).await, (401, "refresh_token_expired".into()));
}

#[tokio::test]
async fn replies_can_be_scripted_over_http() {
    let t = start();
    let login = t.login();
    ok(t.post("/_fake/replies").json(&json!([{ "reply": { "text": "one" } }]))).await;

    let answer = ok(t.ask(&login, "m", "hi")).await.text().await.unwrap();

    assert!(answer.contains(r#""text":"one""#), "{answer}");
}

#[tokio::test]
async fn the_switches_are_not_recorded() {
    let t = start();

    ok_json(t.get("/_fake/state")).await;

    assert!(t.fake.requests().is_empty());
}

#[test]
fn it_runs_without_an_async_runtime_and_stops_when_dropped() {
    let fake = FakeOpenAi::start(Options::default()).unwrap();
    fake.login(LoginOptions::default());
    let address = fake.address();
    assert!(std::net::TcpStream::connect(address).is_ok());

    drop(fake);

    let gone = || std::net::TcpStream::connect(address).is_err();
    assert!((0..500).any(|_| gone() || {
        std::thread::sleep(std::time::Duration::from_millis(10));
        false
    }));
}
