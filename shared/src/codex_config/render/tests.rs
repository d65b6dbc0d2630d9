use serde_json::{Value, json};

use super::*;

fn at(minor: u32) -> Target {
    Target { codex: Some(Version(0, minor, 0)), ..Target::default() }
}

fn managed() -> Managed {
    Managed { base_url: "https://c.example/".into(), key: "K1".into() }
}

fn rendered(settings: &Value, target: &Target) -> Rendered {
    render(&Settings::parse(settings).unwrap(), target).unwrap()
}

fn refused(settings: &Value) -> Vec<String> {
    render(&Settings::parse(settings).unwrap(), &Target::default()).unwrap_err().into_keys().collect()
}

const NOTICES: &str = "[notice]\nhide_gpt5_1_migration_prompt = true\n\"hide_gpt-5.1-codex-max_migration_prompt\" = true\nhide_rate_limit_model_nudge = true\n";

/// Vector A, without `notify = []`: Codex takes the default for what is not there.
#[test]
fn nothing_chosen_is_the_notices_and_no_empty_list() {
    assert_eq!(rendered(&json!({}), &at(134)).config, NOTICES);
    let off = json!({ "managed": { "hide_notices": false, "no_daemon": false } });
    assert_eq!(rendered(&off, &at(169)).config, "");
}

/// Vector A2, with the approval that lets `codex exec` use the tools.
#[test]
fn a_host_gets_the_managed_server() {
    let target = Target { managed: Some(managed()), ..at(134) };
    let server = "\n[mcp_servers.cdx]\nurl = \"https://c.example/mcp\"\nhttp_headers = { Authorization = \"Bearer K1\" }\n";

    let config = rendered(&json!({}), &target).config;

    let telemetry = "\n[otel]\nexporter = { otlp-http = { endpoint = \"https://c.example/otel/v1/logs\", protocol = \"json\", headers = { X-API-Key = \"K1\" } } }\nlog_user_prompt = false\n";
    assert_eq!(config, format!("{NOTICES}{server}default_tools_approval_mode = \"approve\"\n{telemetry}"));
    let asks = rendered(&json!({ "managed": { "approve_managed_tools": false } }), &target).config;
    assert_eq!(asks, format!("{NOTICES}{server}{telemetry}"));
    assert_eq!(rendered(&json!({ "orchestrator_mcp_enabled": false }), &target).config, format!("{NOTICES}{telemetry}"));
    let quiet = rendered(&json!({ "orchestrator_mcp_enabled": false, "managed": { "telemetry": false } }), &target).config;
    assert_eq!(quiet, NOTICES);
    let own = rendered(&json!({ "otel": { "exporter": "none" } }), &target).config;
    assert!(own.contains("exporter = \"none\"") && !own.contains("/otel/v1/logs"), "an operator's own goes before it: {own}");
    assert!(!format!("{target:?}").contains("K1"));
}

fn everything() -> Value {
    json!({
        "model": "gpt-5.1", "model_provider": "openai", "profile": "ultra", "approval_policy": "on-request",
        "sandbox_mode": "workspace-write", "model_reasoning_effort": "medium", "model_reasoning_summary": "AUTO",
        "model_verbosity": "low", "model_supports_reasoning_summaries": "yes", "model_context_window": "128000",
        "model_max_output_tokens": 4096, "notify": "python3\n/opt/n.py",
        "features": { "web_search_request": true, "b": "off", "a.b": 1 }, "notice": { "zzz": true },
        "sandbox_workspace_write": { "network_access": false, "writable_roots": ["/a", "/a", "/b"] },
        "shell_environment_policy": { "inherit": "core", "set": { "B": "2", "A": 1, "C": true }, "exclude": ["AWS_*"] },
        "profiles": [
            { "name": "ultra", "model": "gpt-5.1-codex-max", "model_reasoning_summary": "concise", "features": { "x": true },
              "sandbox_workspace_write": { "network_access": true } },
            { "name": "my-prof", "approval_policy": "never" },
        ],
        "mcp_servers": [
            { "name": "zed", "url": "https://z/mcp", "http_headers": { "X-A": 1 }, "env_http_headers": { "X-B": "EB" },
              "bearer_token_env_var": "ZT", "enabled": false, "startup_timeout_sec": 10, "tool_timeout_sec": 30 },
            { "name": "abc", "command": "/bin/a", "args": ["--x", "--x", "\"q\""] },
        ],
        "otel": { "environment": "prod", "exporter": "otlp-http", "endpoint": "https://o", "protocol": "json",
                  "headers": { "k": "v" }, "log_user_prompt": false },
        "custom_toml": "# hi\n[tui]\ntheme = \"x\"",
    })
}

