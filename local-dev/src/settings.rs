//! Settings of this machine's installation: the environment first, then what the state folder keeps.

use shared::config::{Config, ConfigError, variable};
use shared::crypto::Keyring;
use shared::migrate::CannotMigrate;
use shared::{App, random};

use crate::database::Database;
use crate::prepare::PrepareError;
use crate::runner::Beside;
use crate::state_dir::StateDir;
use crate::up::UpError;

/// Opens the installation of `dir`. `base_url` is what hosts reach it by when nothing else is said.
pub fn app(dir: &StateDir, database: Option<&Database>, runner: Option<&Beside>, base_url: &str) -> Result<App, UpError> {
    let keep = |name: &str, make: fn() -> String| {
        dir.read_or(name, make).map_err(|error| UpError::StateDir(dir.path("").display().to_string(), error))
    };
    let (key, installation) = (keep("encryption-key", Keyring::generate)?, keep("installation-id", random::uuid)?);
    let config: Result<_, ConfigError> = Config::from_lookup(|name| {
        variable(name).or_else(|| match name {
            "AUTH_RUNNER_URL" => runner.map(|r| r.url.clone()),
            "AUTH_RUNNER_SECRET" => runner.map(|r| r.secret.clone()),
            "DATABASE_URL" => database.map(|d| d.url.clone()),
            "AUTH_ENCRYPTION_KEY" => Some(key.clone()),
            "INSTALLATION_ID" => Some(installation.clone()),
            "PUBLIC_BASE_URL" => Some(base_url.to_owned()),
            _ => None,
        })
    });
    Ok(App::new(config?).map_err(|error| PrepareError::from(CannotMigrate::Unreachable(error)))?)
}
