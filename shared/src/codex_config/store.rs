//! The fleet's configuration and its history.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::MySqlConnection;

use super::render::template;
use super::settings::{Settings, within};
use super::sql::{self, Row};
use crate::audit::{Actor, Change};
use crate::crypto::sha256_hex;
use crate::error::FieldErrors;
use crate::{App, AppError, AppResult};

/// One version, readable.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Rises by one.
    pub version: u64,
    /// The settings as they came in, normalised.
    pub settings: Value,
    /// The template.
    pub content: String,
    /// SHA-256 of the template.
    pub sha256: String,
    /// Who stored it.
    pub author: String,
    /// Why.
    pub note: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// `checking`, `published` or `blocked`.
    pub state: String,
    /// What Codex said about it.
    pub problem: Option<String>,
}

/// What a store did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The first.
    Created,
    /// A new version.
    Updated,
    /// The current one says the same already.
    Unchanged,
}

impl Status {
    /// The word of the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What is wrong with settings, by their path in a request.
pub fn invalid(errors: FieldErrors) -> AppError {
    AppError::Invalid(within("settings", errors))
}

/// What the caller believes is current.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// SHA-256 of the template, as the contract has it.
    pub sha256: Option<&'a str>,
    /// The version, from `If-Match`: settings and text in one.
    pub version: Option<u64>,
}

/// One version; `None`: there is none.
pub async fn get(app: &App, conn: &mut MySqlConnection, version: u64) -> AppResult<Option<Stored>> {
    let Some(row) = sql::find(conn, version).await? else { return Ok(None) };
    let settings = app.config.keyring.open(&row.settings_sealed)?;
    Ok(Some(Stored {
        version: row.version,
        settings: serde_json::from_str(&settings).map_err(AppError::internal)?,
        content: app.config.keyring.open(&row.text_sealed)?,
        sha256: row.sha256,
        author: row.author,
        note: row.note,
        created_at: row.created_at,
        state: row.state,
        problem: row.problem,
    }))
}

/// Stores settings as the next version, in one transaction with the check of what the caller believes. Hosts get it at once,
/// or, where there is a runner, when Codex has read it ([`super::gate`]).
pub async fn store(app: &App, by: &Actor, settings: &Settings, expected: Expected<'_>, note: &str) -> AppResult<(Status, Stored)> {
    let content = template(settings).map_err(invalid)?;
    let (sha256, settings) = (sha256_hex(&content), settings.to_json());
    let mut change = Change::begin(app, by).await?;
    sql::lock(&mut change).await?;
    let version = sql::head(&mut change).await?;
    let current = get(app, &mut change, version).await?;
    check(current.as_ref(), version, expected)?;
    if let Some(current) = current.as_ref().filter(|current| current.sha256 == sha256 && current.settings == settings) {
        return Ok((Status::Unchanged, current.clone()));
    }
    let status = if current.is_some() { Status::Updated } else { Status::Created };
    let state = if app.config.runner.is_some() { "checking" } else { "published" };
    let next = Stored {
        version: version + 1,
        settings,
        content,
        sha256,
        author: by.name.clone(),
        note: note.to_owned(),
        created_at: app.clock.now(),
        state: state.to_owned(),
        problem: None,
    };
    sql::add(&mut change, &row(app, &next)?).await?;
    if state == "published" {
        sql::set_current(&mut change, next.version).await?;
    }
    let facts = |stored: &Stored| json!({ "version": stored.version, "sha256": stored.sha256, "note": stored.note });
    change.record("config.store", "config.toml", current.as_ref().map(facts), facts(&next));
    change.commit().await?;
    Ok((status, next))
}

fn check(current: Option<&Stored>, version: u64, expected: Expected<'_>) -> AppResult<()> {
    if expected.version.is_some_and(|believed| believed != version) {
        return Err(AppError::PreconditionFailed);
    }
    match (current, expected.sha256) {
        (Some(current), Some(believed)) if !believed.eq_ignore_ascii_case(&current.sha256) => {
            Err(AppError::invalid("sha256", "the configuration has changed since it was read: read it again and repeat the change"))
        }
        _ => Ok(()),
    }
}

fn row(app: &App, stored: &Stored) -> AppResult<Row> {
    let keyring = &app.config.keyring;
    Ok(Row {
        version: stored.version,
        settings_sealed: keyring.seal(&stored.settings.to_string()),
        text_sealed: keyring.seal(&stored.content),
        sha256: stored.sha256.clone(),
        size_bytes: u32::try_from(stored.content.len()).map_err(AppError::internal)?,
        author: stored.author.clone(),
        note: stored.note.clone(),
        created_at: stored.created_at,
        state: stored.state.clone(),
        problem: stored.problem.clone(),
    })
}
