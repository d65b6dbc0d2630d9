//! A private MariaDB in the state folder: own data, own socket, a free loopback port.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::time::Duration;

use shared::random;
use sqlx::Connection;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::state_dir::StateDir;

/// How long the database may take to start; recovery after a crash is part of it.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The program is missing.
    #[error("MariaDB is not installed: run `apt-get install mariadb-server`, or set DATABASE_URL to a database you have")]
    NotInstalled,
    /// A file could not be written.
    #[error("the database folder cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The program gave up.
    #[error("the database did not start: see {0}")]
    DidNotStart(String),
}

/// A running private database.
#[derive(Debug)]
pub struct Database {
    process: Process,
    /// How to reach it.
    pub url: String,
}

#[derive(Debug)]
enum Process {
    Ours(Child),
    /// Left over from a server that was killed; it goes on serving the same folder.
    Adopted(u32),
}

/// Starts the database of `dir`, or adopts the one that still runs there.
pub async fn start(dir: &StateDir) -> Result<Database, DatabaseError> {
    start_with(dir, &[]).await
}

/// The same; a new one is started with these options of MariaDB too.
pub async fn start_with(dir: &StateDir, options: &[String]) -> Result<Database, DatabaseError> {
    let password = dir.read_or("database-password", || random::token(""))?;
    if let Some((pid, port)) = left_over(dir) {
        return Ok(Database { process: Process::Adopted(pid), url: url(&password, port) });
    }
    if !dir.path("database/mysql").is_dir() {
        install(dir).await?;
    }
    let port = free_port(dir)?;
    dir.write("database-init.sql", &init_sql(&password))?;
    let log = dir.path("database.log");
    let mut child = server(dir, port, fs::File::create(&log)?, options)?;
    dir.write("database-port", &port.to_string())?;
    let url = url(&password, port);
    if wait_until_ready(&mut child, &url).await {
        return Ok(Database { process: Process::Ours(child), url });
    }
    child.kill().await.ok();
    Err(DatabaseError::DidNotStart(log.display().to_string()))
}

impl Database {
    /// Stops it unless somebody else's server uses it.
    pub async fn stop_if_ours(self) {
        if matches!(self.process, Process::Ours(_)) {
            self.stop().await;
        }
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        match &self.process {
            Process::Ours(child) => child.id(),
            Process::Adopted(pid) => Some(*pid),
        }
    }

    /// Stops it cleanly and waits for it.
    pub async fn stop(mut self) {
        let Some(pid) = self.pid() else { return };
        Command::new("kill").args(["-TERM", &pid.to_string()]).status().await.ok();
        match &mut self.process {
            Process::Ours(child) => drop(child.wait().await),
            Process::Adopted(pid) => {
                while is_mariadb(*pid) {
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}

fn url(password: &str, port: u16) -> String {
    format!("mysql://codex:{password}@127.0.0.1:{port}/codex_auth")
}

pub(crate) fn is_mariadb(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| matches!(name.trim(), "mariadbd" | "mysqld"))
}

fn left_over(dir: &StateDir) -> Option<(u32, u16)> {
    let pid = dir.read("database.pid")?.trim().parse().ok()?;
    let port = dir.read("database-port")?.parse().ok()?;
    is_mariadb(pid).then_some((pid, port))
}

/// The port it had before, while nobody else has it: who was told its address finds it again.
fn free_port(dir: &StateDir) -> io::Result<u16> {
    let before = dir.read("database-port").and_then(|port| port.parse::<u16>().ok());
    let listener = before.and_then(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    listener.map_or_else(|| TcpListener::bind("127.0.0.1:0"), Ok)?.local_addr().map(|address| address.port())
}

async fn install(dir: &StateDir) -> Result<(), DatabaseError> {
    let mut command = Command::new("mariadb-install-db");
    // A relative folder: this script breaks on a blank in a path.
    command.current_dir(dir.path("")).args(["--no-defaults", "--datadir=./database", "--skip-test-db"]);
    // Its own temporary tables: two set-ups at once trip over each other's in a shared folder.
    command.arg("--auth-root-authentication-method=socket").env("TMPDIR", ".");
    let output = command.args(as_root()).output().await.map_err(not_installed)?;
    if output.status.success() {
        return Ok(());
    }
    Err(DatabaseError::DidNotStart(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// MariaDB runs as root only when it is told to.
fn as_root() -> Option<&'static str> {
    let root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    root.then_some("--user=root")
}

fn server(dir: &StateDir, port: u16, log: fs::File, options: &[String]) -> Result<Child, DatabaseError> {
    let mut command = Command::new("mariadbd");
    command.arg("--no-defaults").args(as_root());
    command.arg(format!("--datadir={}", dir.path("database").display())).arg(format!("--pid-file={}", dir.path("database.pid").display()));
    // Relative to the data folder: a socket's path may not be longer than 107 bytes.
    command.args(["--socket=server.sock", "--bind-address=127.0.0.1", "--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin"]);
    command.arg(format!("--port={port}")).arg(format!("--init-file={}", dir.path("database-init.sql").display()));
    command.arg(format!("--tmpdir={}", dir.path("database").display()));
    command.args(["--max-connections=300", "--max-prepared-stmt-count=262144", "--skip-name-resolve", "--skip-log-bin"]).args(options);
    // Its own process group: Ctrl-C reaches us, and we stop it after the last request.
    command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().map_err(not_installed)
}

fn not_installed(error: io::Error) -> DatabaseError {
    if error.kind() == io::ErrorKind::NotFound { DatabaseError::NotInstalled } else { DatabaseError::Io(error) }
}

fn init_sql(password: &str) -> String {
    format!(
        "CREATE DATABASE IF NOT EXISTS codex_auth;\nCREATE USER IF NOT EXISTS codex@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         ALTER USER codex@'127.0.0.1' IDENTIFIED BY '{password}';\nGRANT ALL ON *.* TO codex@'127.0.0.1';\n"
    )
}

async fn wait_until_ready(child: &mut Child, url: &str) -> bool {
    let limit = Instant::now() + START_LIMIT;
    while Instant::now() < limit {
        if sqlx::MySqlConnection::connect(url).await.is_ok() {
            return true;
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        sleep(Duration::from_millis(30)).await;
    }
    false
}
