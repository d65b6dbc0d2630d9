//! The model API: who may ask, what comes back, what is remembered.

use fake_openai::{LoginOptions, Reply, Usage};
use serde_json::json;

use crate::setup::{Login, events, ok, ok_json, question, refusal, start};

#[tokio::test]
async fn an_answer_is_a_complete_event_stream_with_usage() {
    let t = start();
    let login = t.login();

    let events = events(t.ask(&login, "gpt-5.5", "hello")).await;

    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expected =
        ["response.created", "response.output_item.added", "response.output_text.delta", "response.output_item.done", "response.completed"];
    assert_eq!(kinds, expected);
    assert_eq!(events[3]["item"]["content"][0]["text"], "FAKE-ANSWER: hello");
    let usage = json!({
        "input_tokens": 100,
        "input_tokens_details": { "cached_tokens": 40 },
        "output_tokens": 7,
        "output_tokens_details": { "reasoning_tokens": 3 },
        "total_tokens": 107,
    });
    assert_eq!(events[4]["response"]["usage"], usage);
}

#[tokio::test]
async fn limits_travel_in_headers() {
    let t = start();
    let login = t.login();

    let answer = ok(t.ask(&login, "m", "hi")).await;

    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-codex-primary-used-percent"), "12");
    assert_eq!(header("x-codex-secondary-window-minutes"), "10080");
}

#[tokio::test]
async fn compressed_requests_are_recorded_decoded() {
    let t = start();
    let login = t.login();
    let body = zstd::encode_all(question("m", "packed").to_string().as_bytes(), 3).unwrap();

    let request = t.post("/backend-api/codex/responses").bearer_auth(&login.access);
    ok(request.header("content-encoding", "zstd").header("user-agent", "codex_exec/0").body(body)).await;

    let seen = t.fake.model_requests().remove(0);
    assert_eq!(seen.body, question("m", "packed"));
    assert_eq!((seen.model.as_str(), seen.family.0.as_str()), ("m", "family-1"));
    assert_eq!(seen.user_agent.as_deref(), Some("codex_exec/0"));
}

#[tokio::test]
async fn the_ledger_adds_up_per_family_and_model() {
    let t = start();
    let (alice, bob) = (t.login_as("alice"), t.login_as("bob"));

    for (who, model) in [(&alice, "m"), (&alice, "m"), (&alice, "n"), (&bob, "m")] {
        ok(t.ask(who, model, "hi")).await;
    }

    let alice = t.fake.with(|state| state.families.family_of(&alice.refresh).unwrap());
    let line = t.fake.with(|state| state.ledger[&(alice, "m".to_owned())].clone());
    assert_eq!(line.requests, 2);
    let twice = Usage { input_tokens: 200, cached_tokens: 80, output_tokens: 14, reasoning_tokens: 6 };
    assert_eq!(line.usage, twice);
    assert_eq!(t.fake.with(|state| state.ledger.len()), 3);
}

#[tokio::test]
async fn only_live_tokens_of_the_named_account_may_ask() {
    let t = start();
    let login = t.login();
    let old = LoginOptions { access_lifetime_seconds: -1, ..LoginOptions::default() };
    let old = Login::of(&t.fake.login(old));

    let nobody = refusal(t.post("/v1/responses").json(&question("m", "hi"))).await;
    let expired = refusal(t.ask(&old, "m", "hi")).await;
    let other = refusal(t.ask(&login, "m", "hi").header("chatgpt-account-id", "acct-2")).await;

    assert_eq!(nobody, (401, "missing_token".into()));
    assert_eq!(expired, (401, "token_expired".into()));
    assert_eq!(other, (403, "account_mismatch".into()));
    assert!(t.fake.model_requests().is_empty());
    ok(t.ask(&login, "m", "hi").header("chatgpt-account-id", "acct-1")).await;
}

#[tokio::test]
async fn the_server_can_expire_a_token_whose_exp_looks_fine() {
    let t = start();
    let (login, neighbour) = (t.login(), t.login());
    let family = t.fake.with(|state| state.families.family_of(&login.access));
    t.fake.expire_access(family.as_ref());

    let answer = refusal(t.ask(&login, "m", "hi")).await;

    assert_eq!(answer, (401, "token_expired".into()));
    ok(t.ask(&neighbour, "m", "hi")).await;
    let fresh = Login::of(&json!({ "tokens": ok_json(t.refresh(&login.refresh)).await }));
    ok(t.ask(&fresh, "m", "hi")).await;
}

#[tokio::test]
async fn a_script_calls_a_tool_and_then_answers_with_its_output() {
    let t = start();
    let login = t.login();
    t.fake
        .reply_for("m", Reply::ToolCall { name: "echo".into(), namespace: Some("mcp__cdx".into()), arguments: json!({ "text": "pong" }) });
    t.fake.reply_for("m", Reply::Text("tool said {tool}".into()));

    let aside = events(t.ask(&login, "title-model", "hi")).await;
    let call = events(t.ask(&login, "m", "hi")).await;
    let mut second = question("m", "hi");
    let output = json!({ "type": "function_call_output", "call_id": "c", "output": "ECHO:pong" });
    second["input"].as_array_mut().unwrap().push(output);
    let answer = events(t.ask(&login, "m", "").json(&second)).await;

    assert_eq!(aside[3]["item"]["content"][0]["text"], "FAKE-ANSWER: hi");
    let item = &call[2]["item"];
    assert_eq!((&item["type"], &item["namespace"]), (&json!("function_call"), &json!("mcp__cdx")));
    assert_eq!(item["arguments"], r#"{"text":"pong"}"#);
    assert_eq!(answer[3]["item"]["content"][0]["text"], "tool said ECHO:pong");
}

#[tokio::test]
async fn websockets_are_refused_so_that_codex_falls_back_at_once() {
    let t = start();

    let answer = refusal(t.get("/v1/responses")).await;

    assert_eq!(answer, (426, "upgrade_required".into()));
}

#[tokio::test]
async fn models_are_listed_on_both_paths() {
    let t = start();
    let login = t.login();

    for path in ["/v1/models", "/backend-api/codex/models?client_version=0.169.0"] {
        let models = ok_json(t.get(path).bearer_auth(&login.access)).await;
        assert_eq!(models["data"][0]["id"], "gpt-5.1-codex", "{path}");
    }
}
