//! The server is killed at every moment of a real refresh, and what is true afterwards.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use e2e::process::{Server, wait_for};
use fake_openai::{FakeOpenAi, Fault, FaultKind, LoginOptions, Options};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, MySqlConnection};

const TIMES: u64 = 50;
/// Between two moments, in milliseconds: together they are longer than a refresh takes here.
const APART: u64 = 6;

/// The leases and pauses of a crashed server last for minutes: this lets them pass.
fn let_time_pass(server: &Server) {
    let url = server.database_url();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut conn = MySqlConnection::connect(&url).await.unwrap();
        conn.execute("UPDATE auth_lease SET held_until = NULL, not_before = NULL").await.unwrap();
    });
}

fn exchange(server: &Server, handle: &str) -> Command {
    let body = json!({ "grant_type": "refresh_token", "refresh_token": handle, "refresh_reason": "proactive_expiry" });
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "30", "-H", "content-type: application/json", "-d", &body.to_string()]);
    command.arg(format!("{}/oauth/token", server.url())).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

fn expired(openai: &FakeOpenAi) -> Value {
    openai.login(LoginOptions { access_lifetime_seconds: -60, ..LoginOptions::default() })
}

/// A host's key and handle.
fn host(server: &Server) -> String {
    let answer = server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": "a.example" }));
    let key = answer["host"]["api_key"].as_str().unwrap();
    let body = json!({ "command": "retrieve", "digest": "0".repeat(64), "last_refresh": "2000-01-01T00:00:00Z" }).to_string();
    let output = Command::new("curl")
        .args([
            "-sS",
            "-H",
            "content-type: application/json",
            "-H",
            &format!("x-api-key: {key}"),
            "-d",
            &body,
            &format!("{}/auth", server.url()),
        ])
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["data"]["auth"]["tokens"]["refresh_token"].as_str().unwrap().to_owned()
}

#[test]
fn whenever_the_server_is_killed_the_fleet_works_or_says_that_it_does_not() {
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let mut server = Server::start(&openai.url());
    server.admin("POST", "/admin/auth/upload", &json!({ "auth": openai.login(LoginOptions::default()) }));
    let handle = host(&server);
    let mut ends = BTreeMap::<String, u32>::new();
    for moment in 0..TIMES {
        server.admin("POST", "/admin/auth/upload", &json!({ "auth": expired(&openai) }));
        let mut fault = Fault::new("/oauth/token", FaultKind::Slow).delay_ms(100);
        fault.delay_answer_ms = 80;
        openai.fault(fault);
        let mut asking = exchange(&server, &handle).stdout(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(moment * APART));
        server.kill();
        asking.wait().unwrap();
        openai.with(|state| state.faults.clear());
        server.resume();

        let mut status = Value::Null;
        wait_for("the login to be settled", || {
            let_time_pass(&server);
            let answer = exchange(&server, &handle).output().unwrap();
            let answer: Value = serde_json::from_slice(&answer.stdout).unwrap_or_default();
            status = server.admin("GET", "/admin/auth", &Value::Null);
            let works = answer["access_token"].as_str().is_some_and(|token| openai.with(|state| state.families.check(token, 0).is_ok()));
            works && status["state"] == "ok" || status["state"] == "needs_login"
        });
        let lost = status["spends"]
            .as_array()
            .unwrap()
            .iter()
            .any(|spend| spend["generation"] == status["generation"] && spend["outcome"] == "lost");
        assert!(status["state"] == "ok" || lost, "a login that ends has an answer that was lost: {status}");
        *ends.entry(status["state"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    println!("killed {TIMES} times: {ends:?}");
    assert!(ends["ok"] > ends.get("needs_login").copied().unwrap_or(0), "most moments cost nothing: {ends:?}");
    let twice = openai.with(|state| state.families.refresh_tokens.values().filter(|token| token.presented > 2).count());
    assert_eq!(twice, 0, "a token is tried once more, and never again");
}
