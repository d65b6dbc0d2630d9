//! What every step of an import needs.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::audit::{self, Actor, Change, Filter};
use shared::crypto::Keyring;
use shared::hosts::Host;
use shared::{App, AppError, AppResult};

use super::dotenv::DotEnv;
use super::report::Report;
use super::source::Old;

/// Who imports, in the audit.
pub const ACTOR: &str = "local-dev import";

/// A host of the old server that is, or will be, one here.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its name here.
    pub fqdn: String,
    /// `None`: it will be new.
    pub host: Option<Host>,
}

/// One import.
pub struct Step<'a> {
    /// This installation.
    pub app: &'a App,
    /// The old one.
    pub old: Old,
    /// Its keys.
    pub keys: Keyring,
    /// Its settings.
    pub env: DotEnv,
    /// Its installation id: what was brought of it is in the audit under this name.
    pub source: String,
    /// Write.
    pub apply: bool,
    /// When this import began.
    pub now: DateTime<Utc>,
    /// What is told at the end.
    pub report: Report,
    /// Its hosts, by their ids there.
    pub hosts: BTreeMap<u64, Kept>,
}

impl Step<'_> {
    /// Who writes.
    pub fn by() -> Actor {
        Actor::system(ACTOR)
    }

    /// A transaction of this import.
    pub async fn change(&self) -> AppResult<Change> {
        Change::begin(self.app, &Self::by()).await
    }

    /// What the audit says of the last time something of this old server was brought; `None`: it never was.
    pub async fn earlier(&self, action: &str) -> AppResult<Option<Value>> {
        let filter = Filter { action: Some(action.to_owned()), target: Some(self.source.clone()), ..Filter::default() };
        let mut conn = self.app.db.acquire().await?;
        let (entries, _) = audit::list(&mut conn, &filter, 1).await?;
        let entry = entries.into_iter().next().map(serde_json::to_value).transpose().map_err(AppError::internal)?;
        Ok(entry.map(|mut entry| entry["after"].take()))
    }

    /// Says how far a long step is.
    pub fn progress(what: &str, done: u64, all: u64) {
        if std::io::stderr().is_terminal() {
            eprint!("\r\u{1b}[K{what}: {done} of {all}");
            if done >= all {
                eprint!("\r\u{1b}[K");
            }
        }
    }
}

/// Why this server does not take something, in a line.
pub fn why(error: &AppError) -> String {
    match error {
        AppError::Invalid(fields) => fields.values().flatten().cloned().collect::<Vec<_>>().join("; "),
        AppError::Internal(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

/// What this server refuses is told; what goes wrong ends the import.
pub fn refusal<T>(result: AppResult<T>) -> AppResult<Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error @ AppError::Internal(_)) => Err(error),
        Err(refused) => Ok(Err(why(&refused))),
    }
}
