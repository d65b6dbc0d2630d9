//! The installation that is copied.

use std::path::Path;

use shared::App;
use shared::config::variable;
use sqlx::MySqlConnection;

use super::client::{Client, is_encrypted};
use super::error::BackupError;
use super::manifest::{FORMAT, Manifest, PRODUCT_VERSION};
use crate::settings::{self, Urls};
use crate::state_dir::StateDir;
use crate::up::UpError;

/// The database it has, and what opens it.
#[derive(Clone)]
pub struct Place {
    /// The server's own state. Nothing is migrated: a copy is taken before an upgrade.
    pub app: App,
    key: String,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place(…)")
    }
}

impl Place {
    /// Of a state folder whose database, if it is a private one, runs.
    pub fn of(dir: &StateDir, app: App) -> Self {
        let key = variable("AUTH_ENCRYPTION_KEY").or_else(|| dir.read("encryption-key")).unwrap_or_default();
        Self { app, key }
    }

    /// `AUTH_ENCRYPTION_KEY`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The programs that reach its database.
    pub async fn client(&self) -> Result<Client, BackupError> {
        let encrypted = is_encrypted(&mut *self.app.db.acquire().await?).await?;
        Client::of(&self.app.config.database_url.0, encrypted)
    }

    /// What a copy made now says of itself. A key that does not open the database is noticed here, and not on the day the copy is needed.
    pub async fn manifest(&self) -> Result<Manifest, BackupError> {
        let mut conn = self.app.db.acquire().await?;
        let (migration,): (i64,) = sqlx::query_as("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut *conn).await?;
        let (database,): (String,) = sqlx::query_as("SELECT VERSION()").fetch_one(&mut *conn).await?;
        self.try_key(&mut conn).await?;
        Ok(Manifest {
            format: FORMAT,
            product_version: PRODUCT_VERSION.to_owned(),
            created_at: self.app.clock.now().to_rfc3339(),
            installation_id: self.app.config.installation_id.clone(),
            migration,
            database,
        })
    }

    async fn try_key(&self, conn: &mut MySqlConnection) -> Result<(), BackupError> {
        let login = "SELECT g.body_sealed FROM fleet f JOIN auth_generations g ON g.generation = f.auth_generation WHERE f.id = 1";
        for (what, sql) in [("the proof of the key", "SELECT key_check FROM fleet WHERE id = 1"), ("the login", login)] {
            let row: Option<(Option<String>,)> = sqlx::query_as(sql).fetch_optional(&mut *conn).await?;
            if let Some(sealed) = row.and_then(|(sealed,)| sealed)
                && self.app.config.keyring.open(&sealed).is_err()
            {
                return Err(BackupError::WrongKey(what.to_owned()));
            }
        }
        Ok(())
    }
}

/// Does something with the installation of a state folder, whether its server runs or not. Unlike the server it migrates nothing.
pub async fn with_place<T>(state_dir: &Path, act: impl AsyncFnOnce(&Place) -> Result<T, BackupError>) -> Result<T, BackupError> {
    let dir = open(state_dir)?;
    let database = settings::database(&dir).await?;
    let done = match settings::app(&dir, database.as_ref(), None, &Urls::default()) {
        Ok(app) => act(&Place::of(&dir, app)).await,
        Err(error) => Err(error.into()),
    };
    if let Some(database) = database {
        database.stop_if_ours().await;
    }
    done
}

/// A state folder.
pub fn open(path: &Path) -> Result<StateDir, BackupError> {
    StateDir::open(path).map_err(|error| UpError::StateDir(path.display().to_string(), error).into())
}
