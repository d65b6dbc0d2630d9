//! Logins that are proven by a real runner, with a stand-in for Codex that says what the test wants.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use chrono::TimeDelta;
use e2e::api::{TestApp, login};
use e2e::process::TempDir;
use runner::{Secret, Settings};
use serde_json::{Value, json};
use shared::auth::proof::{candidate, check};
use sqlx::MySqlPool;

use crate::{NEVER, T1, T2, ZERO};

/// A runner whose Codex does what a script says.
struct Runner {
    folder: TempDir,
    url: String,
}

const GOOD: &str = "echo Banana";
const REFUSED: &str = "echo 'ERROR: unexpected status 401 Unauthorized: no' >&2; exit 1";
const BROKEN: &str = "echo 'ERROR: stream disconnected' >&2; exit 1";

impl Runner {
    async fn start() -> Self {
        let folder = TempDir::new();
        let settings = Settings {
            codex: folder.path().join("codex"),
            secret: Some(Secret::new("between us")),
            openai_base_url: None,
            chatgpt_base_url: None,
            most: Duration::from_secs(10),
            at_once: 2,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/verify", listener.local_addr().unwrap());
        tokio::spawn(runner::serve(listener, settings, std::future::pending()));
        let runner = Self { folder, url };
        runner.codex(GOOD);
        runner
    }

    /// What Codex does from now on. It leaves the login it was given in `seen`.
    fn codex(&self, does: &str) {
        let path = self.folder.path().join("codex");
        let script = format!("#!/bin/sh\ncp \"$HOME/.codex/auth.json\" '{}'\n{does}\n", self.folder.path().join("seen").display());
        std::fs::write(self.folder.path().join("new"), script).unwrap();
        std::fs::set_permissions(self.folder.path().join("new"), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(self.folder.path().join("new"), path).unwrap();
    }

    fn seen(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("seen")).unwrap()
    }

    async fn server(&self, pool: MySqlPool) -> TestApp {
        TestApp::with(pool, &[("AUTH_RUNNER_URL", &self.url), ("AUTH_RUNNER_SECRET", "between us"), ("AUTH_RUNNER_TIMEOUT", "10")]).await
    }
}

async fn generation(app: &TestApp) -> u64 {
    app.owner("GET", "/admin/auth", json!({})).await.data()["generation"].as_u64().unwrap()
}

async fn candidate_state(app: &TestApp) -> Value {
    app.owner("GET", "/admin/auth/candidates", json!({})).await.data()["candidates"][0]["state"].clone()
}

async fn tend(app: &TestApp) -> u64 {
    candidate::tend(&app.app).await.unwrap()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_pushed_login_is_proven_before_anybody_gets_it(pool: MySqlPool) {
    let runner = Runner::start().await;
    let app = runner.server(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;
    let pushed = login("acct", "two", T2);

    let answer = app.store(&key, &pushed).await.data();

    assert_eq!((answer["status"].as_str(), generation(&app).await), (Some("outdated"), 1), "the host goes on with the current one");
    assert_eq!(answer["auth"]["tokens"]["access_token"], "access-token-of-one-0123456789");
    assert_eq!(app.store(&key, &pushed).await.data()["status"], "outdated");
    assert_eq!(candidate_state(&app).await, "waiting");
    assert_eq!(tend(&app).await, 1);
    assert_eq!((candidate_state(&app).await, generation(&app).await), (json!("promoted"), 2));
    assert!(runner.seen().contains("access-token-of-two") && !runner.seen().contains("rt_two_real"), "the runner cannot refresh it");
    let view = app.retrieve(&key, ZERO, NEVER).await.data()["auth"]["tokens"].clone();
    assert_eq!(view["access_token"], "access-token-of-two-0123456789");
    assert!(view["refresh_token"].as_str().unwrap().starts_with("cdxr_"));
    let (kept,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM auth_candidates WHERE body_sealed IS NOT NULL").fetch_one(&app.app.db).await.unwrap();
    assert_eq!(kept, 0);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_candidate_is_rejected_only_for_a_definite_refusal(pool: MySqlPool) {
    let runner = Runner::start().await;
    let app = runner.server(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;
    let pushed = login("acct", "two", T2);
    app.store(&key, &pushed).await.data();

    runner.codex(BROKEN);
    assert_eq!(tend(&app).await, 1);
    assert_eq!(candidate_state(&app).await, "waiting");
    assert_eq!(tend(&app).await, 0, "not again at once");
    app.app.clock.advance(TimeDelta::minutes(1));
    runner.codex(REFUSED);
    assert_eq!(tend(&app).await, 1);
    assert_eq!((candidate_state(&app).await, generation(&app).await), (json!("rejected"), 1));
    assert_eq!(app.store(&key, &pushed).await.data()["status"], "outdated");
    assert_eq!((candidate_state(&app).await, tend(&app).await), (json!("rejected"), 0), "it is not tried again");

    let other = login("acct", "three", T2);
    app.store(&key, &other).await.data();
    let id = app.owner("GET", "/admin/auth/candidates", json!({})).await.data()["candidates"][0]["id"].clone();
    app.owner("POST", &format!("/admin/auth/candidates/{id}/accept"), json!({})).await.data();
    assert_eq!(generation(&app).await, 2, "an owner may take it unproven");
    app.owner("POST", &format!("/admin/auth/candidates/{id}/reject"), json!({})).await.expect(404, "not_found");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn without_a_login_that_works_nothing_waits(pool: MySqlPool) {
    let runner = Runner::start().await;
    let app = runner.server(pool).await;
    let (key, _) = app.register("a.example").await;
    assert_eq!(app.store(&key, &login("acct", "one", T1)).await.data()["status"], "updated", "the first");
    sqlx::query("UPDATE fleet SET auth_state = 'needs_login', auth_state_code = 'x'").execute(&app.app.db).await.unwrap();
    assert_eq!(app.store(&key, &login("acct", "two", T2)).await.data()["status"], "updated", "the one before has ended");
    assert_eq!(app.owner("GET", "/admin/auth", json!({})).await.data()["state"], "ok");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_current_login_is_proven_now_and_then(pool: MySqlPool) {
    let runner = Runner::start().await;
    let app = runner.server(pool).await;
    app.owner("POST", "/admin/runner/run", json!({})).await.expect(404, "not_found");
    assert_eq!(check::tend(&app.app).await.unwrap(), 0, "there is none");
    app.seed(&json!({ "OPENAI_API_KEY": "sk-proj-abcdefghij0123456789", "last_refresh": T1 })).await;

    assert_eq!(check::tend(&app.app).await.unwrap(), 1);
    assert_eq!(check::tend(&app.app).await.unwrap(), 0);
    let shown = app.owner("GET", "/admin/runner", json!({})).await.data();
    assert_eq!(
        (&shown["state"], &shown["counts"]["validations_24h"], &shown["latest_validation"]["status"]),
        (&json!("ok"), &json!(1), &json!("ok"))
    );
    app.app.clock.advance(TimeDelta::hours(8));
    runner.codex(BROKEN);
    assert_eq!(check::tend(&app.app).await.unwrap(), 1);
    assert_eq!(app.owner("GET", "/admin/auth", json!({})).await.data()["state"], "ok", "unknown is no rejection");
    app.app.clock.advance(TimeDelta::minutes(1));
    runner.codex(REFUSED);
    assert_eq!(check::tend(&app.app).await.unwrap(), 1);
    let status = app.owner("GET", "/admin/auth", json!({})).await.data();
    assert_eq!((&status["state"], &status["code"]), (&json!("needs_login"), &json!("rejected")));
    runner.codex(GOOD);
    let run = app.owner("POST", "/admin/runner/run", json!({})).await.data();
    assert_eq!((&run["verdict"], &run["applied"], &run["runner_state"]), (&json!("verified"), &json!(false), &json!("ok")));
    assert_eq!(app.owner("GET", "/admin/auth", json!({})).await.data()["state"], "ok", "it was none after all");
    let block = app.owner("POST", "/admin/versions/check", json!({})).await;
    assert_eq!(block.status, 502, "no release list here");
    let versions = app.call("", "GET", "/versions", json!({})).await.data();
    assert_eq!((&versions["runner_enabled"], &versions["runner_state"]), (&json!(true), &json!("ok")));
}
