//! `local-dev/bench`: `POST /auth` beside a control route that does one indexed read, and what `cdx` adds to a launch.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use axum::extract::State;
use axum::routing::get;
use e2e::api::{TEST_KEY, login};
use local_dev::state_dir::StateDir;
use local_dev::{database, prepare};
use serde_json::{Value, json};
use shared::config::Config;
use shared::{App, AppResult, access, http};

type Done<T> = Result<T, Box<dyn Error>>;

/// How many hosts call.
const HOSTS: usize = 32;
/// Rounds of each measurement; the median counts.
const ROUNDS: usize = 3;
/// Launches of each kind.
const LAUNCHES: usize = 31;

#[tokio::main]
async fn main() -> Done<()> {
    let folder = std::env::temp_dir().join(format!("cac-bench-{}", std::process::id()));
    let dir = StateDir::open(&folder)?;
    let database = database::start(&dir).await?;
    let measured = measure(&folder, &database.url).await;
    database.stop().await;
    fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(folder: &Path, url: &str) -> Done<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let config = Config::from_lookup(|name| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        "AUTH_ENCRYPTION_KEY" => Some(TEST_KEY.to_owned()),
        "INSTALLATION_ID" => Some("bench".to_owned()),
        "PUBLIC_BASE_URL" => Some(base.clone()),
        _ => None,
    })?;
    let app = App::new(config)?;
    prepare::database(&app).await?;
    let owner = access::mint_token(&app, "bench", access::Role::Owner).await?;
    let control = axum::Router::new().route("/bench/control", get(control));
    let service = http::service(axum::Router::from(local_dev::router()).merge(control), app);
    tokio::spawn(async move { axum::serve(listener, service).await });
    let (work, base2) = (folder.to_owned(), base.clone());
    let blocking = move || -> Result<(), String> {
        let keys = prepare_hosts(&base2, &owner).map_err(|e| e.to_string())?;
        throughput(&work, &base2, &keys).map_err(|e| e.to_string())?;
        launches(&work, &base2, &keys[0].0).map_err(|e| e.to_string())
    };
    tokio::task::spawn_blocking(blocking).await??;
    Ok(())
}

/// One indexed read and nothing else: the machine's limit.
async fn control(State(app): State<App>) -> AppResult<String> {
    let (id,): (u64,) = sqlx::query_as("SELECT id FROM hosts WHERE id = ?").bind(1).fetch_one(&app.db).await?;
    Ok(json!({ "status": "ok", "data": { "id": id } }).to_string())
}

fn call(base: &str, token: &str, path: &str, body: &Value) -> Done<Value> {
    let mut command = Command::new("curl");
    command.args(["-sS", "-H", &format!("authorization: Bearer {token}"), "-H", "content-type: application/json", "-d", &body.to_string()]);
    let answer: Value = serde_json::from_slice(&command.arg(format!("{base}{path}")).output()?.stdout)?;
    answer.get("data").cloned().ok_or_else(|| format!("{path}: {answer}").into())
}

/// Registers the hosts and gives each its view. Returns key and digest of each.
fn prepare_hosts(base: &str, owner: &str) -> Done<Vec<(String, String)>> {
    let auth = login("acct", "bench", "2026-11-20T00:00:00Z");
    call(base, owner, "/admin/auth/upload", &json!({ "auth": auth }))?;
    let one = |number| {
        let host = call(base, owner, "/admin/hosts/register", &json!({ "fqdn": format!("host-{number}.example") }))?;
        let key = host["host"]["api_key"].as_str().unwrap_or_default().to_owned();
        let ask = json!({ "digest": "0".repeat(64), "last_refresh": "2000-01-01T00:00:00Z" });
        let digest = call(base, &key, "/auth", &ask)?["canonical_digest"].as_str().unwrap_or_default().to_owned();
        Ok((key, digest))
    };
    (0..HOSTS).map(one).collect()
}

