//! Brings a database to where the server can start: version, migrations, key, first owner.

use shared::access::{self, Role, tokens};
use shared::audit::Actor;
use shared::single_use::{self, Purpose};
use shared::{App, AppError, MIGRATOR, fleet};
use sqlx::migrate::MigrateError;

use crate::state_dir::StateDir;

/// Why the server cannot start; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// Nobody answers.
    #[error("the database does not answer ({0}): check DATABASE_URL")]
    Unreachable(sqlx::Error),
    /// Older than what is supported.
    #[error("the database is {0}: MySQL 8.0 or MariaDB 10.11, or later, is needed")]
    TooOld(String),
    /// A newer release has been here.
    #[error("this database was migrated by a newer release (migration {0} is unknown here): run that release, or restore a backup")]
    FromTheFuture(i64),
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Migration(MigrateError),
    /// Another installation's key.
    #[error("AUTH_ENCRYPTION_KEY is not the key this database was sealed with: put back the key of this installation")]
    WrongKey,
    /// The state folder failed.
    #[error("the state folder cannot be written: {0}")]
    State(#[from] std::io::Error),
    /// The server's own query failed.
    #[error("the database refused: {0}")]
    Query(#[from] AppError),
}

impl From<sqlx::Error> for PrepareError {
    fn from(error: sqlx::Error) -> Self {
        Self::Query(error.into())
    }
}

/// Checks the server, migrates, checks the key.
pub async fn database(app: &App) -> Result<(), PrepareError> {
    let (version,): (String,) = sqlx::query_as("SELECT VERSION()").fetch_one(&app.db).await.map_err(PrepareError::Unreachable)?;
    if !is_supported(&version) {
        return Err(PrepareError::TooOld(version));
    }
    MIGRATOR.run(&app.db).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => PrepareError::FromTheFuture(version),
        other => PrepareError::Migration(other),
    })?;
    let mut conn = app.db.acquire().await?;
    if fleet::check_key(&mut conn, &app.config.keyring).await? { Ok(()) } else { Err(PrepareError::WrongKey) }
}

/// MariaDB says `10.11.19-MariaDB…`, MySQL `8.0.36…`.
fn is_supported(version: &str) -> bool {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version.contains("MariaDB") { found >= (10, 11) } else { found >= (8, 0) }
}

/// Makes sure there is an owner token in the state folder, and gives a one-time sign-in link for it; `None`: it was revoked.
pub async fn owner(app: &App, dir: &StateDir) -> Result<Option<String>, PrepareError> {
    let known = match dir.read("owner-token") {
        Some(token) => tokens::id_of(app, &token).await?,
        None => None,
    };
    let id = if let Some(id) = known {
        id
    } else {
        let (id, token) = tokens::mint(app, &Actor::system("local-dev"), "first owner", Role::Owner, None).await?;
        dir.write("owner-token", &token)?;
        id
    };
    if !tokens::works(app, id).await? {
        return Ok(None);
    }
    let mut conn = app.db.acquire().await?;
    let (link, _) = single_use::mint(&mut conn, app.clock.now(), Purpose::SignIn, access::SIGN_IN_TTL, None, Some(id)).await?;
    Ok(Some(format!("{}/admin/#{link}", app.config.public_base_url)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn old_servers_are_recognised() {
        for good in ["10.11.19-MariaDB-0+deb12u1", "11.4.2-MariaDB", "8.0.36", "9.7.4", "8.4.0-0ubuntu1"] {
            assert!(super::is_supported(good), "{good}");
        }
        for bad in ["10.6.1-MariaDB", "5.7.44", "5.5.5-10.5.0-MariaDB", "?"] {
            assert!(!super::is_supported(bad), "{bad}");
        }
    }
}