/// Vector B. Ours keeps the operator's order and repeats, writes texts where Codex wants texts (`set`, headers),
/// no empty lists, and no `args` beside `url`.
#[test]
fn everything_chosen_is_there_in_its_order() {
    let config = rendered(&everything(), &at(120)).config;

    let expected = r#"model = "gpt-5.1"
model_provider = "openai"
approval_policy = "on-request"
sandbox_mode = "workspace-write"
model_reasoning_effort = "medium"
model_reasoning_summary = "auto"
model_verbosity = "low"
model_supports_reasoning_summaries = true
model_context_window = 128000
model_max_output_tokens = 4096
profile = "ultra"
notify = ["python3", "/opt/n.py"]

[features]
web_search_request = true
b = false
"a.b" = true

[notice]
zzz = true
hide_gpt5_1_migration_prompt = true
"hide_gpt-5.1-codex-max_migration_prompt" = true
hide_rate_limit_model_nudge = true

[sandbox_workspace_write]
network_access = false
writable_roots = ["/a", "/a", "/b"]

[shell_environment_policy]
inherit = "core"
set = { B = "2", A = "1", C = "true" }
exclude = ["AWS_*"]

[profiles.ultra]
model = "gpt-5.1-codex-max"
model_reasoning_summary = "detailed"

[profiles.ultra.features]
x = true

[profiles.ultra.sandbox_workspace_write]
network_access = true

[profiles.my-prof]
approval_policy = "never"

[mcp_servers.zed]
url = "https://z/mcp"
bearer_token_env_var = "ZT"
http_headers = { X-A = "1" }
env_http_headers = { X-B = "EB" }
enabled = false
startup_timeout_sec = 10
tool_timeout_sec = 30

[mcp_servers.abc]
command = "/bin/a"
args = ["--x", "--x", '"q"']

[otel]
environment = "prod"
exporter = { otlp-http = { endpoint = "https://o", protocol = "json", headers = { k = "v" } } }
log_user_prompt = false

# hi
[tui]
theme = "x"
"#;
    assert_eq!(config, expected);
}

#[test]
fn profiles_are_files_from_0_134_and_the_one_that_is_on_is_in_the_root() {
    let new = rendered(&everything(), &at(169));

    assert!(!new.config.contains("[profiles") && !new.config.contains("profile ="), "{}", new.config);
    assert!(new.config.starts_with("model = \"gpt-5.1-codex-max\""), "{}", new.config);
    assert!(new.config.contains("network_access = true\nwritable_roots"), "{}", new.config);
    let (name, text) = &new.profiles[0];
    assert_eq!(name, "ultra.config.toml");
    assert_eq!(
        text,
        "model = \"gpt-5.1-codex-max\"\nmodel_reasoning_summary = \"detailed\"\n\n[features]\nx = true\n\n[sandbox_workspace_write]\nnetwork_access = true\n"
    );
    assert_eq!(new.profiles[1], ("my-prof.config.toml".into(), "approval_policy = \"never\"\n".into()));
    assert!(new.notes.iter().any(|note| note.contains("profile = \"ultra\"")), "{:?}", new.notes);
    assert!(rendered(&everything(), &at(133)).profiles.is_empty());
}

#[test]
fn each_version_gets_what_it_reads() {
    for (settings, minor, there, absent) in [
        (json!({}), 157, "daemon_auto_start = false", "x"),
        (json!({}), 156, "[notice]", "daemon_auto_start"),
        (json!({ "features": { "daemon_auto_start": true } }), 169, "daemon_auto_start = true", "= false"),
        (json!({ "approval_policy": "untrusted" }), 148, "\"untrusted\"", "on-request"),
        (json!({ "approval_policy": "untrusted" }), 149, "\"on-request\"", "untrusted"),
        (json!({ "web_search": "live" }), 120, "[tools]\nweb_search = true", "live"),
        (json!({ "web_search": "live" }), 121, "web_search = \"live\"", "tools"),
        (json!({ "web_search": "cached" }), 120, "", "web_search"),
        (json!({ "openai_base_url": "https://o" }), 114, "", "openai_base_url"),
        (json!({ "openai_base_url": "https://o" }), 115, "openai_base_url = \"https://o\"", "x"),
        (json!({ "model_max_output_tokens": 5 }), 133, "model_max_output_tokens = 5", "x"),
        (json!({ "model_max_output_tokens": 5 }), 134, "", "model_max_output_tokens"),
        (json!({ "features": { "streamable_shell": true } }), 134, "[features]\nunified_exec = true", "streamable"),
        (json!({ "features": { "skills": true } }), 134, "", "features"),
        (json!({ "model_reasoning_effort": "max" }), 134, "\"xhigh\"", "max\""),
        (json!({ "model_reasoning_effort": "max" }), 169, "\"max\"", "xhigh"),
        (json!({ "custom_toml": "tools.view_image = true" }), 169, "view_image = true", "tools"),
        (json!({ "model_providers": [{ "id": "p", "wire_api": "chat" }] }), 121, "\"responses\"", "chat"),
        (json!({ "profiles": [{ "name": "p", "web_search": "live" }] }), 80, "[profiles.p.tools]\nweb_search = true", "live"),
        (json!({ "otel": { "log_user_prompt": true } }), 80, "[otel]\nlog_user_prompt = true\nexporter = \"none\"", "x"),
    ] {
        let config = rendered(&settings, &at(minor)).config;
        assert!(config.contains(there), "{settings} at {minor}: {config}");
        assert!(absent == "x" || !config.contains(absent), "{settings} at {minor}: {config}");
    }
}

