//! Who is answered what, before and around a run: with stand-ins for Codex.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use axum::http::StatusCode;
use runner::Secret;
use serde_json::{Value, json};
use support::{TempDir, send, settings, verify, wait_for};

fn login() -> Value {
    json!({ "tokens": { "access_token": "at-0123456789", "refresh_token": "rt-real-secret", "id_token": "opaque", "account_id": "acct-1" } })
}

#[tokio::test]
async fn a_probe_sees_its_own_private_home_and_no_refresh_token() {
    let dir = TempDir::new();
    let script = "grep -rh '' \"$HOME\" >\"$OUT/all\"; cp \"$CODEX_HOME/auth.json\" \"$OUT/auth\"; env >\"$OUT/env\"
        stat -c %a \"$HOME\" \"$CODEX_HOME/auth.json\" >\"$OUT/modes\"; echo \"$HOME\" >\"$OUT/home\"; printf '%s\\n' \"$@\" >\"$OUT/arguments\"
        cat >\"$OUT/stdin\"; echo 'OpenAI Codex v9.9.9' >&2; echo BANANA";
    let router = runner::router(settings(dir.stand_in(script), Some("http://127.0.0.1:9")));

    let (status, answer) = verify(&router, &login(), 20.0).await;

    assert_eq!((status, &answer["verdict"], &answer["codex_version"]), (StatusCode::OK, &"verified".into(), &"9.9.9".into()), "{answer}");
    assert!(!dir.read("all").contains("rt-real-secret") && !dir.read("env").contains("rt-real-secret"));
    let file: Value = serde_json::from_str(&dir.read("auth")).unwrap();
    assert_eq!(file["tokens"]["access_token"], "at-0123456789");
    assert_eq!((dir.read("modes"), dir.read("stdin")), ("700\n600".to_owned(), String::new()));
    assert!(dir.read("arguments").starts_with("exec\n") && dir.read("arguments").ends_with("-s\nread-only\n--skip-git-repo-check"));
    let names: Vec<_> = dir.read("env").lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect();
    let known =
        ["HOME", "CODEX_HOME", "PATH", "PWD", "_", "OLDPWD", "SHLVL", "OPENAI_BASE_URL", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"];
    let known = |name: &String| known.contains(&name.as_str()) || name.starts_with("CODEX_");
    assert!(names.iter().all(known), "{names:?}");
    assert!(dir.read("env").contains("CODEX_REFRESH_TOKEN_URL_OVERRIDE=http://127.0.0.1:9/"));
    assert!(!std::path::Path::new(&dir.read("home")).exists(), "the home is gone");
}

#[tokio::test]
async fn a_reason_shows_no_token() {
    let dir = TempDir::new();
    let script = "echo \"$HOME\" >\"$OUT/home\"; echo 'ERROR: at-0123456789 rt-real-secret opaque x' >&2; exit 1";
    let router = runner::router(settings(dir.stand_in(script), None));

    let (status, answer) = verify(&router, &login(), 20.0).await;

    assert_eq!((status, &answer["status"], &answer["verdict"]), (StatusCode::OK, &"fail".into(), &"unknown".into()));
    assert_eq!((&answer["reason"], &answer["codex_version"]), (&"[removed] [removed] [removed] x".into(), &Value::Null));
    assert!(!std::path::Path::new(&dir.read("home")).exists(), "the home is gone");
}

#[tokio::test]
async fn a_codex_that_cannot_be_started_is_the_runners_fault() {
    let router = runner::router(settings("/nowhere/codex".into(), None));

    let (status, answer) = verify(&router, &login(), 20.0).await;

    assert_eq!((status, &answer["status"], &answer["verdict"]), (StatusCode::INTERNAL_SERVER_ERROR, &"fail".into(), &"unknown".into()));
    assert!(answer["detail"].as_str().unwrap().contains("cannot be started"), "{answer}");
}

#[tokio::test]
async fn bodies_that_cannot_be_probed_are_told_apart() {
    let dir = TempDir::new();
    let router = runner::router(settings(dir.stand_in("touch \"$OUT/ran\""), None));

    for (body, expected) in [
        (json!({ "auth_json": {} }).to_string(), StatusCode::BAD_REQUEST),
        (json!({ "auth_json": { "tokens": { "refresh_token": "rt" } } }).to_string(), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::UNPROCESSABLE_ENTITY),
        ("[]".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "auth_json": "at-secret" }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "auth_json": login(), "timeout_seconds": "at-secret" }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "auth_json": { "tokens": { "access_token": "a".repeat(1024 * 1024) } } }).to_string(), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, answer) = send(&router, "/verify", None, body).await;

        assert_eq!(status, expected);
        assert!(answer["detail"].is_string() && !answer.to_string().contains("at-secret"), "{answer}");
    }
    assert!(!dir.path().join("ran").exists());
}

#[tokio::test]
async fn a_secret_guards_probes_and_not_health() {
    let dir = TempDir::new();
    let settings = runner::Settings { secret: Some(Secret::new("s3cret")), ..settings(dir.stand_in("echo banana"), None) };
    let router = runner::router(settings);
    let body = json!({ "auth_json": login() }).to_string();

    for wrong in [None, Some("Bearer "), Some("Bearer s3cre"), Some("Bearer s3cret2"), Some("s3cret")] {
        let (status, answer) = send(&router, "/verify", wrong, "no matter what".to_owned()).await;

        assert_eq!(status, StatusCode::UNAUTHORIZED, "{wrong:?}");
        assert!(answer["detail"].is_string());
    }
    assert_eq!(send(&router, "/verify", Some("Bearer s3cret"), body).await.1["verdict"], "verified");
    assert_eq!(send(&router, "/health", None, String::new()).await, (StatusCode::OK, json!({ "status": "ok" })));
}

#[tokio::test]
async fn one_at_a_time_and_the_others_wait_no_longer_than_they_would() {
    let dir = TempDir::new();
    let script = "touch \"$OUT/started\"; while [ ! -e \"$OUT/go\" ]; do sleep 0.02; done; echo banana";
    let router = runner::router(settings(dir.stand_in(script), None));
    let first = tokio::spawn({
        let router = router.clone();
        async move { verify(&router, &login(), 60.0).await }
    });
    wait_for("the first probe", || dir.path().join("started").exists()).await;

    let (status, answer) = verify(&router, &login(), 1.0).await;

    assert_eq!((status, &answer["detail"], &answer["verdict"]), (StatusCode::SERVICE_UNAVAILABLE, &"busy".into(), &"unknown".into()));
    std::fs::write(dir.path().join("go"), "").unwrap();
    assert_eq!(first.await.unwrap().1["verdict"], "verified");
    assert_eq!(verify(&router, &login(), 20.0).await.1["verdict"], "verified", "the place is free again");
}
