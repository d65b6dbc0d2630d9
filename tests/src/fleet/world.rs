//! A database, OpenAI's stand-in, and some processes of the real server over them.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fake_openai::{FakeOpenAi, LoginOptions, Options};
use local_dev::database::{self, Database};
use local_dev::state_dir::StateDir;
use serde_json::{Value, json};
use shared::crypto::Keyring;
use shared::random;
use sqlx::MySqlPool;
use sqlx::mysql::MySqlPoolOptions;
use tokio::time::{Instant, sleep};

use super::http::{Answer, Request, ask};
use crate::process::{TempDir, free_port};

/// Hosts refresh what has less than five minutes left; with this little more, a week of minutes has many generations.
pub const ACCESS_SECONDS: i64 = 330;
/// A new login has less: whoever asks first causes a refresh.
const LOGIN_SECONDS: i64 = 200;
/// How long a server may take to be ready; its migrations are part of it.
const READY: Duration = Duration::from_mins(2);

/// What virtual hosts and operators call.
#[derive(Debug)]
pub struct World {
    /// Of every process.
    pub installation: String,
    /// The stand-in.
    pub openai: FakeOpenAi,
    /// To look at what was stored.
    pub pool: MySqlPool,
    owner: String,
    servers: Vec<Process>,
    database: Option<Database>,
    dir: TempDir,
}

/// One process of the server.
#[derive(Debug)]
struct Process {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl World {
    /// Starts so many processes of `program` over an empty database, and gives them a login.
    pub async fn start(program: &Path, processes: usize) -> Self {
        let dir = TempDir::new();
        let state = StateDir::open(&dir.path().join("state")).unwrap();
        let database = database::start(&state).await.unwrap();
        let openai = FakeOpenAi::start(Options { access_lifetime_seconds: ACCESS_SECONDS, ..Options::default() }).unwrap();
        let pool = MySqlPoolOptions::new().max_connections(4).connect_lazy(&database.url).unwrap();
        let (installation, key) = (random::uuid(), Keyring::generate());
        let mut world = Self { installation, openai, pool, owner: String::new(), servers: Vec::new(), database: Some(database), dir };
        for number in 0..processes {
            world.servers.push(world.process(program, number, &key));
            // The first one migrates; the others find it done.
            world.ready(number).await;
        }
        fs::read_to_string(world.dir.path().join("server 0/owner-token")).unwrap().trim().clone_into(&mut world.owner);
        let login = world.login();
        world.admin("POST", "/admin/auth/upload", &json!({ "auth": login })).await;
        world
    }

    /// A new login at the stand-in, as `codex login` leaves it.
    pub fn login(&self) -> Value {
        self.openai.login(LoginOptions { access_lifetime_seconds: LOGIN_SECONDS, ..LoginOptions::default() })
    }

    fn process(&self, program: &Path, number: usize, key: &str) -> Process {
        let (port, state) = (free_port(), self.dir.path().join(format!("server {number}")));
        let log = self.dir.path().join(format!("server {number}.log"));
        let file = fs::File::create(&log).unwrap();
        let openai = self.openai.url();
        let mut command = Command::new(program);
        command.args(["up", "--no-open", "--port", &port.to_string(), "--state-dir"]).arg(state);
        command.env("DATABASE_URL", &self.database.as_ref().unwrap().url).env("AUTH_ENCRYPTION_KEY", key);
        command.env("INSTALLATION_ID", &self.installation).env("PUBLIC_BASE_URL", "https://codex.example.com");
        command.env("OPENAI_TOKEN_URL", format!("{openai}/oauth/token")).env("CODEX_RELEASES_API_URL", &openai);
        command.env("CHATGPT_BASE_URL", format!("{openai}/backend-api")).env("PRICING_URL", format!("{openai}/prices.json"));
        command.env("AUTH_RUNNER_URL", "off").env("RUST_LOG", "warn");
        let child = command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn();
        let child = child.unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        Process { child, address: (Ipv4Addr::LOCALHOST, port).into(), log }
    }

    async fn ready(&mut self, number: usize) {
        let limit = Instant::now() + READY;
        let request = Request { method: "GET", path: "/readyz", header: None, content_type: "", body: Vec::new() };
        while !ask(self.servers[number].address, Ipv4Addr::LOCALHOST, &request).await.is_ok_and(|answer| answer.status == 200) {
            let process = &mut self.servers[number];
            let ended = process.child.try_wait().unwrap().is_some();
            assert!(
                !ended && Instant::now() < limit,
                "the server does not start:\n{}",
                fs::read_to_string(&process.log).unwrap_or_default()
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The process that gets the call with this number, as a load balancer would choose.
    pub fn server(&self, call: u64) -> SocketAddr {
        let count = u64::try_from(self.servers.len()).unwrap();
        self.servers[usize::try_from(call % count).unwrap()].address
    }

    /// A call as the owner, whatever is answered.
    pub async fn owner(&self, call: u64, method: &str, path: &str, body: &Value) -> std::io::Result<Answer> {
        let bearer = format!("Bearer {}", self.owner);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request { method, path, header: Some(("Authorization", &bearer)), content_type: "application/json", body };
        ask(self.server(call), Ipv4Addr::LOCALHOST, &request).await
    }

    /// `data` of a call as the owner that must succeed.
    pub async fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.owner(0, method, path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{path}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()["data"].take()
    }

    /// Resident memory of the first process in KiB.
    pub fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.servers[0].child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process that runs");
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// What the processes have logged as errors.
    pub fn errors(&self) -> Vec<String> {
        let text: String = self.servers.iter().map(|process| fs::read_to_string(&process.log).unwrap_or_default()).collect();
        text.lines().filter(|line| line.contains("ERROR") || line.contains("panicked")).map(str::to_owned).collect()
    }

    /// Stops the servers as Ctrl-C does, then the database.
    pub async fn stop(mut self) {
        self.end();
        if let Some(database) = self.database.take() {
            database.stop().await;
        }
    }

    fn end(&mut self) {
        for process in &self.servers {
            Command::new("kill").arg(process.child.id().to_string()).status().ok();
        }
        for mut process in self.servers.drain(..) {
            process.child.wait().ok();
        }
    }
}

impl Drop for World {
    /// When something went wrong on the way, nothing is left running.
    fn drop(&mut self) {
        self.end();
        if self.database.take().is_some() {
            let pid = fs::read_to_string(self.dir.path().join("state/database.pid")).unwrap_or_default();
            Command::new("kill").arg(pid.trim()).status().ok();
        }
    }
}