#[test]
fn what_a_version_does_not_get_is_noted() {
    let notes =
        rendered(&json!({ "approval_policy": "untrusted", "profiles": [{ "name": "p", "approval_policy": "untrusted" }] }), &at(169)).notes;

    assert_eq!(
        notes,
        [
            "p.config.toml: approval_policy is changed: this version stops at \"untrusted\"",
            "approval_policy is changed: this version stops at \"untrusted\""
        ]
    );
}

/// Vector C: the host's model and effort at the root and in the profile that is on, and nowhere else.
#[test]
fn a_hosts_own_model_and_effort_win() {
    let target = Target { model: Some("gpt-5.2-codex".into()), effort: Some("xhigh".into()), managed: Some(managed()), ..at(120) };

    let config = rendered(&everything(), &target).config;

    assert!(config.starts_with("model = \"gpt-5.2-codex\""), "{config}");
    assert_eq!(config.matches("model = \"gpt-5.2-codex\"").count(), 2);
    assert_eq!(config.matches("model_reasoning_effort = \"xhigh\"").count(), 2);
    assert_eq!(config.matches("model_reasoning_summary = \"detailed\"").count(), 2);
    assert!(config.contains("[profiles.my-prof]\napproval_policy = \"never\"\n\n"), "{config}");
}

#[test]
fn a_hosts_impossible_effort_is_left_out_and_noted() {
    let settings = json!({ "model_reasoning_effort": "xhigh" });

    let small = rendered(&settings, &Target { model: Some("gpt-5.1-codex-mini".into()), ..at(169) });

    assert!(!small.config.contains("effort") && small.notes[0].contains("gpt-5.1-codex-mini"), "{small:?}");
    let odd = rendered(&settings, &Target { effort: Some("hardest".into()), ..at(169) });
    assert!(odd.config.contains("xhigh") && odd.notes[0].contains("hardest"), "{odd:?}");
}

#[test]
fn custom_toml_adds_and_never_redefines() {
    let config = rendered(&json!({ "mcp_servers": [{ "name": "a", "command": "x" }], "custom_toml": "foo = 1\n[mcp_servers.b]\ncommand = \"y\"\n[notice]\nq = true" }), &at(169)).config;
    // Vector G: a key at the top stays at the top.
    assert!(config.starts_with("foo = 1\n"), "{config}");
    assert!(config.contains("[mcp_servers.b]\ncommand = \"y\"") && config.contains("[notice]\nq = true\nhide_gpt5_1"), "{config}");
    for (settings, path) in [
        (json!({ "custom_toml": "a = " }), "custom_toml"),
        (json!({ "features": { "a": true }, "custom_toml": "[features]\nb = true" }), "custom_toml"),
        (json!({ "model": "x", "custom_toml": "model = \"y\"" }), "custom_toml"),
        (json!({ "mcp_servers": [{ "name": "a", "command": "x" }], "custom_toml": "[mcp_servers.a]\nenabled = true" }), "custom_toml"),
        (json!({ "model_provider": "nobodys" }), "model_provider"),
    ] {
        assert_eq!(refused(&settings), [path], "{settings}");
    }
    let own = json!({ "model_provider": "p", "custom_toml": "[model_providers.p]\nname = \"P\"\nbase_url = \"https://p\"" });
    assert!(rendered(&own, &at(169)).config.contains("[model_providers.p]"));
}

#[test]
fn an_operators_entry_gives_way_to_the_managed_server_only_where_there_is_one() {
    let settings = json!({ "mcp_servers": [{ "name": "CDX", "command": "x" }, { "name": "other", "command": "y" }] });

    let baked = rendered(&settings, &Target { managed: Some(managed()), ..at(169) });

    assert!(!baked.config.contains("CDX") && baked.config.contains("[mcp_servers.other]") && baked.config.contains("[mcp_servers.cdx]"));
    assert!(baked.notes[0].contains("CDX"), "{:?}", baked.notes);
    assert!(rendered(&settings, &at(169)).config.contains("[mcp_servers.CDX]"));
}

#[test]
fn a_bearer_token_is_a_header_because_no_codex_takes_the_key() {
    let config = rendered(&json!({ "mcp_servers": [{ "name": "a", "url": "https://a", "bearer_token": "t" }] }), &at(169)).config;

    assert!(config.contains("http_headers = { Authorization = \"Bearer t\" }") && !config.contains("bearer_token"), "{config}");
}

#[test]
fn the_fleet_owns_every_key_it_gives() {
    let owned = rendered(&json!({ "model": "x" }), &Target { managed: Some(managed()), ..at(120) }).owned;

    let paths: Vec<_> = owned.iter().map(|path| path.join("/")).collect();
    assert_eq!(paths[0], "model");
    assert!(
        paths.contains(&"mcp_servers/cdx/http_headers".into()) && paths.contains(&"notice/hide_rate_limit_model_nudge".into()),
        "{paths:?}"
    );
}
