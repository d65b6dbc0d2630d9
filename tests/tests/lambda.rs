//! The functions as Lambda runs them, behind an HTTP API: the main job, with a real `cdx` and the real Codex.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use e2e::api::TEST_KEY;
use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::lambda::{Function, HttpApi, Sandbox, Watched, body_of, event, function};
use e2e::process::TempDir;
use e2e::ready::cache;
use fake_openai::{FakeOpenAi, LoginOptions, Options, releases};
use local_dev::database::{self, Database};
use local_dev::state_dir::StateDir;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use shared::client::Fingerprint;
use tokio::net::TcpListener;
use tokio::task::block_in_place;

const CODEX: &str = "0.169.0";

/// What is between the hosts' API and its functions.
#[derive(Clone, Copy)]
enum Between {
    /// The runtime API alone, with events as API Gateway makes them.
    Runtime,
    /// The emulator of cargo-lambda, with events as it makes them.
    CargoLambda,
}

/// A stack: functions, their database, and an HTTP API for hosts.
struct Stack {
    /// Those that get events from the test itself.
    functions: HashMap<String, Arc<Sandbox>>,
    /// The certificate of an owner, PEM.
    owner: String,
    database: Database,
    _dir: TempDir,
}

/// Route keys of the hosts' API and the function that each leads to, as the template has them.
fn routes() -> Vec<(String, String)> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../infra/routes.json")).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().filter(|row| row["api"] == "HostApi").map(|row| (text(row, "route"), text(row, "crate"))).collect()
}

impl Stack {
    async fn start(openai: &FakeOpenAi, between: Between) -> Self {
        let dir = TempDir::new();
        let database = database::start(&StateDir::open(dir.path()).unwrap()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let variables = variables(&database, &url, openai);
        let mut functions = HashMap::new();
        for name in ["admin", "scheduler"] {
            let sandbox = Sandbox::start(&function(name), &variables).await;
            functions.insert(name.to_owned(), Arc::new(sandbox));
        }
        for_hosts(between, &variables).await.serve(listener);
        let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&KeyPair::generate().unwrap()).unwrap();
        let stack = Self { functions, owner: certificate.pem(), database, _dir: dir };
        let fingerprint = Fingerprint::of(certificate.der()).to_hex();
        stack.functions["scheduler"].invoke(json!({ "migrate": true, "owner": fingerprint })).await.unwrap();
        stack
    }

    /// What the administrators' API gives an owner.
    async fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        let headers = HeaderMap::from_iter([("content-type".parse().unwrap(), HeaderValue::from_static("application/json"))]);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let answer = self.functions["admin"].invoke(event(method, path, query, &headers, &body, Some(&self.owner))).await.unwrap();
        let told: Value = serde_json::from_slice(&body_of(&answer)).unwrap_or_else(|_| panic!("{path}: {answer}"));
        assert_eq!(told["status"], "ok", "{path}: {told}");
        told["data"].clone()
    }
}

async fn for_hosts(between: Between, variables: &[(&str, String)]) -> HttpApi {
    let mut functions = HashMap::new();
    for name in routes().into_iter().map(|(_, name)| name).collect::<BTreeSet<_>>() {
        let program = function(&name);
        let function = match between {
            Between::Runtime => Function::Sandbox(Arc::new(Sandbox::start(&program, variables).await)),
            Between::CargoLambda => {
                let emulator = cache().join("cargo-lambda-1.9.2/bin/cargo-lambda");
                Function::Watched(Arc::new(Watched::start(&emulator, &program, variables).await))
            }
        };
        functions.insert(name, function);
    }
    HttpApi::new(routes().into_iter().map(|(key, name)| (key, functions[&name].clone())))
}

fn variables(database: &Database, url: &str, openai: &FakeOpenAi) -> Vec<(&'static str, String)> {
    vec![
        ("DATABASE_URL", database.url.clone()),
        ("DATABASE_POOL_SIZE", "2".to_owned()),
        ("AUTH_ENCRYPTION_KEY", TEST_KEY.to_owned()),
        ("INSTALLATION_ID", "11111111-2222-4333-8444-555555555555".to_owned()),
        ("PUBLIC_BASE_URL", url.to_owned()),
        ("ADMIN_ACCESS_MODE", "mtls".to_owned()),
        ("OPENAI_TOKEN_URL", format!("{}/oauth/token", openai.url())),
        ("CODEX_RELEASES_API_URL", openai.url()),
        ("CHATGPT_BASE_URL", format!("{}/backend-api", openai.url())),
        ("AUTH_RUNNER_URL", "off".to_owned()),
    ]
}

fn openai() -> FakeOpenAi {
    let releases_dir = cache().join("releases");
    releases::from_npm(&cache(), &releases_dir, CODEX).unwrap();
    FakeOpenAi::start(Options { releases_dir: Some(releases_dir), ..Options::default() }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_runs_codex_with_the_login_that_the_functions_keep() {
    main_job(Between::Runtime).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_through_cargo_lambda() {
    main_job(Between::CargoLambda).await;
}

async fn main_job(between: Between) {
    let openai = block_in_place(openai);
    let stack = Stack::start(&openai, between).await;
    stack.admin("POST", "/admin/codex-version", json!({ "selection": CODEX })).await;
    let laptop = Host::new("laptop.example", SHELLS[0], &openai.url());
    fs::write(laptop.auth_json(), openai.login(LoginOptions::default()).to_string()).unwrap();
    let seed = stack.admin("POST", "/admin/auth/seed-command", json!({})).await["command"].clone();
    block_in_place(|| expect_exit(&laptop.shell(seed.as_str().unwrap()), 0));
    let host = Host::new("box.example", SHELLS[1], &openai.url());
    let registered = stack.admin("POST", "/admin/hosts/register", json!({ "fqdn": host.fqdn })).await;
    block_in_place(|| expect_exit(&host.shell(registered["installer"]["command"].as_str().unwrap()), 0));

    let output = block_in_place(|| host.cdx(&["exec", "--skip-git-repo-check", "hello"]));

    expect_exit(&output, 0);
    assert_eq!(stdout(&output).trim(), "FAKE-ANSWER: hello", "{}", stderr(&output));
    assert!(host.login()["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"), "no real refresh token reaches a host");
    block_in_place(|| expect_exit(&host.cdx(&["--doctor"]), 0));
    let usage = stack.admin("GET", "/admin/usage?limit=5", Value::Null).await;
    assert!(usage.to_string().contains("box.example"), "what it used has arrived: {usage}");
    stack.database.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_run_when_the_timer_asks_and_strangers_stay_out() {
    let openai = block_in_place(openai);
    let stack = Stack::start(&openai, Between::Runtime).await;
    let login = openai.login(LoginOptions { access_lifetime_seconds: -60, ..LoginOptions::default() });
    stack.admin("POST", "/admin/auth/upload", json!({ "auth": login })).await;

    stack.functions["scheduler"].invoke(json!({ "tick": true })).await.unwrap();

    let jobs = stack.admin("GET", "/admin/jobs", Value::Null).await;
    let ran = jobs["jobs"].as_array().unwrap().iter().filter(|job| job["succeeded_at"].is_string()).count();
    assert!(ran > 3, "{jobs}");
    assert_eq!(openai.count("POST", "/oauth/token"), 1, "the login that was about to end was refreshed, once: {jobs}");
    let stranger = stack.functions["admin"].invoke(event("GET", "/admin/hosts", "", &HeaderMap::new(), b"", None)).await.unwrap();
    assert_eq!(stranger["statusCode"], 401, "{stranger}");
    stack.database.stop().await;
}
