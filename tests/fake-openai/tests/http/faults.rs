//! Misbehaviour happens as often as ordered, and only where ordered.

use std::time::Duration;

use fake_openai::{Fault, FaultKind};
use serde_json::json;

use crate::setup::{ok, ok_json, refusal, start};

#[tokio::test]
async fn a_status_fault_hits_n_requests_and_spends_nothing() {
    let t = start();
    let login = t.login();
    t.fake.fault(Fault::status("/oauth/", 503).times(2));

    for _ in 0..2 {
        assert_eq!(t.refresh(&login.refresh).send().await.unwrap().status(), 503);
    }
    ok(t.ask(&login, "m", "hi")).await;

    ok(t.refresh(&login.refresh)).await;
    assert_eq!(t.fake.with(|state| state.oauth.exchanges), 1);
}

#[tokio::test]
async fn a_dropped_refresh_has_spent_its_token() {
    let t = start();
    let login = t.login();
    t.fake.fault(Fault::new("/oauth/token", FaultKind::DropConnection));

    let lost = t.refresh(&login.refresh).send().await;

    assert!(lost.is_err(), "{lost:?}");
    assert_eq!(t.fake.requests()[0].status, None);
    assert_eq!(t.fake.with(|state| state.oauth.exchanges), 1);
    assert_eq!(refusal(t.refresh(&login.refresh)).await, (401, "refresh_token_reused".into()));
}

#[tokio::test]
async fn garbage_comes_after_processing() {
    let t = start();
    let login = t.login();
    t.fake.fault(Fault::new("/oauth/token", FaultKind::Garbage));

    let answer = ok(t.refresh(&login.refresh)).await.text().await.unwrap();

    assert!(answer.starts_with("<html>"));
    assert_eq!(t.fake.with(|state| state.oauth.exchanges), 1);
}

#[tokio::test]
async fn a_client_that_gives_up_during_a_late_answer_has_still_spent_its_token() {
    let t = start();
    let login = t.login();
    let fault = json!({ "path": "/oauth/token", "delay_answer_ms": 60_000 });
    ok(t.post("/_fake/faults").json(&fault)).await;

    let patience = Duration::from_millis(500);
    let answer = t.refresh(&login.refresh).timeout(patience).send().await;

    assert!(answer.unwrap_err().is_timeout());
    assert_eq!(refusal(t.refresh(&login.refresh)).await, (401, "refresh_token_reused".into()));
}

#[tokio::test]
async fn a_client_that_gives_up_during_a_delay_has_spent_nothing() {
    let t = start();
    let login = t.login();
    t.fake.fault(Fault::new("/oauth/token", FaultKind::Slow).delay_ms(60_000));

    let patience = Duration::from_millis(500);
    let answer = t.refresh(&login.refresh).timeout(patience).send().await;

    assert!(answer.unwrap_err().is_timeout());
    ok(t.refresh(&login.refresh)).await;
}

#[tokio::test]
async fn faults_can_be_ordered_and_cancelled_over_http() {
    let t = start();
    let faults = json!([
        { "path": "/prices", "kind": { "status": { "status": 429, "body": { "slow": "down" } } } },
        { "path": "/prices", "times": 9, "kind": "garbage" },
    ]);
    ok(t.post("/_fake/faults").json(&faults)).await;

    let refused = t.get("/prices.json").send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.json::<serde_json::Value>().await.unwrap(), json!({ "slow": "down" }));
    let state = ok_json(t.get("/_fake/state")).await;
    assert_eq!(state["pending_faults"][0]["times"], 9);

    ok(t.http.delete(t.fake.url() + "/_fake/faults")).await;
    ok_json(t.get("/prices.json")).await;
}
