//! What every cached Codex says about rendered configs. Outside a repository `codex exec` ends once it has read its
//! config, before it asks anybody anything.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::process::Command;

use e2e::process::TempDir;
use e2e::ready::versions;
use e2e::storm::Codex;
use serde_json::{Value, json};
use shared::codex_config::{Managed, Settings, Target, Version, render};

/// What Codex says when its config was good.
const ACCEPTED: &str = "Not inside a trusted directory";

/// From here on Codex can refuse what it does not know.
const STRICT: Version = Version(0, 131, 0);

/// What this Codex complains about, if it does.
fn complaint(codex: &Codex, version: Version, files: &[(String, String)], profile: Option<&str>) -> Option<String> {
    let home = TempDir::new();
    for (name, text) in files {
        fs::write(home.path().join(name), text).unwrap();
    }
    let mut command = Command::new("timeout");
    command.args(["-k", "1", "10"]).arg(codex.program()).arg("exec");
    command.args((version >= STRICT).then_some("--strict-config"));
    command.args(profile.into_iter().flat_map(|name| ["--profile", name])).arg("hello");
    command.env_clear().env("HOME", home.path()).env("CODEX_HOME", home.path()).current_dir(home.path());
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!said.contains(ACCEPTED)).then_some(said)
}

fn for_every_codex(check: impl Fn(&Codex, Version)) {
    let versions = versions();
    assert!(!versions.is_empty(), "local-dev/test fetches them");
    for version in versions {
        check(&Codex::unpack(&version), Version::parse(&version).unwrap());
    }
}

