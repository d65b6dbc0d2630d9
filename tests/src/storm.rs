//! The refresh storm: many real Codex processes in some homes start together with an expired access token.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fake_openai::{FakeOpenAi, LoginOptions, Options, releases};
use serde_json::{Value, json};
use shared::clock::Clock;

use crate::host::{Host, SHELLS, expect_exit};
use crate::process::{Server, Settings, TempDir};
use crate::ready::cache;

/// How big a storm.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The Codex that is run.
    pub codex: String,
    /// How many of it.
    pub processes: usize,
    /// In how many homes.
    pub homes: usize,
    /// For one turn; after it the process is ended, and the turn counts as lost.
    pub limit: Duration,
}

/// What a storm left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Processes that ended with 0 and the right answer.
    pub turns: usize,
    /// Of so many.
    pub processes: usize,
    /// Refresh tokens that `OpenAI` turned into new ones. One generation had expired, so one is enough.
    pub exchanges: u32,
    /// How often the most presented refresh token came to `OpenAI`.
    pub presented: u32,
    /// Answers `refresh_token_reused`: each has ended the login.
    pub reuse_errors: u32,
    /// All refreshes that `OpenAI` refused.
    pub refused: u32,
    /// Logins that somebody revoked.
    pub revokes: u32,
    /// Homes in which a refresh token of `OpenAI` lies in any file.
    pub homes_with_refresh_token: usize,
    /// From the start of all to the end of the last.
    pub wall: Duration,
    /// What a lost turn said, for people.
    pub complaints: Vec<String>,
}

impl Outcome {
    /// What the product promises.
    pub fn is_calm(&self) -> bool {
        let upstream = (self.exchanges, self.presented, self.reuse_errors);
        self.turns == self.processes && upstream == (1, 1, 0) && self.homes_with_refresh_token == 0
    }

    /// For machines.
    pub fn to_json(&self) -> Value {
        json!({
            "turns_finished": self.turns,
            "processes": self.processes,
            "upstream_exchanges": self.exchanges,
            "exchanges_per_generation": self.exchanges,
            "presented_per_refresh_token": self.presented,
            "reuse_errors": self.reuse_errors,
            "refused_refreshes": self.refused,
            "revokes": self.revokes,
            "homes_with_refresh_token": self.homes_with_refresh_token,
            "wall_seconds": self.wall.as_secs_f64(),
        })
    }
}

/// Without a server: every home has a copy of one `auth.json`, and Codex asks `OpenAI` itself.
pub fn with_copies(plan: &Plan) -> Outcome {
    let codex = Codex::unpack(&plan.codex);
    let openai = openai();
    let login = openai.login(expired());
    let hosts = hosts(plan, &codex, &openai);
    for host in &hosts {
        fs::write(host.auth_json(), login.to_string()).unwrap();
    }
    say("copies", &format!("{} homes hold one login", hosts.len()));
    let url = openai.url();
    let turns = commands(plan, &hosts, |_, host| {
        let mut command = timed(plan, host, &["codex"]);
        command.env("CODEX_REFRESH_TOKEN_URL_OVERRIDE", format!("{url}/oauth/token"));
        command.env("CODEX_REVOKE_TOKEN_URL_OVERRIDE", format!("{url}/oauth/revoke"));
        command
    });
    run("copies", turns, &hosts, &openai)
}

/// Through a server: every home was installed by it; half of the processes run under `cdx`, half plainly after `cdx --shellenv`.
///
/// The server's own access token has expired as well, so it has to exchange its refresh token once.
pub fn through_the_server(plan: &Plan) -> Outcome {
    let codex = Codex::unpack(&plan.codex);
    let openai = openai();
    let variables = vec![
        ("CODEX_RELEASES_API_URL", openai.url()),
        ("OPENAI_TOKEN_URL", format!("{}/oauth/token", openai.url())),
        // All hosts share one address here.
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0".to_owned()),
    ];
    let server = Server::with(Settings { variables, ..Settings::default() });
    upload(&server, &openai.login(LoginOptions::default()));
    let hosts = hosts(plan, &codex, &openai);
    for host in &hosts {
        expect_exit(&host.install(&server, &json!({})), 0);
    }
    say("server", &format!("{} homes are installed", hosts.len()));
    // Tokens of one second have no order.
    thread::sleep(Duration::from_millis(1100));
    let login = openai.login(expired());
    let turns = commands(plan, &hosts, |number, host| match number % 2 {
        0 => timed(plan, host, &["cdx"]),
        _ => timed(plan, host, &["sh", "-c", "eval \"$(cdx --shellenv)\" && exec codex \"$@\"", "codex"]),
    });
    // Last, so that the server has no time to refresh ahead of the storm.
    upload(&server, &login);
    for host in &hosts {
        let mut file = host.login();
        file["tokens"]["access_token"] = login["tokens"]["access_token"].clone();
        fs::write(host.auth_json(), file.to_string()).unwrap();
    }
    run("server", turns, &hosts, &openai)
}

/// The binary once for all homes: it is big.
#[derive(Debug)]
pub struct Codex {
    dir: TempDir,
}

