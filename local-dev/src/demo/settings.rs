//! The demo's settings: nothing of the environment but where it is reached, and no address outside this machine.

use shared::config::{Config, ConfigError, variable};
use shared::crypto::Keyring;
use shared::migrate::CannotMigrate;
use shared::{App, random};

use super::outside::Outside;
use crate::database::Database;
use crate::prepare::PrepareError;
use crate::settings::Urls;
use crate::state_dir::StateDir;
use crate::up::UpError;

/// Opens the demo of `dir`.
pub fn app(dir: &StateDir, database: &Database, outside: &Outside, urls: &Urls) -> Result<App, UpError> {
    let keep = |name: &str, make: fn() -> String| {
        dir.read_or(name, make).map_err(|error| UpError::StateDir(dir.path("").display().to_string(), error))
    };
    let (key, installation) = (keep("encryption-key", Keyring::generate)?, keep("installation-id", random::uuid)?);
    let openai = outside.openai.url();
    let config: Result<_, ConfigError> = Config::from_lookup(|name| match name {
        "DATABASE_URL" => Some(database.url.clone()),
        "AUTH_ENCRYPTION_KEY" => Some(key.clone()),
        "INSTALLATION_ID" => Some(installation.clone()),
        "PUBLIC_BASE_URL" => variable(name).or_else(|| Some(urls.public.clone())),
        "ADMIN_BASE_URL" => variable(name).or_else(|| urls.admin.clone()),
        "TRUSTED_PROXIES" => variable(name),
        "OPENAI_TOKEN_URL" => Some(format!("{openai}/oauth/token")),
        "CODEX_RELEASES_API_URL" => Some(openai.clone()),
        "CHATGPT_BASE_URL" => Some(format!("{openai}/backend-api")),
        "PRICING_URL" => Some(format!("{}/prices.json", outside.receiver)),
        "AUTH_RUNNER_URL" => Some(outside.runner.clone()),
        "AUTH_RUNNER_SECRET" => Some(outside.secret.clone()),
        // Installers that nobody ran are there for a week, and so are their hosts.
        "INSTALL_TOKEN_TTL_SECONDS" => Some("604800".to_owned()),
        // Ninety days pass in seconds.
        "RATE_LIMIT_GLOBAL_PER_MINUTE" => Some("0".to_owned()),
        _ => None,
    });
    Ok(App::new(config?).map_err(|error| PrepareError::from(CannotMigrate::Unreachable(error)))?)
}
