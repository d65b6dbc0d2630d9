//! Two servers over one database, each by a way of its own, and the `OpenAI` behind them.

use std::fs;
use std::sync::Arc;

use fake_openai::{FakeOpenAi, Options};

use super::database::{Database, Ground, Keys};
use super::load::SHORT;
use crate::process::{Server, Settings};
use crate::proxy::Proxy;

/// Server processes.
pub const SERVERS: usize = 2;

/// Everything a scenario can harm.
#[derive(Debug)]
pub struct World {
    /// Behind them all.
    pub openai: Arc<FakeOpenAi>,
    /// What they share.
    pub servers: Vec<Server>,
    /// The way of each to the database.
    pub ways: Vec<Proxy>,
    /// The database.
    pub database: Database,
    /// The installation's keys.
    pub keys: Keys,
    /// How often a server was started again.
    pub restarts: u32,
    /// What was logged by processes that are gone.
    logs: String,
}

impl World {
    /// Starts the servers; `straight`: without a proxy between them and the database. `last` are variables of the last one.
    pub fn start(ground: &Ground, database: Database, straight: bool, last: &[(&'static str, String)]) -> Self {
        let openai = Arc::new(FakeOpenAi::start(Options { access_lifetime_seconds: SHORT, ..Options::default() }).unwrap());
        let ways: Vec<_> = (0..SERVERS).map(|_| Proxy::to(database.port())).collect();
        let server = |number: usize| {
            let port = if straight { database.port() } else { ways[number].port() };
            let mut variables = variables(&openai.url(), &ground.keys, database.url(port));
            if number + 1 == SERVERS {
                variables.extend_from_slice(last);
            }
            Server::with(Settings { variables, ..Settings::default() })
        };
        let servers = (0..SERVERS).map(server).collect();
        Self { openai, servers, ways, database, keys: ground.keys.clone(), restarts: 0, logs: String::new() }
    }

    /// The addresses of the servers.
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(Server::url).collect()
    }

    /// `kill -9`, and what a supervisor does then.
    pub fn restart(&mut self, server: usize) {
        let server = &mut self.servers[server];
        server.kill();
        self.logs.push_str(&server.log());
        server.resume();
        self.restarts += 1;
    }

    /// `kill -9` of the database, and its start after `meanwhile`.
    pub fn restart_database(&mut self, meanwhile: impl FnOnce()) {
        self.database.kill();
        self.logs.push_str(&fs::read_to_string(self.database.log()).unwrap_or_default());
        meanwhile();
        self.database.start();
        self.restarts += 1;
    }

    /// Everything any process has logged.
    pub fn logs(&self) -> String {
        let database = fs::read_to_string(self.database.log()).unwrap_or_default();
        let servers = self.servers.iter().map(Server::log);
        servers.chain([database, self.logs.clone()]).collect::<Vec<_>>().join("\n")
    }

    /// The server whose process holds the lease of the refresh now.
    pub fn holder(&self) -> Option<usize> {
        let holder: Option<String> = self.database.ask(async |conn| {
            let holder = "SELECT holder FROM auth_lease WHERE held_until > NOW(6)";
            sqlx::query_scalar(holder).fetch_optional(conn).await.unwrap().flatten()
        });
        let pid = holder?.strip_prefix("process ")?.parse().ok()?;
        self.servers.iter().position(|server| server.pid() == Some(pid))
    }

    /// A lease outlives its holder for a minute and a half. That of a process that is gone may be ended.
    pub fn end_orphaned_lease(&self) {
        if self.holder().is_none() {
            self.database.ask(async |conn| {
                sqlx::query("UPDATE auth_lease SET held_until = NULL, not_before = NULL").execute(conn).await.unwrap();
            });
        }
    }
}

fn variables(openai: &str, keys: &Keys, database_url: String) -> Vec<(&'static str, String)> {
    vec![
        ("DATABASE_URL", database_url),
        ("AUTH_ENCRYPTION_KEY", keys.encryption.clone()),
        ("INSTALLATION_ID", keys.installation.clone()),
        ("PUBLIC_BASE_URL", "http://127.0.0.1:1".to_owned()),
        ("OPENAI_TOKEN_URL", format!("{openai}/oauth/token")),
        ("CODEX_RELEASES_API_URL", openai.to_owned()),
        ("CHATGPT_BASE_URL", format!("{openai}/backend-api")),
        // All hosts share one address here.
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0".to_owned()),
    ]
}
