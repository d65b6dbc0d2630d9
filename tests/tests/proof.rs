//! The runner beside the server, with the real Codex.

use std::fs;

use e2e::host::{Host, SHELLS, expect_exit, stderr};
use e2e::process::{Server, Settings, wait_for};
use e2e::ready::{openai, seed};
use e2e::storm::Codex;
use fake_openai::{FakeOpenAi, LoginOptions};
use serde_json::{Value, json};

/// A server with a runner that has the real Codex.
fn with_runner(version: &str) -> (Codex, FakeOpenAi, Server) {
    let codex = Codex::unpack(version);
    let openai = openai(version);
    let variables = vec![
        ("CODEX_RELEASES_API_URL", openai.url()),
        ("OPENAI_TOKEN_URL", format!("{}/oauth/token", openai.url())),
        ("AUTH_RUNNER_URL", String::new()),
        ("RUNNER_CODEX", codex.program().display().to_string()),
        ("RUNNER_OPENAI_BASE_URL", format!("{}/v1", openai.url())),
        ("RUNNER_CHATGPT_BASE_URL", format!("{}/backend-api", openai.url())),
    ];
    let server = Server::with(Settings { variables, ..Settings::default() });
    seed(&openai, &server, version);
    (codex, openai, server)
}

#[test]
fn a_configuration_that_would_stop_codex_never_reaches_a_host() {
    let (_codex, openai, server) = with_runner("0.169.0");
    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    let publish = |settings: Value| {
        server.admin("POST", "/admin/config/store", &json!({ "settings": settings }));
        let state = || server.admin("GET", "/admin/config", &Value::Null);
        wait_for("the configuration to be checked", || state()["state"] != "checking");
        state()
    };
    let config = || fs::read_to_string(host.codex_home().join("config.toml")).unwrap();

    let good = publish(json!({ "model": "gpt-good" }));
    assert_eq!((&good["state"], &good["problem"]), (&json!("published"), &Value::Null));
    // The first run shows the server what is there, the second brings the two together.
    expect_exit(&host.cdx(&["--sync"]), 0);
    expect_exit(&host.cdx(&["--sync"]), 0);
    assert!(config().contains("gpt-good"));

    let bad = publish(json!({ "model": "gpt-bad", "custom_toml": "web_search = true" }));
    assert_eq!(bad["state"], "blocked");
    let said = bad["problem"].as_str().unwrap();
    assert!(said.starts_with("codex 0.169.0:") && said.contains("web_search"), "Codex's own words: {said}");
    expect_exit(&host.cdx(&["--sync"]), 0);
    assert!(config().contains("gpt-good") && !config().contains("gpt-bad"));
    let audit = server.admin("GET", "/admin/audit?action=config.blocked", &Value::Null);
    assert_eq!(audit["entries"].as_array().unwrap().len(), 1);

    let mended = publish(json!({ "model": "gpt-better" }));
    assert_eq!(mended["state"], "published");
    expect_exit(&host.cdx(&["--sync"]), 0);
    assert!(config().contains("gpt-better"));
}

#[test]
fn a_login_made_on_a_host_is_proven_by_the_real_codex_before_the_fleet_gets_it() {
    let (_codex, openai, server) = with_runner("0.169.0");

    let run = server.admin("POST", "/admin/runner/run", &json!({}));
    assert_eq!((&run["verdict"], &run["codex_version"]), (&json!("verified"), &json!("0.169.0")), "{run}");

    let host = Host::new("a.example", SHELLS[1], &openai.url());
    expect_exit(&host.install(&server, &json!({})), 0);
    let before = host.login()["tokens"]["access_token"].clone();
    let newer = openai.login(LoginOptions { access_lifetime_seconds: 900_000, ..LoginOptions::default() });
    fs::write(host.auth_json(), newer.to_string()).unwrap();

    let launch = host.cdx(&["--sync"]);

    expect_exit(&launch, 0);
    assert!(stderr(&launch).contains("being proven"), "{}", stderr(&launch));
    assert_eq!(host.login()["tokens"]["access_token"], before, "the launch goes on with what the fleet has");
    let state = || server.admin("GET", "/admin/auth/candidates", &Value::Null)["candidates"][0]["state"].clone();
    wait_for("the candidate to be proven", || state() == "promoted");
    expect_exit(&host.cdx(&["--sync"]), 0);
    assert_eq!(host.login()["tokens"]["access_token"], newer["tokens"]["access_token"]);
    assert_eq!(openai.count("POST", "/oauth/token"), 0, "a proof spends nothing");
}
