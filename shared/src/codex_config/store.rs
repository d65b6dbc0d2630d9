//! The fleet's configuration and its history.

use serde_json::{Value, json};
use sqlx::MySqlConnection;

use super::render::template;
use super::settings::{Settings, within};
use super::sql::{self, Line, Row};
use crate::audit::{Actor, Change};
use crate::crypto::sha256_hex;
use crate::error::FieldErrors;
use crate::{App, AppError, AppResult};

/// One version, readable.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What is told of it.
    pub line: Line,
    /// The settings as they came in, normalised.
    pub settings: Value,
    /// The template.
    pub content: String,
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
    let settings = serde_json::from_str(&settings).map_err(AppError::internal)?;
    Ok(Some(Stored { line: row.line, settings, content: app.config.keyring.open(&row.text_sealed)? }))
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
    if let Some(current) = current.as_ref().filter(|current| current.line.sha256 == sha256 && current.settings == settings) {
        return Ok((Status::Unchanged, current.clone()));
    }
    let status = if current.is_some() { Status::Updated } else { Status::Created };
    let state = if app.config.runner.is_some() { "checking" } else { "published" };
    let line = Line {
        version: version + 1,
        sha256,
        size_bytes: u32::try_from(content.len()).map_err(AppError::internal)?,
        author: by.name.clone(),
        note: note.to_owned(),
        created_at: app.clock.now(),
        state: state.to_owned(),
        problem: None,
    };
    let next = Stored { line, settings, content };
    sql::add(&mut change, &row(app, &next)).await?;
    if state == "published" {
        sql::set_current(&mut change, next.line.version).await?;
    }
    let facts = |stored: &Stored| json!({ "version": stored.line.version, "sha256": stored.line.sha256, "note": stored.line.note });
    change.record("config.store", "config.toml", current.as_ref().map(facts), facts(&next));
    change.commit().await?;
    Ok((status, next))
}

fn check(current: Option<&Stored>, version: u64, expected: Expected<'_>) -> AppResult<()> {
    if expected.version.is_some_and(|believed| believed != version) {
        return Err(AppError::PreconditionFailed);
    }
    match (current, expected.sha256) {
        (Some(current), Some(believed)) if !believed.eq_ignore_ascii_case(&current.line.sha256) => {
            Err(AppError::invalid("sha256", "the configuration has changed since it was read: read it again and repeat the change"))
        }
        _ => Ok(()),
    }
}

fn row(app: &App, stored: &Stored) -> Row {
    let keyring = &app.config.keyring;
    Row {
        line: stored.line.clone(),
        settings_sealed: keyring.seal(&stored.settings.to_string()),
        text_sealed: keyring.seal(&stored.content),
    }
}
