//! One run of Codex with one login.

use std::io;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use shared::clock::Clock;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::Settings;
use crate::access_only::AccessOnly;
use crate::answer::Report;
use crate::environment::{Environment, config_toml};
use crate::home::Home;
use crate::process::{self, Ended};
use crate::reason::{self, Secrets};
use crate::verdict::{codex_version, verdict};

/// What Codex is asked.
const PROMPT: &str = "Reply with the one word Banana and nothing else. Do not run any command.";

/// What all probes share.
pub struct Runner {
    /// What it was told.
    pub settings: Settings,
    /// What Codex gets of this process's environment.
    pub environment: Environment,
    places: Semaphore,
}

impl Runner {
    /// A runner with nothing to do yet.
    pub fn new(settings: Settings) -> Self {
        let (environment, places) = (Environment::new(&settings), Semaphore::new(settings.at_once.max(1)));
        Self { settings, environment, places }
    }

    /// Runs Codex with `login` within `limit`, the wait for a place included.
    pub async fn probe(&self, login: &AccessOnly, secrets: &Secrets, limit: Duration) -> Report {
        let start = Instant::now();
        let Ok(Ok(_place)) = timeout(limit, self.places.acquire()).await else {
            return Report::without_run(StatusCode::SERVICE_UNAVAILABLE, start.elapsed(), "busy");
        };
        let run = self.run(login, limit.saturating_sub(start.elapsed())).await;
        let took = start.elapsed();
        match run {
            Ok(Some(ended)) => judged(&ended, took, secrets),
            Ok(None) => Report::without_run(StatusCode::GATEWAY_TIMEOUT, took, "probe timeout"),
            Err(error) => {
                tracing::error!("codex cannot be started: {error}");
                let why = format!("codex cannot be started: {error}");
                Report::without_run(StatusCode::INTERNAL_SERVER_ERROR, took, &why)
            }
        }
    }

    /// The home is declared before the run, so it goes after the last process.
    async fn run(&self, login: &AccessOnly, limit: Duration) -> io::Result<Option<Ended>> {
        let home = Home::new(&login.auth_json(Clock::System.now()), &config_toml(&self.settings))?;
        let mut command = Command::new(&self.settings.codex);
        // Options stand after `exec`: up to 0.122 Codex forgets those before it.
        command.args(["exec", PROMPT, "-s", "read-only", "--skip-git-repo-check"]);
        self.environment.apply(&mut command, home.path(), &home.codex());
        process::run(&mut command, limit).await
    }
}

fn judged(ended: &Ended, took: Duration, secrets: &Secrets) -> Report {
    let verdict = verdict(ended.status.code(), &ended.stdout, &ended.stderr);
    let version = codex_version(&ended.stderr).map(str::to_owned);
    Report::ran(verdict, took, version, reason::of_run(&ended.stderr, secrets))
}
