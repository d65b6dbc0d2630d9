//! Load by `wrk`: each host's request in turn.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::server::{Member, Server};
use crate::{Done, median};

/// One run, or the median of several; times in milliseconds.
#[derive(Clone, Copy)]
pub struct Load {
    /// Requests a second.
    pub rate: f64,
    /// All requests.
    pub requests: f64,
    pub p50: f64,
    pub p99: f64,
}

/// A script that sends the members' requests in turn and prints numbers that can be read back.
pub fn script(dir: &Path, members: &[Member], request: impl Fn(&Member) -> String) -> io::Result<PathBuf> {
    // A function of Lua holds at most 65,536 constants.
    let parts: Vec<_> = members.chunks(5_000).map(|part| part.iter().map(&request).collect::<Vec<_>>().join(",\n")).collect();
    let parts: Vec<_> =
        parts.iter().map(|part| format!("(function() for _, r in ipairs({{\n{part}\n}}) do all[#all + 1] = r end end)()")).collect();
    let script = format!(
        "local all, turn = {{}}, 0\n\
         function init()\n{}\nend\n\
         function request() turn = turn % #all + 1 return all[turn] end\n\
         function done(summary, latency)\n\
           local e = summary.errors\n\
           local failed = e.connect + e.read + e.write + e.status + e.timeout\n\
           print('BENCH', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed)\n\
         end\n",
        parts.join(";\n")
    );
    let path = dir.join("requests.lua");
    fs::write(&path, script)?;
    Ok(path)
}

/// Callers that rest after each answer, so that together they ask for `rate` a second, as long as answers come at once.
pub async fn at_rate(server: &Server, rate: f64, seconds: u32, script: &Path) -> Done<Load> {
    // Many, and each at times of its own: a slow answer does not keep the others from asking.
    const CALLERS: u32 = 128;
    let rest = f64::from(CALLERS) * 1e3 / rate;
    let unhurried = script.with_file_name("unhurried.lua");
    fs::write(&unhurried, format!("{}function delay() return math.random(0, {:.0}) end\n", fs::read_to_string(script)?, rest * 2.0))?;
    wrk(server, CALLERS, seconds, &unhurried).await
}

/// Some seconds of load.
pub async fn wrk(server: &Server, connections: u32, seconds: u32, script: &Path) -> Done<Load> {
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"]).arg(script).arg(&server.url);
    let output = command.kill_on_drop(true).output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("BENCH")).ok_or_else(|| format!("wrk said: {text}"))?;
    let numbers: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    match numbers[..] {
        [requests, micros, p50, p99, failed] if failed < 0.5 => {
            Ok(Load { rate: requests * 1e6 / micros, requests, p50: p50 / 1e3, p99: p99 / 1e3 })
        }
        _ => Err(format!("requests failed: {text}").into()),
    }
}

/// The medians.
pub fn typical(loads: &[Load]) -> Load {
    let of = |what: fn(&Load) -> f64| median(loads.iter().map(what).collect());
    Load { rate: of(|l| l.rate), requests: of(|l| l.requests), p50: of(|l| l.p50), p99: of(|l| l.p99) }
}