impl Codex {
    /// Unpacks one of the cache.
    pub fn unpack(version: &str) -> Self {
        let archive = releases::from_npm(&cache(), &cache().join("releases"), version).unwrap();
        let dir = TempDir::new();
        let status = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(dir.path()).status().unwrap();
        assert!(status.success(), "the release cannot be unpacked");
        Self { dir }
    }

    /// Its binary.
    pub fn program(&self) -> PathBuf {
        let packaged = self.dir.path().join("bin/codex");
        if packaged.exists() { packaged } else { self.dir.path().join(format!("codex-{}", releases::TRIPLE)) }
    }
}

/// It has no releases: Codex is there already.
fn openai() -> FakeOpenAi {
    FakeOpenAi::start(Options::default()).unwrap()
}

/// The access token has ended, and by its date old releases know it before they ask.
fn expired() -> LoginOptions {
    let last_refresh = Some(Clock::System.now() - TimeDelta::days(9));
    LoginOptions { access_lifetime_seconds: -60, last_refresh, ..LoginOptions::default() }
}

fn upload(server: &Server, login: &Value) {
    let answer = server.admin("POST", "/admin/auth/upload", &json!({ "auth": login }));
    assert_eq!(answer["status"], "updated", "the server did not take the login: {answer}");
}

fn hosts(plan: &Plan, codex: &Codex, openai: &FakeOpenAi) -> Vec<Host> {
    let host = |number: usize| {
        let host = Host::new(&format!("storm-{number}.example"), SHELLS[number % SHELLS.len()], &openai.url());
        let bin = host.home().join(".local/bin");
        fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(codex.program(), bin.join("codex")).unwrap();
        host
    };
    (0..plan.homes).map(host).collect()
}

/// A process that is ended when it takes too long.
fn timed(plan: &Plan, host: &Host, words: &[&str]) -> Command {
    let mut command = host.command("timeout");
    command.args(["-k", "5", &plan.limit.as_secs().to_string()]).args(words);
    command
}

/// A turn, and the answer it must print.
struct Turn {
    command: Command,
    answer: String,
}

fn commands(plan: &Plan, hosts: &[Host], codex: impl Fn(usize, &Host) -> Command) -> Vec<Turn> {
    let turn = |number: usize| {
        let text = format!("turn {number}");
        // Every home has processes of both kinds: which kind it is changes from one round over the homes to the next.
        let mut command = codex(number / hosts.len() + number, &hosts[number % hosts.len()]);
        command.args(["exec", "--skip-git-repo-check", &text]);
        Turn { command, answer: format!("FAKE-ANSWER: {text}") }
    };
    (0..plan.processes).map(turn).collect()
}

/// Starts all at once and waits for all.
fn run(name: &'static str, turns: Vec<Turn>, hosts: &[Host], openai: &FakeOpenAi) -> Outcome {
    let processes = turns.len();
    let (barrier, ended) = (Arc::new(Barrier::new(processes + 1)), Arc::new(AtomicUsize::new(0)));
    let start = |mut turn: Turn| {
        let (barrier, ended) = (Arc::clone(&barrier), Arc::clone(&ended));
        thread::spawn(move || {
            barrier.wait();
            let output = turn.command.output().unwrap();
            let ended = ended.fetch_add(1, Ordering::Relaxed) + 1;
            if ended.is_multiple_of(10) || ended == processes {
                say(name, &format!("{ended} of {processes} processes have ended"));
            }
            complaint(&output, &turn.answer)
        })
    };
    let threads: Vec<_> = turns.into_iter().map(start).collect();
    barrier.wait();
    let started = Instant::now();
    let complaints: Vec<_> = threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect();
    let wall = started.elapsed();
    openai.with(|state| Outcome {
        turns: processes - complaints.len(),
        processes,
        exchanges: state.oauth.exchanges,
        presented: state.families.refresh_tokens.values().map(|token| token.presented).max().unwrap_or(0),
        reuse_errors: state.oauth.reuse_errors,
        refused: state.oauth.refused,
        revokes: state.oauth.revokes,
        homes_with_refresh_token: {
            let tokens: Vec<_> = state.families.refresh_tokens.keys().collect();
            hosts.iter().filter(|host| holds_any(host.home(), &tokens)).count()
        },
        wall,
        complaints,
    })
}

/// Why a turn does not count, if it does not.
fn complaint(output: &Output, answer: &str) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.trim() == answer {
        return None;
    }
    let last = String::from_utf8_lossy(&output.stderr).lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
    Some(format!("{}: {last}", output.status))
}

/// Whether one of these strings is in any file below a folder. Links are not followed.
fn holds_any(folder: &Path, strings: &[&String]) -> bool {
    fs::read_dir(folder).unwrap().map(Result::unwrap).any(|entry| {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            return holds_any(&entry.path(), strings);
        }
        kind.is_file() && {
            let content = fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&content);
            strings.iter().any(|string| text.contains(string.as_str()))
        }
    })
}

fn say(name: &str, text: &str) {
    eprintln!("storm: {name}: {text}");
}
