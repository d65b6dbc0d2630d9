//! Whether the ledger holds what the model's side counted: scripted sessions of real Codex, some of them killed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use fake_openai::{FakeOpenAi, Fault, FaultKind, Options, Reply, releases};
use serde_json::{Value, json};
use sqlx::{Connection, Row};

use crate::host::{Host, SHELLS, expect_exit, stderr};
use crate::process::{Server, Settings, wait_for};
use crate::ready::{cache, seed};

/// What every prompt holds, to look for it where it must not be.
const PROMPT: &str = "my-secret-prompt";

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Runs of Codex.
    pub sessions: usize,
    /// Hosts get the managed `[otel]` entry, so that both sources tell of each answer.
    pub telemetry: bool,
}

/// Answers, and their tokens: input without cached, cached, output, reasoning.
pub type Line = (u64, [u64; 4]);
/// By host and model.
pub type Ledger = BTreeMap<(String, String), Line>;

/// What came out.
#[derive(Debug)]
pub struct Outcome {
    /// What the model's side counted.
    pub expected: Ledger,
    /// What the server counted.
    pub counted: Ledger,
    /// The same after every session file was handed over a second time.
    pub replayed: Ledger,
    /// Columns in which a prompt or somebody's address was found.
    pub leaks: Vec<String>,
    /// Answers of which telemetry told as well.
    pub told_twice: i64,
}

struct Fleet {
    openai: FakeOpenAi,
    server: Server,
    hosts: Vec<(Host, &'static str)>,
}

/// The version a host runs, and its model.
const HOSTS: [(&str, &str, &str); 4] =
    [("a", "0.169.0", "gpt-5.5"), ("b", "0.80.0", "gpt-5.1-codex"), ("c", "0.134.0", "gpt-5.5"), ("d", "0.169.0", "gpt-5.1-codex")];

/// Runs it all.
pub fn run(plan: Plan) -> Outcome {
    let fleet = Fleet::new(plan);
    let crashes = [plan.sessions / 3, plan.sessions * 2 / 3];
    let mut session = 0;
    while session < plan.sessions {
        let (host, version) = &fleet.hosts[session % fleet.hosts.len()];
        let prompt = format!("{PROMPT} {session} from {}", host.fqdn);
        match (crashes.contains(&session), session / fleet.hosts.len() % 5) {
            (true, _) => fleet.crash(host, &prompt),
            (false, 0) => exec(host, &[&prompt]),
            (false, 1) => go_on(host, version, &prompt),
            (false, 2) => fork(host, version, &prompt),
            (false, 3) => session += pair(host, &prompt),
            (false, _) => fleet.with_a_tool(host, &prompt),
        }
        session += 1;
    }
    for (host, _) in &fleet.hosts {
        expect_exit(&host.cdx(&["--sync"]), 0);
    }
    let (expected, counted) = (fleet.expected(), fleet.counted());
    fleet.hand_over_again();
    let (leaks, told_twice) = fleet.look_into_the_database();
    Outcome { expected, counted, replayed: fleet.counted(), leaks, told_twice }
}

impl Fleet {
    fn new(plan: Plan) -> Self {
        let releases_dir = cache().join("releases");
        for (_, version, _) in HOSTS {
            releases::from_npm(&cache(), &releases_dir, version).unwrap();
        }
        let openai = FakeOpenAi::start(Options { releases_dir: Some(releases_dir), usage_varies: 7, ..Options::default() }).unwrap();
        // All hosts have one address here, and more runs a minute than people start.
        let url = openai.url();
        let variables = vec![
            ("CODEX_RELEASES_API_URL", url.clone()),
            ("OPENAI_TOKEN_URL", format!("{url}/oauth/token")),
            ("CHATGPT_BASE_URL", format!("{url}/backend-api")),
            ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0".to_owned()),
        ];
        let server = Server::with(Settings { variables, ..Settings::default() });
        seed(&openai, &server, HOSTS[0].1);
        if plan.telemetry {
            server.admin("POST", "/admin/config/store", &json!({ "settings": { "orchestrator_mcp_enabled": false } }));
        }
        let hosts = HOSTS.iter().enumerate().map(|(number, (name, version, model))| {
            let host = Host::new(&format!("{name}.example"), SHELLS[number % SHELLS.len()], &openai.url());
            let config = host.codex_home().join("config.toml");
            fs::write(&config, format!("model = \"{model}\"\n{}", fs::read_to_string(&config).unwrap())).unwrap();
            expect_exit(&host.install(&server, &json!({})), 0);
            server.admin("POST", &format!("/admin/hosts/{}/codex-version", number + 1), &json!({ "selection": version }));
            expect_exit(&host.cdx(&["--update"]), 0);
            (host, *version)
        });
        let hosts = hosts.collect();
        Self { openai, server, hosts }
    }

    fn with_a_tool(&self, host: &Host, prompt: &str) {
        self.openai.reply(plan_call());
        exec(host, &[prompt]);
    }

