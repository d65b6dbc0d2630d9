use serde_json::{Value, json};

use super::*;

fn errors(value: &Value) -> Vec<String> {
    Settings::parse(value).err().map(|errors| errors.into_keys().collect()).unwrap_or_default()
}

#[test]
fn nothing_is_required() {
    let settings = Settings::parse(&json!({})).unwrap();

    assert!(settings.orchestrator_mcp_enabled && settings.managed == Defaults::default());
    assert_eq!(settings, Settings::default());
}

#[test]
fn what_comes_in_comes_out_in_its_order_with_its_repeats() {
    let value = json!({
        "model": "gpt-5.2", "notify": ["-e", "A", "-e", "A"], "notice": { "z": true, "a": false },
        "features": { "undo": true, "a.b": false }, "web_search": "cached", "openai_base_url": "https://o/v1",
        "sandbox_workspace_write": { "writable_roots": ["/a", "/a"] },
        "shell_environment_policy": { "inherit": "core", "set": { "Z": "1", "A": "" } },
        "profiles": [{ "name": "z", "model_provider": "p" }, { "name": "a", "features": { "x": true } }],
        "model_providers": [{ "id": "p", "name": "P", "base_url": "https://p", "wire_api": "responses" }],
        "mcp_servers": [
            { "name": "z", "command": "/z", "args": ["", " x"], "env": { "A": "1" }, "cwd": "/", "enabled_tools": ["t"] },
            { "name": "a", "url": "https://a", "bearer_token": "secret", "default_tools_approval_mode": "approve" },
        ],
        "otel": { "exporter": "otlp-http", "endpoint": "https://t", "headers": { "k": "v" }, "trace_exporter": { "exporter": "none" } },
        "managed": { "no_daemon": false }, "custom_toml": "[tui]\ntheme = \"x\"",
    });

    let settings = Settings::parse(&value).unwrap();

    let out = settings.to_json();
    assert_eq!(Settings::parse(&out).unwrap(), settings);
    assert_eq!(Settings::parse(&out).unwrap().to_json().to_string(), out.to_string());
    for (name, given) in value.as_object().unwrap() {
        assert!(contains(&out[name], given), "{name}: {} has not all of {given}", out[name]);
    }
    assert_eq!(out["features"].to_string(), value["features"].to_string());
}

/// Whether every member that was given is there.
fn contains(found: &Value, given: &Value) -> bool {
    match (found, given) {
        (Value::Object(found), Value::Object(given)) => {
            given.iter().all(|(key, value)| found.get(key).is_some_and(|found| contains(found, value)))
        }
        (Value::Array(found), Value::Array(given)) => found.len() == given.len() && found.iter().zip(given).all(|(a, b)| contains(a, b)),
        _ => found == given,
    }
}

#[test]
fn it_is_as_lenient_as_the_contract() {
    let settings = Settings::parse(&json!({
        "model": 5.1, "model_provider": "  ", "model_reasoning_summary": "AUTO", "model_supports_reasoning_summaries": "yes",
        "model_context_window": "128000", "notify": "python3\n\n /opt/n.py ", "orchestrator_mcp_enabled": "off", "features": [],
        "shell_environment_policy": { "set": { "B": "2", "A": 1, "C": true } }, "profiles": [{ "name": "", "features": {} }, null],
    }))
    .unwrap();

    assert_eq!(settings.scope.model.as_deref(), Some("5.1"));
    assert_eq!(settings.scope.model_provider, None);
    assert_eq!(settings.scope.model_reasoning_summary, Some(Summary::Auto));
    assert_eq!(settings.scope.model_supports_reasoning_summaries, Some(true));
    assert_eq!(settings.scope.model_context_window, Some(128_000));
    assert_eq!(settings.notify, ["python3", "/opt/n.py"]);
    assert!(!settings.orchestrator_mcp_enabled && settings.profiles.is_empty());
    let set: Vec<_> = settings.shell_environment_policy.set.values().collect();
    assert_eq!(set, ["2", "1", "true"]);
}

#[test]
fn what_cannot_be_is_named_by_its_path() {
    for (value, path) in [
        (json!([1]), "settings"),
        (json!({ "modle": "x" }), "modle"),
        (json!({ "otel": { "x": 1 } }), "otel.x"),
        (json!({ "approval_policy": "sometimes" }), "approval_policy"),
        (json!({ "web_search": true }), "web_search"),
        (json!({ "model": {} }), "model"),
        (json!({ "model_context_window": 12.5 }), "model_context_window"),
        (json!({ "model_max_output_tokens": "-3" }), "model_max_output_tokens"),
        (json!({ "features": { "x": "maybe" } }), "features.x"),
        (json!({ "notify": [["x"]] }), "notify"),
        (json!({ "shell_environment_policy": { "inherit": "full" } }), "shell_environment_policy.inherit"),
        (json!({ "profiles": [{ "model": "x" }] }), "profiles[0].name"),
        (json!({ "profiles": [{ "name": "../x" }] }), "profiles[0].name"),
        (json!({ "profiles": [{ "name": "a" }, { "name": "A" }] }), "profiles[1].name"),
        (json!({ "mcp_servers": [{ "name": "a", "command": "x" }, { "name": "a", "url": "x" }] }), "mcp_servers[1].name"),
        (json!({ "mcp_servers": [{ "name": "a", "url": "x", "args": ["y"] }] }), "mcp_servers[0].args"),
        (json!({ "mcp_servers": [{ "name": "a", "command": "x", "http_headers": { "a": "b" } }] }), "mcp_servers[0].http_headers"),
        (json!({ "mcp_servers": [{ "name": "a", "command": "x", "url": "y" }] }), "mcp_servers[0].url"),
        (json!({ "mcp_servers": [{ "name": "a" }] }), "mcp_servers[0].command"),
        (json!({ "model_providers": [{ "id": "openai" }] }), "model_providers[0].id"),
        (json!({ "otel": { "exporter": "otlp-http" } }), "otel.endpoint"),
        (json!({ "otel": { "exporter": "zipkin" } }), "otel.exporter"),
        (json!({ "model": "gpt-5.1-codex-mini", "model_reasoning_effort": "xhigh" }), "model_reasoning_effort"),
        (
            json!({ "model": "gpt-5.1", "profiles": [{ "name": "a", "model_reasoning_effort": "xhigh" }] }),
            "profiles[0].model_reasoning_effort",
        ),
        (json!({ "model_reasoning_effort": "low", "profiles": [{ "name": "a", "model": "gpt-5.1-codex-mini" }] }), "profiles[0].model"),
    ] {
        assert_eq!(errors(&value), [path], "{value}");
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    assert_eq!(errors(&json!({ "model": [], "nope": 1, "otel": 5 })), ["model", "nope", "otel"]);
}
