//! Brings a database to where the server can start: version, migrations, key.

use sqlx::migrate::MigrateError;

use crate::forwarder::Patience;
use crate::{App, AppError, MIGRATOR, fleet};

/// Why a database cannot be used; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CannotMigrate {
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
    /// The server's own query failed.
    #[error("the database refused: {0}")]
    Query(#[from] AppError),
}

impl From<sqlx::Error> for CannotMigrate {
    fn from(error: sqlx::Error) -> Self {
        Self::Query(error.into())
    }
}

/// Checks the server, migrates, checks the key. Several at once are one after the other: sqlx holds a lock of the database.
pub async fn run(app: &App) -> Result<(), CannotMigrate> {
    let _patience = Patience::begin();
    let (version,): (String,) = sqlx::query_as("SELECT VERSION()").fetch_one(&app.db).await.map_err(CannotMigrate::Unreachable)?;
    if !is_supported(&version) {
        return Err(CannotMigrate::TooOld(version));
    }
    MIGRATOR.run(&app.db).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => CannotMigrate::FromTheFuture(version),
        other => CannotMigrate::Migration(other),
    })?;
    let mut conn = app.db.acquire().await?;
    if fleet::check_key(&mut conn, &app.config.keyring).await? { Ok(()) } else { Err(CannotMigrate::WrongKey) }
}

/// MariaDB says `10.11.19-MariaDB…`, MySQL `8.0.36…`.
pub fn is_supported(version: &str) -> bool {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version.contains("MariaDB") { found >= (10, 11) } else { found >= (8, 0) }
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
