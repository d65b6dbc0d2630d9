//! What the server answers in a second, beside a route that does one indexed read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::server::{Member, Server, retrieve_body};
use crate::{Cli, Done, median};

/// How many connections are open at once.
const CONNECTIONS: [u32; 3] = [1, 8, 32];

/// One run of `wrk`, or the median of several; times in milliseconds.
#[derive(Clone, Copy)]
struct Load {
    rate: f64,
    p50: f64,
    p99: f64,
}

/// Both endpoints in turn, so that what else happens on the machine meets both.
pub async fn measure(cli: &Cli, dir: &Path, server: &Server) -> Done<()> {
    let control =
        lua(dir, "control.lua", server, |m| format!("wrk.format('GET', '/bench/control?id={}', {{ ['X-API-Key'] = '{}' }})", m.id, m.key))?;
    let auth = lua(dir, "auth.lua", server, |m| {
        let headers = format!("{{ ['X-API-Key'] = '{}', ['Content-Type'] = 'application/json' }}", m.key);
        format!("wrk.format('POST', '/auth', {headers}, '{}')", retrieve_body(&m.digest))
    })?;
    server.check_valid().await?;
    println!("{:<12} {:>11} {:>11} {:>8} {:>8}  auth/control (rounds)", "endpoint", "connections", "requests/s", "p50 ms", "p99 ms");
    for connections in CONNECTIONS {
        let (mut controls, mut auths) = (Vec::new(), Vec::new());
        for _ in 0..cli.rounds {
            controls.push(load(cli, server, connections, &control).await?);
            auths.push(load(cli, server, connections, &auth).await?);
        }
        row("control", connections, typical(&controls), "");
        row("POST /auth", connections, typical(&auths), &ratios(&controls, &auths));
    }
    server.check_valid().await
}

/// A list of tools, as each Codex asks for it at its start.
pub async fn measure_mcp(cli: &Cli, dir: &Path, server: &Server) -> Done<()> {
    measure_one(cli, dir, server, "tools/list", |m| {
        let headers = format!(
            "{{ ['X-API-Key'] = '{}', ['Content-Type'] = 'application/json', ['Accept'] = 'application/json, text/event-stream' }}",
            m.key
        );
        format!("wrk.format('POST', '/mcp', {headers}, '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}}')")
    })
    .await
}

/// One kind of request, at each number of connections.
pub async fn measure_one(cli: &Cli, dir: &Path, server: &Server, name: &str, request: impl Fn(&Member) -> String) -> Done<()> {
    let script = lua(dir, "one.lua", server, request)?;
    println!("{:<12} {:>11} {:>11} {:>8} {:>8}", "endpoint", "connections", "requests/s", "p50 ms", "p99 ms");
    for connections in CONNECTIONS {
        let mut loads = Vec::new();
        for _ in 0..cli.rounds {
            loads.push(load(cli, server, connections, &script).await?);
        }
        row(name, connections, typical(&loads), "");
    }
    Ok(())
}

/// A script that sends the members' requests in turn and prints numbers that can be read back.
fn lua(dir: &Path, name: &str, server: &Server, request: impl Fn(&Member) -> String) -> io::Result<PathBuf> {
    let all: Vec<_> = server.members.iter().map(request).collect();
    let script = format!(
        "local all, turn = {{}}, 0\n\
         function init() all = {{\n{}\n}} end\n\
         function request() turn = turn % #all + 1 return all[turn] end\n\
         function done(summary, latency)\n\
           local e = summary.errors\n\
           local failed = e.connect + e.read + e.write + e.status + e.timeout\n\
           print('BENCH', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed)\n\
         end\n",
        all.join(",\n")
    );
    let path = dir.join(name);
    fs::write(&path, script)?;
    Ok(path)
}

async fn load(cli: &Cli, server: &Server, connections: u32, script: &Path) -> Done<Load> {
    wrk(server, connections, 1, script).await?;
    wrk(server, connections, cli.seconds, script).await
}

async fn wrk(server: &Server, connections: u32, seconds: u32, script: &Path) -> Done<Load> {
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"]).arg(script).arg(&server.url);
    let output = command.kill_on_drop(true).output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("BENCH")).ok_or_else(|| format!("wrk said: {text}"))?;
    let numbers: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    match numbers[..] {
        [requests, micros, p50, p99, failed] if failed < 0.5 => Ok(Load { rate: requests * 1e6 / micros, p50: p50 / 1e3, p99: p99 / 1e3 }),
        _ => Err(format!("requests failed: {text}").into()),
    }
}

fn typical(loads: &[Load]) -> Load {
    let of = |what: fn(&Load) -> f64| median(loads.iter().map(what).collect());
    Load { rate: of(|l| l.rate), p50: of(|l| l.p50), p99: of(|l| l.p99) }
}

/// The ratio of the medians, and the least and greatest ratio of one round.
fn ratios(controls: &[Load], auths: &[Load]) -> String {
    let mut rounds: Vec<_> = controls.iter().zip(auths).map(|(control, auth)| auth.rate / control.rate).collect();
    rounds.sort_by(f64::total_cmp);
    let (least, greatest) = (rounds.first().copied().unwrap_or(f64::NAN), rounds.last().copied().unwrap_or(f64::NAN));
    format!("{:.2} ({least:.2}-{greatest:.2})", typical(auths).rate / typical(controls).rate)
}

fn row(endpoint: &str, connections: u32, load: Load, ratio: &str) {
    println!("{endpoint:<12} {connections:>11} {:>11.0} {:>8.2} {:>8.2}  {ratio}", load.rate, load.p50, load.p99);
}
