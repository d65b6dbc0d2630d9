//! The three verdicts of the real Codex, old and new, against the fake `OpenAI`.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use axum::http::StatusCode;
use fake_openai::{FakeOpenAi, Fault, LoginOptions, Options};
use serde_json::Value;
use support::{codex, settings, verify};

const OLD: &str = "0.80.0";
const NEW: &str = "0.169.0";

/// Asks a runner with `version` about a fresh login after `happens`.
async fn probe(version: &str, happens: impl FnOnce(&FakeOpenAi)) -> Value {
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let login = openai.login(LoginOptions::default());
    happens(&openai);

    let router = runner::router(settings(codex(version), Some(&openai.url())));
    let (status, answer) = verify(&router, &login, 100.0).await;

    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(openai.count("POST", "/oauth/token"), 0, "a probe never refreshes");
    let text = answer.to_string();
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(!text.contains(login["tokens"][name].as_str().unwrap()), "{name} is in {text}");
    }
    assert_eq!((openai.count("POST", "/oauth/revoke"), answer.get("updated_auth")), (0, None));
    assert_eq!(answer["codex_version"], version);
    answer
}

async fn good_login(version: &str) {
    let answer = probe(version, |_| ()).await;

    assert_eq!((&answer["status"], &answer["verdict"], &answer["reachable"]), (&"ok".into(), &"verified".into(), &true.into()), "{answer}");
    assert!(answer["latency_ms"].as_u64().unwrap() > 0 && answer.get("reason").is_none(), "{answer}");
}

async fn refused_login(version: &str) {
    let answer = probe(version, |openai| openai.expire_access(None)).await;

    assert_eq!((&answer["status"], &answer["verdict"]), (&"fail".into(), &"rejected".into()), "{answer}");
    assert_eq!(answer["reason"], "the model API answered 401: the access token was refused");
}

async fn server_errors(version: &str) {
    let answer = probe(version, |openai| openai.fault(Fault::status("/v1/responses", 500).times(1000))).await;

    assert_eq!((&answer["status"], &answer["verdict"]), (&"fail".into(), &"unknown".into()), "{answer}");
    assert!(!answer["reason"].as_str().unwrap().is_empty());
}

async fn nobody_there(version: &str) {
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let login = openai.login(LoginOptions::default());
    let router = runner::router(settings(codex(version), Some("http://127.0.0.1:9")));

    let (_, answer) = verify(&router, &login, 6.0).await;

    assert_eq!((&answer["status"], &answer["verdict"]), (&"fail".into(), &"unknown".into()), "{answer}");
}

#[tokio::test]
async fn a_good_login_is_verified_by_0_80() {
    good_login(OLD).await;
}

#[tokio::test]
async fn a_good_login_is_verified_by_0_169() {
    good_login(NEW).await;
}

#[tokio::test]
async fn a_refused_login_is_rejected_by_0_80() {
    refused_login(OLD).await;
}

#[tokio::test]
async fn a_refused_login_is_rejected_by_0_169() {
    refused_login(NEW).await;
}

#[tokio::test]
async fn server_errors_say_nothing_about_a_login_to_0_80() {
    server_errors(OLD).await;
}

#[tokio::test]
async fn server_errors_say_nothing_about_a_login_to_0_169() {
    server_errors(NEW).await;
}

#[tokio::test]
async fn an_openai_that_is_not_there_says_nothing_to_0_80() {
    nobody_there(OLD).await;
}

#[tokio::test]
async fn an_openai_that_is_not_there_says_nothing_to_0_169() {
    nobody_there(NEW).await;
}
