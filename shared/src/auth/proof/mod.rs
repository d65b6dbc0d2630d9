//! Whether a login works: the runner tries it with the real Codex, off every request.

pub mod candidate;
pub mod check;
mod rules;
mod runner;
pub mod sql;
pub mod traffic;

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::{Method, RequestBuilder};

use crate::http::client;

pub use rules::Verdict;

/// Where the runner is.
#[derive(Clone)]
pub struct RunnerConfig {
    /// `AUTH_RUNNER_URL`: the address of its `/verify`; absent or `off`: there is none.
    pub url: String,
    /// `AUTH_RUNNER_SECRET`: what it wants as a bearer token.
    pub secret: Option<String>,
    /// `AUTH_RUNNER_TIMEOUT`, seconds, default 60: Codex needs up to 13 to take a 401 for an answer.
    pub timeout: Duration,
    /// `AUTH_RUNNER_PREFLIGHT_SECONDS`, default 28800: how long a proof counts.
    pub interval: TimeDelta,
}

impl RunnerConfig {
    /// A request to one of its addresses, with its secret. `limit` bounds the whole call.
    pub fn request(&self, method: Method, url: &str, limit: Duration) -> reqwest::Result<RequestBuilder> {
        let request = client::new().timeout(limit).build()?.request(method, url);
        Ok(self.secret.iter().fold(request, RequestBuilder::bearer_auth))
    }
}

impl std::fmt::Debug for RunnerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunnerConfig({})", self.url)
    }
}

/// What one try said.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is not verified.
    pub reason: Option<String>,
    /// How long it took.
    pub latency_ms: Option<u32>,
    /// The Codex that tried.
    pub codex_version: Option<String>,
    /// Whether the runner answered at all.
    pub reachable: bool,
}
