//! A private database that can be killed, and a copy of one that is ready.

use std::path::{Path, PathBuf};
use std::process::Command;

use local_dev::database::{self, Database as Running};
use local_dev::state_dir::StateDir;
use sqlx::{Connection, MySqlConnection};
use tokio::runtime::{Builder, Runtime};

use crate::process::{Server, Settings, TempDir};

/// What an installation needs beside its database.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `AUTH_ENCRYPTION_KEY`.
    pub encryption: String,
    /// `INSTALLATION_ID`.
    pub installation: String,
    /// The owner's token.
    pub owner: String,
}

/// An installation that was started once: what every scenario begins with.
#[derive(Debug)]
pub struct Ground {
    server: Server,
    /// Its keys.
    pub keys: Keys,
}

impl Ground {
    /// Installs one and stops it.
    pub fn lay() -> Self {
        let mut server = Server::with(Settings::default());
        server.stop();
        let read = |name: &str| std::fs::read_to_string(server.state().join(name)).unwrap().trim().to_owned();
        let keys = Keys { encryption: read("encryption-key"), installation: read("installation-id"), owner: read("owner-token") };
        Self { server, keys }
    }
}

/// A running copy of the ground's database.
#[derive(Debug)]
pub struct Database {
    running: Option<Running>,
    options: Vec<String>,
    state: StateDir,
    runtime: Runtime,
    // Last: it goes after what lies in it.
    place: TempDir,
}

impl Database {
    /// Copies it to the folder `place` and starts it with these options of MariaDB.
    pub fn copy(ground: &Ground, place: TempDir, options: &[&str]) -> Self {
        let to = place.path().join("state");
        let copied = Command::new("cp").args(["-r", "--sparse=never"]).arg(ground.server.state()).arg(&to).status().unwrap();
        assert!(copied.success(), "the database could not be copied");
        std::fs::remove_file(to.join("database-port")).unwrap();
        let state = StateDir::open(&to).unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // Which statements it was that waited for each other is told nowhere else.
        let always = ["--innodb-print-all-deadlocks=ON"];
        let options = always.iter().chain(options).map(|option| (*option).to_owned()).collect();
        let mut database = Self { running: None, options, state, runtime, place };
        database.start();
        database
    }

    /// Starts it, at the port it had before.
    pub fn start(&mut self) {
        let started = self.runtime.block_on(database::start_with(&self.state, &self.options));
        self.running = Some(started.unwrap());
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let Some(running) = self.running.take() else { return };
        self.signal("-KILL");
        // Nothing is left to stop: this collects the process.
        self.runtime.block_on(running.stop());
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        // One that has given up by itself has removed the file.
        if let Some(pid) = self.state.read("database.pid") {
            Command::new("kill").args([signal, pid.trim()]).stderr(std::process::Stdio::null()).status().unwrap();
        }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.state.read("database-port").unwrap().parse().unwrap()
    }

    /// Its password.
    pub fn password(&self) -> String {
        self.state.read("database-password").unwrap()
    }

    /// Its address by this port.
    pub fn url(&self, port: u16) -> String {
        format!("mysql://codex:{}@127.0.0.1:{port}/codex_auth", self.password())
    }

    /// The folder its files are in.
    pub fn folder(&self) -> &Path {
        self.place.path()
    }

    /// What it has logged since it was started.
    pub fn log(&self) -> PathBuf {
        self.state.path("database.log")
    }

    /// Asks it something, past every proxy.
    pub fn ask<T>(&self, question: impl AsyncFnOnce(&mut MySqlConnection) -> T) -> T {
        self.runtime.block_on(async {
            let mut conn = MySqlConnection::connect(&self.url(self.port())).await.unwrap();
            let answer = question(&mut conn).await;
            conn.close().await.ok();
            answer
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}
