//! A runner to ask, and Codexes for it to run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use fake_openai::releases;
use runner::Settings;
use serde_json::{Value, json};
use shared::random;
use tower::ServiceExt as _;

/// A folder that goes with the test.
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("runner test {}", random::uuid()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a script in Codex's place; `$OUT` is this folder.
    pub fn stand_in(&self, script: &str) -> PathBuf {
        let path = self.0.join("codex");
        fs::write(&path, format!("#!/bin/sh\nOUT='{}'\n{script}\n", self.0.display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// What a script left in a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap().trim().to_owned()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Settings that run this Codex, against `openai` where given.
pub fn settings(codex: PathBuf, openai: Option<&str>) -> Settings {
    Settings {
        codex,
        secret: None,
        openai_base_url: openai.map(|url| format!("{url}/v1")),
        chatgpt_base_url: openai.map(|url| format!("{url}/backend-api")),
        most: Duration::from_mins(2),
        at_once: 1,
    }
}

/// The real Codex, unpacked once beside the tests.
pub fn codex(version: &str) -> PathBuf {
    let cache = shared::config::variable("CODEX_AUTH_CENTRAL_CACHE").expect("run the tests through local-dev/test");
    let cache = PathBuf::from(cache);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("codex-{version}"));
    if !folder.exists() {
        let asset = releases::from_npm(&cache, &cache.join("releases"), version).unwrap();
        let work = folder.with_extension(random::uuid());
        fs::create_dir_all(&work).unwrap();
        let unpacked = Command::new("tar").arg("-xzf").arg(asset).arg("-C").arg(&work).status().unwrap();
        assert!(unpacked.success());
        // Another test may have been faster.
        if fs::rename(&work, &folder).is_err() {
            fs::remove_dir_all(&work).unwrap();
        }
    }
    let package = folder.join("bin/codex");
    if package.exists() { package } else { folder.join(format!("codex-{}", releases::TRIPLE)) }
}

/// Sends a request to `path`; an `Authorization` header where `bearer` is given.
pub async fn send(router: &Router, path: &str, bearer: Option<&str>, body: String) -> (StatusCode, Value) {
    let method = if path == "/health" { "GET" } else { "POST" };
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(bearer) = bearer {
        request = request.header("authorization", bearer);
    }
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (status, body) = (response.status(), to_bytes(response.into_body(), usize::MAX).await.unwrap());
    (status, serde_json::from_slice(&body).unwrap())
}

/// Asks for a probe of `auth`.
pub async fn verify(router: &Router, auth: &Value, seconds: f64) -> (StatusCode, Value) {
    let body = json!({ "auth_json": auth, "timeout_seconds": seconds, "base_url": "http://api", "api_key": "k", "fqdn": "a.example" });
    send(router, "/verify", None, body.to_string()).await
}

/// Whether a process runs; a dead one that nobody waits for does not.
pub fn runs(id: &str) -> bool {
    assert!(!id.is_empty());
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Waits for a condition, at most half a minute.
pub async fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < limit, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
