//! Which Codex hosts are told to run, and where they get it.

use std::io::Read;

use chrono::TimeDelta;
use e2e::api::{Answer, TestApp, login, manifest};
use e2e::process::TempDir;
use e2e::small_release::publish;
use fake_openai::{FakeOpenAi, Fault, Options};
use serde_json::{Value, json};
use sqlx::MySqlPool;

use crate::T1;

/// A GitHub that has these releases.
pub struct GitHub {
    pub fake: FakeOpenAi,
    pub folder: TempDir,
}

impl GitHub {
    pub fn with(versions: &[&str]) -> Self {
        let folder = TempDir::new();
        for version in versions {
            publish(folder.path(), version, "");
        }
        let fake = FakeOpenAi::start(Options { releases_dir: Some(folder.path().to_owned()), ..Options::default() }).unwrap();
        Self { fake, folder }
    }

    pub async fn server(&self, pool: MySqlPool, more: &[(&str, &str)]) -> TestApp {
        let url = self.fake.url();
        TestApp::with(pool, &[&[("CODEX_RELEASES_API_URL", url.as_str())], more].concat()).await
    }

    fn asked(&self) -> usize {
        self.fake.requests().iter().filter(|seen| seen.path.starts_with("/repos/")).count()
    }
}

/// A variable of a launch's answer; `None`: it is not there.
pub fn var(answer: &Answer, name: &str) -> Option<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut vars = String::new();
    for entry in tar::Archive::new(answer.bytes.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().as_os_str() == "vars" {
            entry.read_to_string(&mut vars).unwrap();
        }
    }
    let start = format!("cdx_{name}='");
    vars.lines().find_map(|line| line.strip_prefix(&start)).map(|rest| rest.trim_end_matches('\'').to_owned())
}

/// A launch of a host with this Codex.
pub async fn launch(app: &TestApp, key: &str, codex: &str, more: &str) -> Answer {
    app.sync(key, "/sync", &manifest(&format!("codex {codex}\nplatform linux x86_64 gnu 2.36\n{more}")), None).await
}

async fn pin(app: &TestApp, selection: &str) -> Answer {
    app.owner("POST", "/admin/codex-version", json!({ "selection": selection })).await
}