    /// `kill -9` of `cdx` and Codex between the first answer and the second.
    fn crash(&self, host: &Host, prompt: &str) {
        self.openai.reply(plan_call());
        self.openai.fault(Fault::new("/v1/responses", FaultKind::Slow).method("POST").skip(1).delay_ms(600_000));
        let before = self.openai.model_requests().len();
        let mut run = host.cdx_command(&["exec", "--skip-git-repo-check", prompt]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap();
        wait_for("the first answer in a session file", || {
            self.openai.model_requests().len() > before && sessions(host).iter().any(|file| notes_an_answer_of(file, prompt))
        });
        let group = format!("-{}", run.id());
        assert!(Command::new("kill").args(["-9", "--", &group]).status().unwrap().success());
        run.wait().unwrap();
        self.openai.with(|state| state.faults.clear());
    }

    fn expected(&self) -> Ledger {
        let mut ledger = Ledger::new();
        for request in self.openai.model_requests() {
            let text = request.body.to_string();
            let host = self.hosts.iter().map(|(host, _)| &host.fqdn).find(|fqdn| text.contains(&format!("from {fqdn}")));
            let Some(host) = host else { continue };
            let line = ledger.entry((host.clone(), request.model.clone())).or_default();
            let usage = request.usage;
            line.0 += 1;
            let all = [usage.input_tokens - usage.cached_tokens, usage.cached_tokens, usage.output_tokens, usage.reasoning_tokens];
            for (sum, n) in line.1.iter_mut().zip(all) {
                *sum += n;
            }
        }
        ledger
    }

    fn counted(&self) -> Ledger {
        let mut ledger = Ledger::new();
        for (number, (host, _)) in self.hosts.iter().enumerate() {
            let path = format!("/admin/usage/sums?by=model&host_id={}", number + 1);
            let answer = self.server.admin("GET", &path, &Value::Null);
            for sum in answer["sums"].as_array().unwrap() {
                let number = |name: &str| sum[name].as_u64().unwrap();
                let all = ["input", "cached", "output", "reasoning"].map(number);
                ledger.insert((host.fqdn.clone(), sum["key"].as_str().unwrap().to_owned()), (number("events"), all));
            }
        }
        ledger
    }

    /// As if no home remembered what it had handed over.
    fn hand_over_again(&self) {
        for (host, _) in &self.hosts {
            let own = host.codex_home().join(".cdx");
            fs::remove_file(own.join("read")).unwrap();
            assert!(Command::new("touch").args(["-d", "2020-01-01"]).arg(own.join("metered")).status().unwrap().success());
            fs::write(own.join("outbox/usage"), "").unwrap();
            let again = host.cdx(&["--sync"]);
            expect_exit(&again, 0);
            assert!(!own.join("outbox/usage").exists(), "{}", stderr(&again));
        }
    }

    /// Columns that hold what they must not, and how many answers both sources told.
    fn look_into_the_database(&self) -> (Vec<String>, i64) {
        let url = self.server.database_url();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let mut conn = sqlx::MySqlConnection::connect(&url).await.unwrap();
            let columns = "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() \
                           AND DATA_TYPE IN ('varchar', 'char', 'text', 'longtext', 'mediumtext')";
            let columns: Vec<(String, String)> = sqlx::query_as(columns).fetch_all(&mut conn).await.unwrap();
            let mut leaks = Vec::new();
            for (table, column) in columns {
                let sql = format!(
                    "SELECT CAST(COUNT(*) AS SIGNED) FROM `{table}` WHERE `{column}` LIKE '%{PROMPT}%' OR `{column}` LIKE '%@fake.test%'"
                );
                let found: i64 = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut conn).await.unwrap().get(0);
                if found > 0 {
                    leaks.push(format!("{table}.{column}"));
                }
            }
            let both = "SELECT COUNT(*) FROM token_usages WHERE file_at_ms IS NOT NULL AND otel_at_ms IS NOT NULL";
            let both: i64 = sqlx::query(both).fetch_one(&mut conn).await.unwrap().get(0);
            (leaks, both)
        })
    }
}

fn exec(host: &Host, words: &[&str]) {
    let all: Vec<_> = ["exec", "--skip-git-repo-check"].iter().chain(words).copied().collect();
    turn(host, &all);
}

fn go_on(host: &Host, version: &str, prompt: &str) {
    let id = last_session(host);
    match version {
        "0.169.0" => turn(host, &["exec", "resume", "--skip-git-repo-check", &id, prompt]),
        _ => turn(host, &["exec", "--skip-git-repo-check", "resume", &id, prompt]),
    }
}

/// Only the newest one can do that without a terminal.
fn fork(host: &Host, version: &str, prompt: &str) {
    if version != "0.169.0" {
        return exec(host, &[prompt]);
    }
    let id = last_session(host);
    turn(host, &["exec", "fork", "--skip-git-repo-check", &id, prompt]);
}

/// Two at once in one home. Gives how many sessions that is more than one.
fn pair(host: &Host, prompt: &str) -> usize {
    thread::scope(|scope| {
        for number in 0..2 {
            scope.spawn(move || exec(host, &[&format!("{prompt} {number}")]));
        }
    });
    1
}

/// One run that ends well and hands over what it used.
fn turn(host: &Host, words: &[&str]) {
    let turn = host.cdx(words);
    expect_exit(&turn, 0);
    assert!(!stderr(&turn).contains("could not be handed over"), "{}", stderr(&turn));
}

/// A tool that every Codex has and that does nothing to the machine.
fn plan_call() -> Reply {
    Reply::ToolCall { name: "update_plan".into(), namespace: None, arguments: json!({ "plan": [{ "step": "look", "status": "pending" }] }) }
}

/// The session files of a home, oldest first.
fn sessions(host: &Host) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![host.codex_home().join("sessions")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort();
    files
}

fn last_session(host: &Host) -> String {
    let name = sessions(host).last().unwrap().file_stem().unwrap().to_str().unwrap().to_owned();
    name[name.len() - 36..].to_owned()
}

fn notes_an_answer_of(file: &Path, prompt: &str) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.contains(prompt) && text.contains("total_token_usage")
}