fn throughput(folder: &Path, base: &str, keys: &[(String, String)]) -> Done<()> {
    let pairs: Vec<_> = keys.iter().map(|(key, digest)| format!("{{\"{key}\",\"{digest}\"}}")).collect();
    let script = folder.join("auth.lua");
    fs::write(
        &script,
        format!(
            "local hosts={{{}}}\nlocal n=0\nfunction request()\n n=n%#hosts+1\n local h=hosts[n]\n return wrk.format('POST','/auth',\
             {{['X-API-Key']=h[1],['Content-Type']='application/json'}},'{{\"digest\":\"'..h[2]..'\",\"last_refresh\":\"2026-11-20T00:00:00Z\",\
             \"client_version\":\"0.169.0\",\"wrapper_version\":\"1\"}}')\nend\nfunction response(status) if status~=200 then os.exit(9) end end\n",
            pairs.join(",")
        ),
    )?;
    println!("{:<24} {:>5} {:>10} {:>10} {:>10} {:>9}", "endpoint", "conn", "req/s", "p50", "p99", "of limit");
    for connections in [1, 8, 32] {
        let (mut control, mut auth) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            control.push(wrk(connections, &format!("{base}/bench/control"), None)?);
            auth.push(wrk(connections, &format!("{base}/auth"), Some(&script))?);
        }
        let (control, auth) = (median(control), median(auth));
        row("control (one read)", connections, &control, "");
        row("POST /auth -> valid", connections, &auth, &format!("{:.0} %", 100.0 * auth.0 / control.0));
    }
    Ok(())
}

fn row(name: &str, connections: u32, (rate, p50, p99): &(f64, String, String), of_limit: &str) {
    println!("{name:<24} {connections:>5} {rate:>10.0} {p50:>10} {p99:>10} {of_limit:>9}");
}

fn median(mut runs: Vec<(f64, String, String)>) -> (f64, String, String) {
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs.swap_remove(runs.len() / 2)
}

/// Requests per second, p50 and p99 of three seconds of load.
fn wrk(connections: u32, url: &str, script: Option<&Path>) -> Done<(f64, String, String)> {
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{connections}"), "-d3s", "--latency"]);
    if let Some(script) = script {
        command.arg("-s").arg(script);
    }
    let output = command.arg(url).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() || text.contains("Non-2xx") {
        return Err(format!("wrk {url}: {text}").into());
    }
    let after = |label: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(label))?;
        line.split_whitespace().next().map(str::to_owned)
    };
    let rate = after("Requests/sec:").ok_or("wrk printed no rate")?.parse()?;
    Ok((rate, after("50%").unwrap_or_default(), after("99%").unwrap_or_default()))
}

/// Milliseconds that `cdx` adds to a launch with nothing to change.
fn launches(folder: &Path, base: &str, key: &str) -> Done<()> {
    let (home, codex) = (folder.join("home"), folder.join("codex"));
    fs::create_dir_all(home.join(".config/cdx"))?;
    fs::create_dir_all(home.join("bin"))?;
    fs::write(home.join(".config/cdx/host.conf"), format!("cdx_base='{base}'\ncdx_key='{key}'\ncdx_fqdn='host-0.example'\n"))?;
    fs::write(home.join("bin/cdx"), shared::wrapper::SCRIPT)?;
    fs::set_permissions(home.join("bin/cdx"), fs::Permissions::from_mode(0o755))?;
    fs::write(&codex, "#!/bin/sh\necho codex-cli 0.0.0\n")?;
    fs::set_permissions(&codex, fs::Permissions::from_mode(0o755))?;
    println!("\n{:<24} {:>10} {:>10} {:>10}", "launch, median ms", "codex", "cdx", "added");
    for shell in e2e::host::SHELLS {
        let (mut plain, mut wrapped) = (Vec::new(), Vec::new());
        for _ in 0..LAUNCHES {
            plain.push(timed(Command::new(&codex).arg("--version"))?);
            let mut cdx = Command::new(shell[0]);
            cdx.args(&shell[1..])
                .arg(home.join("bin/cdx"))
                .arg("--version")
                .env("HOME", &home)
                .env("CDX_CODEX", &codex)
                .env_remove("CODEX_HOME");
            wrapped.push(timed(&mut cdx)?);
        }
        plain.sort_by(f64::total_cmp);
        wrapped.sort_by(f64::total_cmp);
        let (plain, wrapped) = (plain[LAUNCHES / 2], wrapped[LAUNCHES / 2]);
        println!("{:<24} {plain:>10.1} {wrapped:>10.1} {:>10.1}", shell.join(" "), wrapped - plain);
    }
    Ok(())
}

fn timed(command: &mut Command) -> Done<f64> {
    let started = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}