/// Settings that are chosen alone and together.
fn good() -> Vec<Value> {
    let words = |key: &str, words: &[&str]| words.iter().map(|word| json!({ key: word })).collect::<Vec<_>>();
    let features = [
        "streamable_shell",
        "background_terminal",
        "unified_exec",
        "rmcp_client",
        "web_search_request",
        "view_image_tool",
        "experimental_sandbox_command_assessment",
        "ghost_commit",
        "experimental_windows_sandbox",
        "shell_command_tool",
        "exec_policy",
        "skills",
        "tui2",
        "parallel",
        "remote_compaction",
        "multi_agents",
        "child_agents_md",
        "powershell_utf8",
        "undo",
    ];
    let customs = [
        "disable_response_storage = true",
        "preferred_auth_method = \"chatgpt\"",
        "include_plan_tool = true",
        "tools_web_search = true",
        "experimental_use_rmcp_client = true",
        "tools.view_image = true",
        "commit_attribution = \"x\"",
        "[projects.\"/p\"]\ntrust_level = \"trusted\"",
        "# only a word",
        "[tui]\nnotifications = true\n\n[history]\npersistence = \"none\"",
    ];
    let whole = json!({
        "model": "gpt-5.2-codex", "model_provider": "own", "profile": "fast", "approval_policy": "never", "sandbox_mode": "workspace-write",
        "model_reasoning_effort": "xhigh", "model_reasoning_summary": "auto", "model_verbosity": "high",
        "model_supports_reasoning_summaries": true, "model_context_window": 128_000, "model_max_output_tokens": 4096,
        "web_search": "live", "notify": ["/bin/true", "x", "x"], "openai_base_url": "http://127.0.0.1:9/v1", "features": { "undo": false },
        "sandbox_workspace_write": { "network_access": true, "exclude_tmpdir_env_var": true, "exclude_slash_tmp": true, "writable_roots": ["/a"] },
        "shell_environment_policy": { "inherit": "core", "set": { "A": 1, "B": "\u{1}\n" }, "ignore_default_excludes": true, "exclude": ["A*"], "include_only": ["B"] },
        "model_providers": [{ "id": "own", "base_url": "http://127.0.0.1:9", "wire_api": "chat", "env_key": "K", "query_params": { "v": 1 },
            "http_headers": { "a": "b" }, "env_http_headers": { "a": "B" }, "request_max_retries": 1, "stream_idle_timeout_ms": 5 }],
        "profiles": [
            { "name": "fast", "model": "gpt-5.1-codex-mini", "model_reasoning_effort": "medium", "approval_policy": "untrusted",
              "features": { "undo": true }, "sandbox_workspace_write": { "network_access": false }, "web_search": "disabled" },
            { "name": "plain" },
        ],
        "mcp_servers": [
            { "name": "program", "command": "/bin/true", "args": ["-e", "A", "-e", "B"], "env": { "A": "1" }, "cwd": "/", "enabled": false,
              "startup_timeout_sec": 1, "tool_timeout_sec": 2, "enabled_tools": ["a"], "disabled_tools": ["b"], "default_tools_approval_mode": "writes" },
            { "name": "address", "url": "http://127.0.0.1:9/mcp", "bearer_token": "t", "env_http_headers": { "X": "Y" }, "enabled": false },
        ],
        "otel": { "environment": "e", "exporter": "otlp-http", "endpoint": "http://127.0.0.1:9/v1/logs", "headers": { "k": "v" },
            "trace_exporter": { "exporter": "otlp-grpc", "endpoint": "http://127.0.0.1:9" }, "metrics_exporter": { "exporter": "none" }, "log_user_prompt": true },
        "custom_toml": "[model_providers.second]\nname = \"S\"\nbase_url = \"http://127.0.0.1:9\"",
    });
    [
        vec![json!({}), whole, json!({ "profile": "nobody" }), json!({ "otel": { "log_user_prompt": false } })],
        words("approval_policy", &["on-request", "untrusted", "on-failure", "never"]),
        words("sandbox_mode", &["read-only", "workspace-write", "danger-full-access"]),
        words("model_reasoning_effort", &["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
        words("model_reasoning_summary", &["none", "auto", "concise", "detailed"]),
        words("web_search", &["live", "cached", "disabled"]),
        words("custom_toml", &customs),
        features.iter().map(|name| json!({ "features": { *name: true } })).collect(),
    ]
    .concat()
}

#[test]
fn every_codex_takes_what_is_rendered_for_it() {
    let settings = good();
    assert!(settings.len() >= 50, "{}", settings.len());
    for_every_codex(|codex, version| {
        let managed = Managed { base_url: "http://127.0.0.1:9".into(), key: "key".into() };
        let target = Target { codex: Some(version), managed: Some(managed), ..Target::default() };
        for settings in &settings {
            let chosen = Settings::parse(settings).unwrap();
            let rendered = render(&chosen, &target).unwrap();
            let mut files = rendered.profiles.clone();
            files.push(("config.toml".into(), rendered.config.clone()));
            let asked = [None].into_iter().chain(chosen.profiles.iter().map(|profile| Some(profile.name.as_str())));
            for profile in asked {
                let said = complaint(codex, version, &files, profile);
                assert_eq!(said, None, "{version:?} {profile:?} {settings}\n{}", rendered.config);
            }
        }
    });
}

/// Text, and from which version on it is refused. None of it can come out of the settings.
const BREAKERS: [(&str, Version); 14] = [
    ("web_search = true", Version(0, 121, 0)),
    ("approval_policy = \"untrusted\"", Version(0, 149, 0)),
    ("profile = \"x\"\n[profiles.x]\nmodel = \"m\"", Version(0, 134, 0)),
    ("[mcp_servers.a]\nurl = \"http://x\"\nargs = []", Version(0, 0, 0)),
    ("[mcp_servers.a]\ncommand = \"x\"\nurl = \"http://x\"", Version(0, 0, 0)),
    ("[mcp_servers.a]\nurl = \"http://x\"\nbearer_token = \"t\"", Version(0, 0, 0)),
    ("[mcp_servers.a]\nenabled = true", Version(0, 0, 0)),
    ("[otel]\nexporter = \"zipkin\"", Version(0, 0, 0)),
    ("[otel]\nexporter = \"otlp-http\"", Version(0, 0, 0)),
    ("[shell_environment_policy]\nset = { A = 1 }", Version(0, 0, 0)),
    ("[model_providers.openai]\nname = \"x\"", Version(0, 121, 0)),
    ("[model_providers.x]\nname = \"x\"\nwire_api = \"chat\"", Version(0, 121, 0)),
    ("model_provider = \"nobodys\"", Version(0, 0, 0)),
    ("model_max_output_tokens = 1", Version(0, 134, 0)),
];

#[test]
fn known_breakers_are_refused_by_the_binary() {
    for_every_codex(|codex, version| {
        for (text, since) in BREAKERS {
            let said = complaint(codex, version, &[("config.toml".into(), text.into())], None);
            assert_eq!(said.is_some(), version >= since, "{version:?}: {text}: {said:?}");
        }
    });
}
