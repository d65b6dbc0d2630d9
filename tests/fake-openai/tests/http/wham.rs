//! The `ChatGPT` backend and the price list.

use serde_json::json;

use crate::setup::{ok_json, refusal, start};

#[tokio::test]
async fn usage_is_told_to_the_owner_and_can_be_configured() {
    let t = start();
    let login = t.login();
    let request = || t.get("/backend-api/wham/usage").bearer_auth(&login.access);

    let usage = ok_json(request()).await;
    t.fake.set_wham_usage("acct-1", json!({ "plan_type": "free", "rate_limit": null }));
    let configured = ok_json(request()).await;

    assert_eq!(usage["plan_type"], "pro");
    assert_eq!(usage["rate_limit"]["primary_window"]["used_percent"], 12);
    assert_eq!(usage["rate_limit"]["secondary_window"]["limit_window_seconds"], 604_800);
    assert_eq!(configured["plan_type"], "free");
}

#[tokio::test]
async fn account_routing_lists_the_callers_account() {
    let t = start();
    let login = t.login();

    let check = ok_json(t.get("/backend-api/wham/accounts/check").bearer_auth(&login.access)).await;

    assert_eq!(check["accounts"][0]["id"], "acct-1");
    assert_eq!(check["accounts"][0]["account_routing_override"], "NO_CONSTRAINT");
    assert_eq!(check["account_ordering"], json!(["acct-1"]));
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let t = start();

    for path in ["/backend-api/wham/usage", "/backend-api/wham/accounts/check", "/v1/models"] {
        assert_eq!(refusal(t.get(path)).await, (401, "missing_token".into()), "{path}");
    }
}

#[tokio::test]
async fn unknown_backend_paths_are_404_and_recorded() {
    let t = start();
    let login = t.login();

    let answer = t.get("/backend-api/ps/plugins?x=1").bearer_auth(&login.access).send().await.unwrap();

    assert_eq!(answer.status(), 404);
    let seen = t.fake.requests().remove(0);
    assert_eq!((seen.path.as_str(), seen.query.as_deref()), ("/backend-api/ps/plugins", Some("x=1")));
    assert_eq!((seen.status, seen.family.unwrap().0.as_str()), (Some(404), "family-1"));
}

#[tokio::test]
async fn prices_are_public() {
    let t = start();

    let prices = ok_json(t.get("/prices.json")).await;

    assert_eq!(prices["gpt-5.5"]["currency"], "USD");
    assert_eq!(prices["gpt-5.5"]["cached_per_1k"], 0.0005);
}
