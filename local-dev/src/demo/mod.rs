//! A demo: the same server with a past. Ninety days are played through the real routes with a clock that is moved, so that
//! what is shown is true of itself: sums, audit chain, generations of the login, deliveries of alerts.

mod content;
mod dice;
mod hosts;
mod machines;
mod memories;
mod outside;
mod people;
mod play;
mod quota;
pub mod settings;
mod stage;
mod story;
mod usage;

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use shared::auth::{host_view, jwt, sql as auth_sql};
use shared::{App, AppResult};

pub use outside::{Outside, start};

use crate::prepare::PrepareError;
use crate::state_dir::StateDir;

/// What the demo could not do.
#[derive(Debug, thiserror::Error)]
#[error("the demo could not be made: {0}")]
pub struct DemoError(String);

impl From<io::Error> for DemoError {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<PrepareError> for DemoError {
    fn from(error: PrepareError) -> Self {
        Self(error.to_string())
    }
}

impl From<sqlx::Error> for DemoError {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}

/// What a state folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Nothing yet.
    New,
    /// A demo that is complete, made then.
    Demo(DateTime<Utc>),
    /// A demo that was not finished.
    Half,
    /// An installation that is no demo.
    Real,
}

/// Says that a folder is a demo's; the file holds when the demo was made, or nothing.
const MARK: &str = "demo";

impl Folder {
    /// Looks into a folder.
    pub fn of(dir: &StateDir) -> Self {
        match dir.read(MARK) {
            Some(made) => made.parse().map_or(Self::Half, Self::Demo),
            None if dir.path("encryption-key").exists() || dir.path("owner-token").exists() => Self::Real,
            None => Self::New,
        }
    }
}

/// Makes the demo where it is not there yet, and lets the outside world know what it has to. `true`: it was made now.
pub async fn prepare(app: &App, outside: &Outside, dir: &StateDir) -> Result<bool, DemoError> {
    let (made, new) = match Folder::of(dir) {
        Folder::Demo(made) => {
            remember(app, outside).await.map_err(|error| DemoError(error.to_string()))?;
            (made, false)
        }
        _ => (make(app, outside, dir).await?, true),
    };
    outside.openai.set_time(None);
    quota::tell(outside, made, app.clock.now());
    Ok(new)
}

/// While the server runs, the plan's windows go on filling.
pub async fn go_on(app: App, outside: &Outside, dir: &StateDir) {
    let made = match Folder::of(dir) {
        Folder::Demo(made) => made,
        _ => app.clock.now(),
    };
    loop {
        quota::tell(outside, made, app.clock.now());
        tokio::time::sleep(Duration::from_mins(5)).await;
    }
}

async fn make(app: &App, outside: &Outside, dir: &StateDir) -> Result<DateTime<Utc>, DemoError> {
    let made = app.clock.now();
    // What is lost when the machine stops now is made again.
    sqlx::query("SET GLOBAL innodb_flush_log_at_trx_commit = 0").execute(&app.db).await?;
    play::play(app, outside, dir, made).await?;
    sqlx::query("SET GLOBAL innodb_flush_log_at_trx_commit = 1").execute(&app.db).await?;
    dir.write(MARK, &made.to_rfc3339())?;
    Ok(made)
}

/// OpenAI's stand-in is new in each process: it is told which login the server holds.
async fn remember(app: &App, outside: &Outside) -> AppResult<()> {
    let mut conn = app.db.acquire().await?;
    let generation = auth_sql::generation(&mut conn).await?;
    if let Some(login) = host_view::current(app, &mut conn, generation).await? {
        let token = |name: &str| login.token(name).unwrap_or_default();
        let access = token("access_token");
        let known = serde_json::json!({ "tokens": { "access_token": access, "refresh_token": token("refresh_token") } });
        outside.remember(&known, jwt::expires_at(access).unwrap_or(0));
    }
    Ok(())
}

/// Empties what a demo left that was not finished, and says that this folder is a demo's.
pub async fn claim(dir: &StateDir, database_url: &str) -> Result<(), DemoError> {
    use sqlx::Connection;
    if Folder::of(dir) == Folder::Half {
        let mut conn = sqlx::MySqlConnection::connect(database_url).await?;
        for sql in ["DROP DATABASE codex_auth", "CREATE DATABASE codex_auth"] {
            sqlx::query(sql).execute(&mut conn).await?;
        }
        std::fs::remove_file(dir.path("owner-token"))
            .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    }
    if !matches!(Folder::of(dir), Folder::Demo(_)) {
        dir.write(MARK, "")?;
    }
    Ok(())
}
