//! Settings of this machine's installation: the environment first, then what the state folder keeps.

use shared::config::{Config, ConfigError, variable};
use shared::crypto::Keyring;
use shared::migrate::CannotMigrate;
use shared::{App, random};

use crate::database::{self, Database, DatabaseError};
use crate::prepare::PrepareError;
use crate::runner::Beside;
use crate::state_dir::StateDir;
use crate::up::UpError;

/// What the server is reached by when no variable says it.
#[derive(Debug)]
pub struct Urls {
    /// By hosts.
    pub public: String,
    /// By administrators, where that is not the same.
    pub admin: Option<String>,
}

/// Of a command that serves nobody.
impl Default for Urls {
    fn default() -> Self {
        Self { public: "http://127.0.0.1".to_owned(), admin: None }
    }
}

/// The private database of `dir`, unless `DATABASE_URL` names another.
pub async fn database(dir: &StateDir) -> Result<Option<Database>, DatabaseError> {
    match variable("DATABASE_URL") {
        Some(_) => Ok(None),
        None => database::start(dir).await.map(Some),
    }
}

/// Opens the installation of `dir`.
pub fn app(dir: &StateDir, database: Option<&Database>, runner: Option<&Beside>, urls: &Urls) -> Result<App, UpError> {
    // What is given is not made: a second key that seals nothing would only mislead.
    let keep = |given: &str, name: &str, make: fn() -> String| match variable(given) {
        Some(_) => Ok(None),
        None => dir.read_or(name, make).map(Some).map_err(|error| UpError::StateDir(dir.path("").display().to_string(), error)),
    };
    let key = keep("AUTH_ENCRYPTION_KEY", "encryption-key", Keyring::generate)?;
    let installation = keep("INSTALLATION_ID", "installation-id", random::uuid)?;
    let config: Result<_, ConfigError> = Config::from_lookup(|name| {
        variable(name).or_else(|| match name {
            "AUTH_RUNNER_URL" => runner.map(|r| r.url.clone()),
            "AUTH_RUNNER_SECRET" => runner.map(|r| r.secret.clone()),
            "DATABASE_URL" => database.map(|d| d.url.clone()),
            "AUTH_ENCRYPTION_KEY" => key.clone(),
            "INSTALLATION_ID" => installation.clone(),
            "PUBLIC_BASE_URL" => Some(urls.public.clone()),
            "ADMIN_BASE_URL" => urls.admin.clone(),
            _ => None,
        })
    });
    Ok(App::new(config?).map_err(|error| PrepareError::from(CannotMigrate::Unreachable(error)))?)
}
