//! Nothing a probe starts outlives it.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::path::Path;

use axum::http::StatusCode;
use serde_json::{Value, json};
use support::{TempDir, runs, settings, verify, wait_for};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

/// Hangs together with a child, and leaves both ids.
const HANGS: &str =
    "echo \"$HOME\" >\"$OUT/home\"; sleep 300 & echo $! >\"$OUT/child\"; echo $$ >\"$OUT/self\"; touch \"$OUT/ready\"; wait";

fn login() -> Value {
    json!({ "tokens": { "access_token": "at-0123456789" } })
}

/// No process and no home is left of a run of [`HANGS`].
async fn nothing_is_left(dir: &TempDir) {
    let (leader, child) = (dir.read("self"), dir.read("child"));
    wait_for("the processes to die", || !runs(&leader) && !runs(&child)).await;
    wait_for("the home to go", || !Path::new(&dir.read("home")).exists()).await;
}

#[tokio::test]
async fn at_the_time_limit_the_whole_group_dies() {
    let dir = TempDir::new();
    let router = runner::router(settings(dir.stand_in(HANGS), None));

    let (status, answer) = verify(&router, &login(), 1.0).await;

    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert!(answer["latency_ms"].as_u64().unwrap() >= 1000);
    let expected =
        json!({ "status": "fail", "verdict": "unknown", "reachable": true, "detail": "probe timeout", "reason": "probe timeout" });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&answer[name], value, "{name}");
    }
    assert!(!Path::new(&dir.read("home")).exists(), "the home is gone before the answer");
    nothing_is_left(&dir).await;
}

#[tokio::test]
async fn what_codex_leaves_behind_dies_with_it() {
    let dir = TempDir::new();
    let script = "echo \"$HOME\" >\"$OUT/home\"; sleep 300 & echo $! >\"$OUT/child\"; echo $$ >\"$OUT/self\"; echo banana";
    let router = runner::router(settings(dir.stand_in(script), None));

    let (status, answer) = verify(&router, &login(), 20.0).await;

    assert_eq!((status, &answer["verdict"]), (StatusCode::OK, &"verified".into()));
    nothing_is_left(&dir).await;
}

#[tokio::test]
async fn a_caller_that_hangs_up_ends_its_probe() {
    let dir = TempDir::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(runner::serve(listener, settings(dir.stand_in(HANGS), None), std::future::pending()));
    let body = json!({ "auth_json": login() }).to_string();
    let mut caller = TcpStream::connect(address).await.unwrap();
    let head = format!("POST /verify HTTP/1.1\r\nhost: runner\r\ncontent-length: {}\r\n\r\n", body.len());
    caller.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    wait_for("the probe", || dir.path().join("ready").exists()).await;
    assert!(runs(&dir.read("child")));

    drop(caller);

    nothing_is_left(&dir).await;
    server.abort();
}