async fn versions(app: &TestApp) -> Value {
    app.call("", "GET", "/versions", json!({})).await.data()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_source_of_the_newest_release_is_told(pool: MySqlPool) {
    let github = GitHub::with(&["0.150.0", "0.99.0"]);
    let app = github.server(pool, &[]).await;
    let check = async || app.owner("POST", "/admin/versions/check", json!({})).await;
    let source = async || versions(&app).await["client_version_source"].clone();
    assert_eq!(source().await, "unknown");
    github.fake.fault(Fault::status("/repos", 500));
    check().await.expect(502, "upstream_failed");
    let before = github.asked();
    check().await.expect(502, "upstream_failed");
    assert_eq!(github.asked(), before, "it is not asked again at once");
    app.app.clock.advance(TimeDelta::minutes(1));

    let checked = check().await.data();

    assert_eq!(checked["available_client"], json!({ "version": "0.150.0", "updated_at": "2026-11-24T12:01:00+00:00", "source": "github" }));
    assert_eq!(
        (&checked["versions"]["client_version"], &checked["versions"]["client_version_source"]),
        (&json!("0.150.0"), &json!("github"))
    );
    assert_eq!(source().await, "cache");
    app.app.clock.advance(TimeDelta::hours(3));
    assert_eq!(source().await, "cache");
    app.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(source().await, "cache_stale");
    github.fake.fault(Fault::status("/repos", 500));
    let stale = check().await.data();
    assert_eq!(
        stale["available_client"],
        json!({ "version": "0.150.0", "updated_at": "2026-11-24T12:01:00+00:00", "source": "cache_stale" })
    );
    assert_eq!(stale["versions"]["client_version_source"], "cache_stale");
    let before = github.asked();
    assert_eq!((check().await.data()["available_client"]["source"].clone(), github.asked()), (json!("cache_stale"), before));
    pin(&app, "0.99.0").await.data();
    app.app.clock.advance(TimeDelta::minutes(1));
    let checked = check().await.data();
    assert_eq!(
        (&checked["available_client"]["source"], &checked["versions"]["client_version_source"]),
        (&json!("github"), &json!("locked"))
    );
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_pin_is_a_release_that_exists(pool: MySqlPool) {
    let github = GitHub::with(&["0.150.0", "0.99.0"]);
    let app = github.server(pool, &[]).await;

    let pinned = pin(&app, " codex-cli v0.99.0").await.data();

    assert_eq!(pinned, json!({ "locked_version": "0.99.0", "locked_at": "2026-11-24T12:00:00+00:00" }));
    let shown = versions(&app).await;
    assert_eq!((&shown["client_version"], &shown["client_version_source"]), (&json!("0.99.0"), &json!("locked")));
    assert_eq!(shown["client_version_checked_at"], "2026-11-24T12:00:00+00:00");
    let missing = pin(&app, "0.98.0").await.expect(422, "validation_failed");
    assert_eq!(missing["errors"]["selection"][0], "there is no Codex release 0.98.0");
    for bad in ["0.99.0-alpha.1", "0.99", "new", "", "$(id)"] {
        pin(&app, bad).await.expect(422, "validation_failed");
    }
    github.fake.fault(Fault::status("/repos", 500).times(2));
    pin(&app, "0.150.0").await.expect(502, "upstream_failed");
    let before = github.asked();
    pin(&app, "rust-v0.99.0").await.data();
    assert_eq!(github.asked(), before, "its files are known");
    let unpinned = pin(&app, "auto").await.data();
    assert_eq!(unpinned, json!({ "locked_version": null, "locked_at": null }), "nothing holds up going without a pin");
    let audit = app.owner("GET", "/admin/audit?action=admin.codex_version", json!({})).await.data();
    assert_eq!(audit["entries"][0]["before"]["locked_version"], "0.99.0", "{audit}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_s_own_pin_goes_before_and_its_files_come_when_they_can(pool: MySqlPool) {
    let github = GitHub::with(&["0.150.0", "0.99.0"]);
    let app = github.server(pool, &[]).await;
    app.seed(&login("acct", "first", T1)).await;
    let (key, _) = app.register("a.example").await;
    pin(&app, "0.150.0").await.data();
    let own = async |selection: &str| app.owner("POST", "/admin/hosts/1/codex-version", json!({ "selection": selection })).await;
    own("0.98.0").await.expect(422, "validation_failed");
    github.fake.fault(Fault::status("/repos", 500));

    assert_eq!(own("0.99.0").await.data()["host"]["client_version_override"], "0.99.0");

    let told = launch(&app, &key, "0.150.0", "").await;
    assert_eq!((var(&told, "codex_target").unwrap(), var(&told, "codex_locked").unwrap()), ("0.99.0".into(), "1".into()));
    assert_eq!(var(&told, "codex_url"), None, "its files are not known yet");
    scheduler::tick(&app.app).await;
    let told = launch(&app, &key, "0.150.0", "").await;
    assert!(var(&told, "codex_url").unwrap().ends_with("/rust-v0.99.0/codex-x86_64-unknown-linux-musl.tar.gz"));
    assert_eq!(var(&told, "codex_kind").unwrap(), "binary");
    let block = app.retrieve(&key, crate::ZERO, crate::NEVER).await.data()["versions"].clone();
    assert_eq!((&block["client_version"], &block["client_version_source"]), (&json!("0.99.0"), &json!("locked")));
    assert_eq!(block["client_version_checked_at"], Value::Null);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_goes_down_only_when_it_is_pinned(pool: MySqlPool) {
    let github = GitHub::with(&["0.150.0"]);
    let app = github.server(pool, &[]).await;
    app.seed(&login("acct", "first", T1)).await;
    let (key, _) = app.register("a.example").await;
    app.owner("POST", "/admin/versions/check", json!({})).await.data();
    let offered = async |codex: &str| var(&launch(&app, &key, codex, "").await, "codex_url").is_some();

    assert_eq!((offered("0.149.0").await, offered("0.150.0").await, offered("0.151.0").await), (true, false, false));
    assert!(offered("none").await && offered("0.150.0-alpha.1").await);

    pin(&app, "0.150.0").await.data();
    assert_eq!((offered("0.149.0").await, offered("0.150.0").await, offered("0.151.0").await), (true, false, true));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_mirror_gets_the_traffic_and_not_the_trust(pool: MySqlPool) {
    let github = GitHub::with(&["0.150.0"]);
    let app = github.server(pool, &[("CODEX_MIRROR_URL", "https://mirror.example/codex/")]).await;
    app.seed(&login("acct", "first", T1)).await;
    let (key, _) = app.register("a.example").await;
    pin(&app, "0.150.0").await.data();

    let told = launch(&app, &key, "none", "").await;

    let name = "codex-package-x86_64-unknown-linux-musl.tar.gz";
    assert_eq!(var(&told, "codex_url").unwrap(), format!("https://mirror.example/codex/rust-v0.150.0/{name}"));
    let published = std::fs::read(github.folder.path().join("0.150.0").join(name)).unwrap();
    assert_eq!(var(&told, "codex_sha").unwrap(), shared::crypto::sha256_hex(published));
    assert_eq!(var(&told, "codex_kind").unwrap(), "package");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_highest_codex_among_hosts_is_shown(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "first", T1)).await;
    let ((a, _), (b, _)) = (app.register("a.example").await, app.register("b.example").await);
    let highest = async || versions(&app).await["reported_client_version"].clone();
    assert_eq!(highest().await, Value::Null);

    launch(&app, &a, "0.99.0", "").await;
    assert_eq!(highest().await, "0.99.0");
    launch(&app, &b, "0.150.0", "").await;
    launch(&app, &a, "0.100.0", "").await;
    assert_eq!(highest().await, "0.150.0");
    launch(&app, &a, "built-here", "").await;
    launch(&app, &b, "0.98.0", "").await;
    assert_eq!(highest().await, "0.150.0", "that one is looked for by the scheduler");
    launch(&app, &a, "0.101.0", "").await;

    scheduler::tick(&app.app).await;

    assert_eq!(highest().await, "0.101.0");
}
