//! The real Codex with the MCP server that its configuration names: a model's calls reach this host's memories and files.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;

use e2e::host::{expect_exit, stderr};
use e2e::process::Server;
use e2e::ready::{host, ready};
use fake_openai::{FakeOpenAi, Reply};
use serde_json::{Value, json};

const NEW: &str = "0.169.0";
const OLD: &str = "0.80.0";

fn configure(openai: &FakeOpenAi, server: &Server, more: &Value) {
    let mut settings = json!({ "model": "gpt-fleet", "approval_policy": "never", "sandbox_mode": "read-only",
        "custom_toml": format!("openai_base_url = \"{0}/v1\"\nchatgpt_base_url = \"{0}/backend-api\"\ncheck_for_update_on_startup = false", openai.url()) });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.admin("POST", "/admin/config/store", &json!({ "settings": settings }));
}

/// A call as this Codex names it.
fn call(version: &str, tool: &str, arguments: Value) -> Reply {
    match version {
        OLD => Reply::ToolCall { name: format!("mcp__cdx__{tool}"), namespace: None, arguments },
        _ => Reply::ToolCall { name: tool.to_owned(), namespace: Some("mcp__cdx".to_owned()), arguments },
    }
}

#[test]
fn a_model_stores_finds_and_writes() {
    for version in [NEW, OLD] {
        let (openai, server) = ready(version);
        configure(&openai, &server, &json!({}));
        let host = host(&openai, &server, "a", 0);
        openai.reply(call(version, "memory_store", json!({ "id": "lunch", "content": "lunch is at noon", "tags": ["time"] })));
        openai.reply(call(version, "memory_search", json!({ "query": "when is lunch" })));
        openai.reply(call(version, "fs_write_file", json!({ "path": "notes/lunch.md", "content": "noon" })));

        let turn = host.cdx(&["exec", "--skip-git-repo-check", "remember lunch"]);

        expect_exit(&turn, 0);
        let config = fs::read_to_string(host.codex_home().join("config.toml")).unwrap();
        assert!(config.contains("[mcp_servers.cdx]") && config.contains(&format!("{}/mcp", server.url())), "{version}: {config}");
        let asked = openai.model_requests();
        let last = asked.last().unwrap().body.to_string();
        assert!(last.contains("lunch is at noon") && last.contains("notes/lunch.md"), "{version}: {last}\n{}", stderr(&turn));
        let found = server.admin("GET", "/admin/mcp/memories?q=noon", &Value::Null);
        let memory = &found["matches"][0];
        assert_eq!(
            (&memory["id"], &memory["host"], &memory["written_by"]),
            (&json!("lunch"), &json!("a.example"), &json!("a.example")),
            "{version}: {found}"
        );
        if version == NEW {
            assert!(memory["session"].is_string(), "{version}: {memory}");
        }
        let mut calls = json!([]);
        e2e::process::wait_for("the calls to be in the log", || {
            calls = server.admin("GET", "/admin/mcp/logs?method=tools/call&success=true", &Value::Null)["logs"].clone();
            calls.as_array().unwrap().len() == 3
        });
        let names: Vec<_> = calls.as_array().unwrap().iter().map(|call| call["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["fs_write_file", "memory_search", "memory_store"], "{version}");
        assert!(!server.log().contains("lunch is at noon"), "{version}: no content in the log");
    }
}

#[test]
fn the_managed_server_can_be_switched_off_and_follows_a_new_key() {
    let (openai, server) = ready(NEW);
    configure(&openai, &server, &json!({}));
    let host = host(&openai, &server, "a", 1);
    let config = || fs::read_to_string(host.codex_home().join("config.toml")).unwrap();
    expect_exit(&host.cdx(&["--sync"]), 0);
    let key = |text: &str| text.split("Bearer ").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let first = key(&config());
    assert!(first.starts_with("cah_"));

    let rotated = server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": "a.example" }));
    expect_exit(&host.shell(rotated["installer"]["command"].as_str().unwrap()), 0);
    expect_exit(&host.cdx(&["--sync"]), 0);
    let second = key(&config());
    assert_ne!(first, second);
    assert_eq!(second, rotated["host"]["api_key"]);

    configure(&openai, &server, &json!({ "orchestrator_mcp_enabled": false }));
    expect_exit(&host.cdx(&["--sync"]), 0);
    assert!(!config().contains("mcp_servers"), "{}", config());
}
