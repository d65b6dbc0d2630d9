//! The runner beside the server, with the real Codex.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;

use e2e::host::{Host, SHELLS, expect_exit, stderr};
use e2e::process::{Server, Settings, wait_for};
use e2e::ready::{openai, seed};
use e2e::storm::Codex;
use fake_openai::LoginOptions;
use serde_json::{Value, json};

#[test]
fn a_login_made_on_a_host_is_proven_by_the_real_codex_before_the_fleet_gets_it() {
    let codex = Codex::unpack("0.169.0");
    let openai = openai("0.169.0");
    let variables = vec![
        ("CODEX_RELEASES_API_URL", openai.url()),
        ("OPENAI_TOKEN_URL", format!("{}/oauth/token", openai.url())),
        ("AUTH_RUNNER_URL", String::new()),
        ("RUNNER_CODEX", codex.program().display().to_string()),
        ("RUNNER_OPENAI_BASE_URL", format!("{}/v1", openai.url())),
        ("RUNNER_CHATGPT_BASE_URL", format!("{}/backend-api", openai.url())),
    ];
    let server = Server::with(Settings { variables, ..Settings::default() });
    seed(&openai, &server, "0.169.0");

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
