//! Brings an installation to where the server can start: the database, and a first owner.

use shared::access::{self, Role, tokens};
use shared::audit::Actor;
use shared::migrate::{self, CannotMigrate};
use shared::single_use::{self, Purpose};
use shared::{App, AppError};

use crate::state_dir::StateDir;

/// Why the server cannot start; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] CannotMigrate),
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
    Ok(migrate::run(app).await?)
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
    Ok(Some(format!("{}/admin/#{link}", app.config.admin_base_url)))
}
