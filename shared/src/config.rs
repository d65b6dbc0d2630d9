//! Configuration, read once from the environment.

use crate::crypto::Keyring;

/// Everything the server can be told. Each field names its variable.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`: MySQL 8+ or MariaDB 10.11+, `mysql://user:password@host:port/name`.
    pub database_url: DatabaseUrl,
    /// `AUTH_ENCRYPTION_KEY`: base64 of 32 bytes; several, comma-separated, newest first, while keys rotate.
    pub keyring: Keyring,
    /// `INSTALLATION_ID`: a UUID; a host that belongs to another installation is refused.
    pub installation_id: String,
    /// `PUBLIC_BASE_URL`: what hosts reach this server by, without a trailing slash. Never taken from a request header.
    pub public_base_url: String,
    /// `TOKEN_MIN_LENGTH`, default 24, at least 8.
    pub token_min_length: usize,
    /// `INSTALL_TOKEN_TTL_SECONDS`, default 1800.
    pub install_token_ttl: i64,
    /// `AUTH_SEED_TOKEN_TTL_SECONDS`, default 900.
    pub seed_token_ttl: i64,
    /// `CODEX_RELEASES_API_URL`, default `https://api.github.com`.
    pub releases_api: String,
    /// `DATABASE_POOL_SIZE`, default 10; set 2 on Lambda, where a sandbox serves one request at a time.
    pub pool_size: u32,
}

/// A database address; `Debug` hides it, since it holds a password.
#[derive(Clone)]
pub struct DatabaseUrl(pub String);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// What is wrong with the environment, in a sentence that names the variable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable without a default is not there.
    #[error("{0} is not set: see .env.sample for what it means")]
    Missing(&'static str),
    /// A variable has a value that cannot be used.
    #[error("{0} cannot be used: {1}")]
    Bad(&'static str, String),
}

impl Config {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(variable)
    }

    /// Reads from `lookup`, which gives a variable's value or nothing.
    pub fn from_lookup(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let required = |name| lookup(name).ok_or(ConfigError::Missing(name));
        let number = |name, default: i64, least: i64| match lookup(name) {
            None => Ok(default),
            Some(text) => match text.trim().parse::<i64>() {
                Ok(value) if value >= least => Ok(value),
                _ => Err(ConfigError::Bad(name, format!("\"{text}\" is not a whole number of at least {least}"))),
            },
        };
        let key = required("AUTH_ENCRYPTION_KEY")?;
        Ok(Self {
            database_url: DatabaseUrl(required("DATABASE_URL")?),
            keyring: Keyring::parse(&key).map_err(|why| ConfigError::Bad("AUTH_ENCRYPTION_KEY", why.to_owned()))?,
            installation_id: required("INSTALLATION_ID")?,
            public_base_url: base_url(&required("PUBLIC_BASE_URL")?)?,
            token_min_length: usize::try_from(number("TOKEN_MIN_LENGTH", 24, 8)?).unwrap_or(24),
            install_token_ttl: number("INSTALL_TOKEN_TTL_SECONDS", 1800, 1)?,
            seed_token_ttl: number("AUTH_SEED_TOKEN_TTL_SECONDS", 900, 1)?,
            releases_api: lookup("CODEX_RELEASES_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
            pool_size: u32::try_from(number("DATABASE_POOL_SIZE", 10, 1)?).unwrap_or(10),
        })
    }
}

/// One variable of the process environment; a blank one counts as absent.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Accepts `http(s)://host[:port][/path]` made of characters that need no quoting anywhere.
fn base_url(text: &str) -> Result<String, ConfigError> {
    let url = text.trim().trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or("");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._~:/-[]".contains(&b);
    if rest.is_empty() || rest.starts_with('/') || !rest.bytes().all(plain) {
        return Err(ConfigError::Bad("PUBLIC_BASE_URL", format!("\"{text}\" is not like https://codex.example.com")));
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_cannot_carry_shell_characters() {
        for good in ["https://c.example", "http://127.0.0.1:8488/", "https://c.example/codex"] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "c.example",
            "ftp://c.example",
            "https://",
            "https:///x",
            "https://c.example/$(id)",
            "https://c'.example",
            "https://u@c.example",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = Config::from_lookup(|_| None).unwrap_err().to_string();
        assert!(error.contains("AUTH_ENCRYPTION_KEY"), "{error}");
    }
}
