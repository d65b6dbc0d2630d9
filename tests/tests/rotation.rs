//! The encryption key changes while hosts call two real servers: every write that was acknowledged is there, under the new key alone.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2e::host::{expect_exit, stdout};
use e2e::process::{Server, Settings, TempDir, program};
use fake_openai::{FakeOpenAi, LoginOptions, Options};
use local_dev::database;
use local_dev::state_dir::StateDir;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use shared::crypto::Keyring;
use sqlx::Connection;
use tokio::task::JoinSet;
use tokio::time::sleep;

const HOSTS: usize = 4;

/// What servers have said that they have.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Host, key, and the path of its installer.
    hosts: Vec<(String, String, String)>,
    usage: Vec<u64>,
    model: Option<String>,
    webhook: Option<String>,
    generation: u64,
}

/// Callers of whichever server answers.
struct World {
    client: Client,
    urls: [String; 2],
    owner: String,
    openai: FakeOpenAi,
    turn: AtomicUsize,
    over: AtomicBool,
    acknowledged: Mutex<Acknowledged>,
    wrong: Mutex<Vec<String>>,
    calls: AtomicUsize,
}

impl World {
    /// One call; a server that is just not there is no answer. `None`: none, or a failure that is noted.
    async fn call(&self, token: &str, path: &str, body: &Value) -> Option<Value> {
        let base = &self.urls[self.turn.fetch_add(1, Ordering::Relaxed) % 2];
        let answer = self.client.post(format!("{base}{path}")).bearer_auth(token).json(body).send().await.ok()?;
        let (status, text) = (answer.status(), answer.text().await.ok()?);
        if status != StatusCode::OK {
            self.wrong.lock().unwrap().push(format!("{path}: {status} {text}"));
            return None;
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        serde_json::from_str(&text).ok()
    }

    async fn data(&self, token: &str, path: &str, body: Value) -> Option<Value> {
        Some(self.call(token, path, &body).await?["data"].clone())
    }

    fn note(&self, write: impl FnOnce(&mut Acknowledged)) {
        write(&mut self.acknowledged.lock().unwrap());
    }

    async fn register(&self, fqdn: &str) -> Option<String> {
        let data = self.data(&self.owner, "/admin/hosts/register", json!({ "fqdn": fqdn })).await?;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let key = text(&data["host"]["api_key"]);
        let installer = text(&data["installer"]["url"]);
        let path = installer[installer.find("/install/").unwrap()..].to_owned();
        self.note(|known| known.hosts.push((fqdn.to_owned(), key.clone(), path)));
        Some(key)
    }

    /// What a host does: its login, a fresh access token, its usage.
    async fn host(&self, number: usize) {
        let mut key = None;
        let mut round = 0;
        while !self.over.load(Ordering::SeqCst) {
            round += 1;
            let Some(known) = &key else {
                key = self.register(&format!("h{number}-{round}.example")).await;
                continue;
            };
            let asked = json!({ "command": "retrieve", "digest": "0".repeat(64), "last_refresh": "2000-01-01T00:00:00Z" });
            if let Some(data) = self.data(known, "/auth", asked).await {
                let handle = &data["auth"]["tokens"]["refresh_token"];
                self.call(known, "/oauth/token", &json!({ "grant_type": "refresh_token", "refresh_token": handle })).await;
            }
            let total = (number * 1_000_000 + round) as u64;
            let usage = json!({ "total": total, "input": total, "output": 0, "model": "gpt-5.5" });
            if self.data(known, "/usage", usage).await.is_some() {
                self.note(|known| known.usage.push(total));
            }
        }
    }

    /// What operators do: hosts, configurations, a webhook, logins.
    async fn operator(&self) {
        let hook = json!({ "name": "pager", "url": "http://127.0.0.1:9/0" });
        while self.data(&self.owner, "/admin/alerts/webhooks", hook.clone()).await.is_none() {}
        for round in 1.. {
            if self.over.load(Ordering::SeqCst) {
                return;
            }
            self.register(&format!("o{round}.example")).await;
            let model = format!("gpt-{round}");
            let settings = json!({ "settings": { "model": model, "orchestrator_mcp_enabled": false } });
            if self.data(&self.owner, "/admin/config/store", settings).await.is_some() {
                self.note(|known| known.model = Some(model));
            }
            let url = format!("http://127.0.0.1:9/{round}");
            if self.data(&self.owner, "/admin/alerts/webhooks/1", json!({ "url": url })).await.is_some() {
                self.note(|known| known.webhook = Some(url));
            }
            let login = json!({ "auth": self.openai.login(LoginOptions::default()) });
            if let Some(data) = self.data(&self.owner, "/admin/auth/upload", login).await {
                let generation = data["generation"].as_u64().unwrap();
                self.note(|known| known.generation = known.generation.max(generation));
            }
        }
    }

    /// Some calls more have been answered.
    async fn go_on(&self) {
        let before = self.calls.load(Ordering::Relaxed);
        while self.calls.load(Ordering::Relaxed) < before + 60 {
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn reseal(database: &str, keys: &str, state: &std::path::Path, more: &[&str]) -> Command {
    let mut command = Command::new(program("local-dev"));
    command.arg("reseal").arg("--state-dir").arg(state).args(more).env("DATABASE_URL", database).env("AUTH_ENCRYPTION_KEY", keys);
    command.env("INSTALLATION_ID", "11111111-2222-4333-8444-555555555555").stdin(Stdio::null());
    command
}

/// Starts every server again with these keys, one after the other: hosts always find one.
fn restart(servers: &mut [Server; 2], keys: &str) {
    for server in servers {
        server.stop();
        server.set("AUTH_ENCRYPTION_KEY", keys);
        server.resume();
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_rotates_under_load_loses_nothing() {
    let folder = TempDir::new();
    let dir = StateDir::open(&folder.path().join("shared")).unwrap();
    let private = database::start(&dir).await.unwrap();
    let (old, new) = (Keyring::generate(), Keyring::generate());
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let variables = vec![
        ("DATABASE_URL", private.url.clone()),
        ("AUTH_ENCRYPTION_KEY", old.clone()),
        ("INSTALLATION_ID", "11111111-2222-4333-8444-555555555555".to_owned()),
        ("OPENAI_TOKEN_URL", format!("{}/oauth/token", openai.url())),
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0".to_owned()),
    ];
    let start = || Server::with(Settings { variables: variables.clone(), ..Settings::default() });
    let mut servers = [start(), start()];
    servers[0].admin("POST", "/admin/auth/upload", &json!({ "auth": openai.login(LoginOptions::default()) }));
    let owner = std::fs::read_to_string(servers[0].dir().join("state/owner-token")).unwrap().trim().to_owned();
    let world = Arc::new(World {
        client: shared::http::client::new().timeout(Duration::from_secs(20)).build().unwrap(),
        urls: [servers[0].url(), servers[1].url()],
        owner,
        openai,
        turn: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        acknowledged: Mutex::default(),
        wrong: Mutex::default(),
        calls: AtomicUsize::new(0),
    });
    let mut callers = JoinSet::new();
    for number in 0..HOSTS {
        let world = world.clone();
        callers.spawn(async move { world.host(number).await });
    }
    let operator = world.clone();
    callers.spawn(async move { operator.operator().await });
    world.go_on().await;

    // First all can open what the new key seals, then all seal with it.
    for keys in [format!("{old},{new}"), format!("{new},{old}")] {
        servers = blocking(move || {
            restart(&mut servers, &keys);
            servers
        })
        .await;
        world.go_on().await;
    }
    let (keys, state) = (format!("{new},{old}"), folder.path().join("state"));
    let early = reseal(&private.url, &keys, &state, &["--check"]).output().unwrap();
    expect_exit(&early, 1);
    assert!(stdout(&early).contains("need an older one, so it has to stay"), "{early:?}");
    let mut cut_off = reseal(&private.url, &keys, &state, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_millis(150)).await;
    cut_off.kill().ok();
    cut_off.wait().unwrap();
    let done = {
        let mut command = reseal(&private.url, &keys, &state, &[]);
        blocking(move || command.output().unwrap()).await
    };
    world.go_on().await;
    world.over.store(true, Ordering::SeqCst);
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }

    expect_exit(&done, 0);
    assert!(stdout(&done).contains("every other key can leave AUTH_ENCRYPTION_KEY"), "{done:?}");
    assert_eq!(*world.wrong.lock().unwrap(), Vec::<String>::new(), "a server that was there failed");
    let only = new.clone();
    let servers = blocking(move || {
        restart(&mut servers, &only);
        servers
    })
    .await;
    let known = std::mem::take(&mut *world.acknowledged.lock().unwrap());
    println!("{} calls, {} hosts, {} reports of usage", world.calls.load(Ordering::Relaxed), known.hosts.len(), known.usage.len());
    expect_exit(&reseal(&private.url, &new, &state, &["--check"]).output().unwrap(), 0);
    everything_is_there(&world, &servers[0], &known, &private.url).await;
    let mut audit = Command::new(program("local-dev"));
    audit.args(["audit", "verify", "--state-dir"]).arg(&state).env("DATABASE_URL", &private.url).env("AUTH_ENCRYPTION_KEY", &new);
    expect_exit(&audit.output().unwrap(), 0);
    drop(servers);
    private.stop().await;
}

async fn everything_is_there(world: &World, server: &Server, known: &Acknowledged, database: &str) {
    assert!(known.hosts.len() > HOSTS && known.usage.len() > 20, "the load was none: {known:?}");
    for (fqdn, key, installer) in &known.hosts {
        // Until a host has used its key its installer has it.
        if fqdn.starts_with('o') {
            let script = world.client.get(format!("{}{installer}", server.url())).send().await.unwrap().text().await.unwrap();
            assert!(script.contains(key), "{fqdn}: {script}");
        }
        let asked = json!({ "command": "retrieve", "digest": "0".repeat(64), "last_refresh": "2000-01-01T00:00:00Z" });
        let answer = world.data(key, "/auth", asked).await.unwrap_or_else(|| panic!("{fqdn}: {:?}", world.wrong.lock().unwrap()));
        assert!(answer["auth"]["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"), "{fqdn}: {answer}");
    }
    let mut conn = sqlx::MySqlConnection::connect(database).await.unwrap();
    let rows: Vec<(u64,)> = sqlx::query_as("SELECT CAST(total AS UNSIGNED) FROM token_usages").fetch_all(&mut conn).await.unwrap();
    let counted: BTreeSet<_> = rows.into_iter().map(|(total,)| total).collect();
    let lost: Vec<_> = known.usage.iter().filter(|total| !counted.contains(total)).collect();
    assert!(lost.is_empty(), "usage that was acknowledged: {lost:?}");
    // What was sent when a server stopped may have been written without an answer: then it is newer.
    let number = |text: &str| text.rsplit(['-', '/']).next().unwrap().parse::<u64>().unwrap();
    let config = server.admin("GET", "/admin/config", &Value::Null);
    let model = config["settings"]["model"].as_str().unwrap_or_else(|| panic!("{config}"));
    assert!(number(model) >= number(known.model.as_ref().unwrap()), "{model} {known:?}");
    let webhooks = server.admin("GET", "/admin/alerts/webhooks", &Value::Null);
    let webhook = webhooks["webhooks"][0]["url"].as_str().unwrap();
    assert!(number(webhook) >= number(known.webhook.as_ref().unwrap()), "{webhook} {known:?}");
    let login = server.admin("GET", "/admin/auth", &Value::Null);
    assert!(login["generation"].as_u64().unwrap() >= known.generation, "{login} {known:?}");
}
