//! Configuration, read once from the environment.

mod environment;

use std::net::IpAddr;
use std::time::Duration;

use axum::http::HeaderName;
use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::auth::proof::RunnerConfig;
use crate::crypto::Keyring;
use crate::limits::Limits;
use crate::mcp::McpConfig;
use crate::networks::Networks;
use crate::quota::ChatGptConfig;
use crate::usage::money;
use crate::usage::prices::{self, Rates};

pub use environment::variable;

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
    /// `ADMIN_BASE_URL`: what browsers reach the dashboard by, where that is another name. Default `PUBLIC_BASE_URL`.
    pub admin_base_url: String,
    /// `TOKEN_MIN_LENGTH`, default 24, at least 8.
    pub token_min_length: usize,
    /// `INSTALL_TOKEN_TTL_SECONDS`, default 1800.
    pub install_token_ttl: i64,
    /// `AUTH_SEED_TOKEN_TTL_SECONDS`, default 900.
    pub seed_token_ttl: i64,
    /// `CODEX_RELEASES_API_URL`, default `https://api.github.com`.
    pub releases_api: String,
    /// `CODEX_MIRROR_URL`: where hosts get release files instead, as `<url>/rust-v<version>/<file>`; absent: where the list says.
    pub mirror: Option<String>,
    /// `OPENAI_TOKEN_URL`, default `https://auth.openai.com/oauth/token`: where refresh tokens are spent.
    pub token_url: String,
    /// `AUTH_RUNNER_*`; `None`: logins are not proven.
    pub runner: Option<RunnerConfig>,
    /// `DATABASE_POOL_SIZE`, default 10; set 2 on Lambda, where a sandbox serves one request at a time.
    pub pool_size: u32,
    /// `TRUSTED_PROXIES`: networks whose `X-Forwarded-For` and `X-Real-IP` are believed. Default none.
    pub trusted_proxies: Networks,
    /// `ADMIN_ACCESS_MODE`, default `token`.
    pub admin_access: AdminAccess,
    /// `ADMIN_CERT_HEADER`: where a trusted proxy that verifies client certificates puts the SHA-256 fingerprint. Default none.
    pub admin_cert_header: Option<HeaderName>,
    /// `RATE_LIMIT_*`.
    pub limits: Limits,
    /// `AUTH_RUNNER_BYPASS_SUBNETS`, when `AUTH_RUNNER_IP_BYPASS` is on: from there every host's key works, and binds nothing.
    pub runner_networks: Networks,
    /// `INACTIVITY_WINDOW_DAYS`, default 30: hosts nobody used for so long are archived; 0: never. An operator's choice goes before it.
    pub inactivity_days: u16,
    /// `PRICING_URL`: the price list of an operator, read daily. Default none: built-in prices only.
    pub pricing_url: Option<String>,
    /// `GPT51_INPUT_PER_1K`, `GPT51_OUTPUT_PER_1K`, `GPT51_CACHED_PER_1K`, `PRICING_CURRENCY`: the default model's price where no
    /// list has it. Default the built-in one.
    pub gpt51: Option<Rates>,
    /// `USAGE_RETENTION_DAYS`, default 400: rows of usage are kept so long; sums by day for ever.
    pub usage_days: u32,
    /// `USAGE_INGEST_RETENTION_DAYS`, default 90: deliveries of usage are kept so long.
    pub usage_ingest_days: u32,
    /// `CHATGPT_*`.
    pub chatgpt: ChatGptConfig,
    /// `ALERT_HOST_SILENT_DAYS`, default 7: a host unseen for so long is an alert; 0: never.
    pub alert_silent_days: u16,
    /// `MCP_*`.
    pub mcp: McpConfig,
    /// Whether an answer may last: not where Lambda has set `AWS_LAMBDA_FUNCTION_NAME`, which hands answers over whole.
    pub streams: bool,
}

/// How administrators are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminAccess {
    /// A client certificate, and nothing else.
    Mtls,
    /// A token or a session; a certificate too.
    Token,
    /// Whoever reaches a loopback listener is an owner.
    Open,
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
                Ok(_) => Err(ConfigError::Bad(name, format!("\"{text}\" is less than {least}"))),
                Err(_) => Err(ConfigError::Bad(name, format!("\"{text}\" is not a whole number"))),
            },
        };
        // What is 0 or less switches a limit off.
        let small = |name, default: i64| number(name, default, i64::MIN).map(|n| u32::try_from(n.max(0)).unwrap_or(u32::MAX));
        let key = required("AUTH_ENCRYPTION_KEY")?;
        let public_base_url = base_url("PUBLIC_BASE_URL", &required("PUBLIC_BASE_URL")?)?;
        Ok(Self {
            database_url: DatabaseUrl(required("DATABASE_URL")?),
            keyring: Keyring::parse(&key).map_err(|why| ConfigError::Bad("AUTH_ENCRYPTION_KEY", why.to_owned()))?,
            installation_id: required("INSTALLATION_ID")?,
            admin_base_url: match lookup("ADMIN_BASE_URL") {
                Some(url) => base_url("ADMIN_BASE_URL", &url)?,
                None => public_base_url.clone(),
            },
            public_base_url,
            token_min_length: usize::try_from(number("TOKEN_MIN_LENGTH", 24, 8)?).unwrap_or(24),
            install_token_ttl: number("INSTALL_TOKEN_TTL_SECONDS", 1800, 1)?,
            seed_token_ttl: number("AUTH_SEED_TOKEN_TTL_SECONDS", 900, 1)?,
            releases_api: lookup("CODEX_RELEASES_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
            mirror: lookup("CODEX_MIRROR_URL").map(|url| base_url("CODEX_MIRROR_URL", &url)).transpose()?,
            token_url: lookup("OPENAI_TOKEN_URL").unwrap_or_else(|| "https://auth.openai.com/oauth/token".to_owned()),
            runner: runner(&lookup, number("AUTH_RUNNER_TIMEOUT", 60, 1)?, number("AUTH_RUNNER_PREFLIGHT_SECONDS", 28_800, 60)?)?,
            pool_size: u32::try_from(number("DATABASE_POOL_SIZE", 10, 1)?).unwrap_or(10),
            trusted_proxies: networks(&lookup, "TRUSTED_PROXIES")?,
            admin_access: admin_access(lookup("ADMIN_ACCESS_MODE").as_deref())?,
            admin_cert_header: cert_header(lookup("ADMIN_CERT_HEADER").as_deref())?,
            limits: Limits {
                global_hits: small("RATE_LIMIT_GLOBAL_PER_MINUTE", 120)?,
                global_window: small("RATE_LIMIT_GLOBAL_WINDOW", 60)?,
                failures: positive(small("RATE_LIMIT_AUTH_FAIL_COUNT", 20)?, 20),
                failure_window: positive(small("RATE_LIMIT_AUTH_FAIL_WINDOW", 600)?, 600),
                failure_block: positive(small("RATE_LIMIT_AUTH_FAIL_BLOCK", 1800)?, 1800),
            },
            runner_networks: if on(lookup("AUTH_RUNNER_IP_BYPASS").as_deref()) {
                networks(&lookup, "AUTH_RUNNER_BYPASS_SUBNETS")?
            } else {
                Networks::default()
            },
            inactivity_days: u16::try_from(number("INACTIVITY_WINDOW_DAYS", 30, 0)?).unwrap_or(u16::MAX).min(MAX_INACTIVITY_DAYS),
            pricing_url: pricing_url(lookup("PRICING_URL"))?,
            gpt51: gpt51(&lookup)?,
            usage_days: u32::try_from(number("USAGE_RETENTION_DAYS", 400, 1)?).unwrap_or(u32::MAX).min(36_500),
            usage_ingest_days: u32::try_from(number("USAGE_INGEST_RETENTION_DAYS", 90, 1)?).unwrap_or(u32::MAX).min(36_500),
            chatgpt: ChatGptConfig {
                base_url: chatgpt_url(lookup("CHATGPT_BASE_URL"))?,
                timeout: Duration::from_secs(number("CHATGPT_USAGE_TIMEOUT", 10, 1)?.unsigned_abs().min(60)),
                interval: TimeDelta::seconds(number("CHATGPT_USAGE_CRON_INTERVAL", 3600, 60)?.min(7 * 86_400)),
            },
            alert_silent_days: u16::try_from(number("ALERT_HOST_SILENT_DAYS", 7, 0)?).unwrap_or(u16::MAX),
            mcp: mcp(&lookup, number("MCP_FILE_MAX_BYTES", 1024 * 1024, 1)?, number("MCP_FILES_MAX_BYTES", 64 * 1024 * 1024, 0)?)?,
            streams: lookup("AWS_LAMBDA_FUNCTION_NAME").is_none(),
        })
    }

    /// Whether administration may be open to whoever reaches a listener on `address`; the error says what to do.
    pub fn check_listener(&self, address: IpAddr) -> Result<(), ConfigError> {
        if self.admin_access != AdminAccess::Open || address.is_loopback() {
            return Ok(());
        }
        let why = format!("\"none\" makes everybody who reaches {address} an owner: listen on 127.0.0.1, or use token or mtls");
        Err(ConfigError::Bad("ADMIN_ACCESS_MODE", why))
    }
}

/// The longest inactivity window, in days.
pub const MAX_INACTIVITY_DAYS: u16 = 60;

fn networks(lookup: &impl Fn(&'static str) -> Option<String>, name: &'static str) -> Result<Networks, ConfigError> {
    Networks::parse(&lookup(name).unwrap_or_default()).map_err(|why| ConfigError::Bad(name, why))
}

fn runner(lookup: &impl Fn(&'static str) -> Option<String>, timeout: i64, interval: i64) -> Result<Option<RunnerConfig>, ConfigError> {
    let Some(url) = lookup("AUTH_RUNNER_URL").map(|url| url.trim().to_owned()).filter(|url| url != "off") else { return Ok(None) };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(ConfigError::Bad("AUTH_RUNNER_URL", format!("\"{url}\" is neither off nor like http://auth-runner:8080/verify")));
    }
    Ok(Some(RunnerConfig {
        url,
        secret: lookup("AUTH_RUNNER_SECRET").map(|secret| secret.trim().to_owned()),
        timeout: Duration::from_secs(timeout.unsigned_abs().min(600)),
        interval: TimeDelta::seconds(interval.min(30 * 86_400)),
    }))
}

fn pricing_url(text: Option<String>) -> Result<Option<String>, ConfigError> {
    let Some(url) = text.map(|text| text.trim().to_owned()) else { return Ok(None) };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(ConfigError::Bad("PRICING_URL", format!("\"{url}\" is not like https://prices.example.com/codex.json")));
    }
    Ok(Some(url))
}

/// The price that the reference's variables name; what is not set is as built in.
fn gpt51(lookup: &impl Fn(&'static str) -> Option<String>) -> Result<Option<Rates>, ConfigError> {
    let names = ["GPT51_INPUT_PER_1K", "GPT51_OUTPUT_PER_1K", "GPT51_CACHED_PER_1K", "PRICING_CURRENCY"];
    if names.iter().all(|name| lookup(name).is_none()) {
        return Ok(None);
    }
    let amount = |name: &'static str, default: Decimal| match lookup(name) {
        None => Ok(default),
        Some(text) => money::parse(text.trim())
            .and_then(prices::valid)
            .ok_or_else(|| ConfigError::Bad(name, format!("\"{text}\" is not a price like 0.00125"))),
    };
    let currency = lookup("PRICING_CURRENCY").map_or_else(|| "USD".to_owned(), |text| text.trim().to_ascii_uppercase());
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(ConfigError::Bad("PRICING_CURRENCY", format!("\"{currency}\" is not like USD")));
    }
    let output = amount(names[1], Decimal::new(1, 2))?;
    let (input, cached) = (amount(names[0], Decimal::new(125, 5))?, amount(names[2], Decimal::new(125, 6))?);
    Ok(Some(Rates { currency, input, cached, output, reasoning: output }))
}

fn chatgpt_url(text: Option<String>) -> Result<String, ConfigError> {
    let url = text.unwrap_or_else(|| "https://chatgpt.com/backend-api".to_owned());
    let url = url.trim().trim_end_matches('/');
    if url.starts_with("http://") || url.starts_with("https://") {
        return Ok(url.to_owned());
    }
    Err(ConfigError::Bad("CHATGPT_BASE_URL", format!("\"{url}\" is not like https://chatgpt.com/backend-api")))
}

fn mcp(lookup: &impl Fn(&'static str) -> Option<String>, file: i64, all: i64) -> Result<McpConfig, ConfigError> {
    let (url, origins) = (lookup("PUBLIC_BASE_URL").unwrap_or_default(), lookup("MCP_ALLOWED_ORIGINS"));
    // Set by Lambda itself.
    let stops = lookup("AWS_LAMBDA_RUNTIME_API").is_some();
    McpConfig::new(&url, origins.as_deref(), file, all, stops).map_err(|(name, why)| ConfigError::Bad(name, why))
}

fn admin_access(text: Option<&str>) -> Result<AdminAccess, ConfigError> {
    match text.map(str::trim) {
        None | Some("token") => Ok(AdminAccess::Token),
        Some("mtls") => Ok(AdminAccess::Mtls),
        Some("none") => Ok(AdminAccess::Open),
        Some(other) => Err(ConfigError::Bad("ADMIN_ACCESS_MODE", format!("\"{other}\" is not mtls, token or none"))),
    }
}

fn cert_header(text: Option<&str>) -> Result<Option<HeaderName>, ConfigError> {
    let parse =
        |name: &str| name.trim().parse().map_err(|_| ConfigError::Bad("ADMIN_CERT_HEADER", format!("\"{name}\" is not a header name")));
    text.map(parse).transpose()
}

/// `1`, `true`, `yes` and `on`, as in the contract.
fn on(text: Option<&str>) -> bool {
    text.is_some_and(|text| matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on"))
}

/// A limit that cannot be switched off: 0 is the default.
const fn positive(value: u32, default: u32) -> u32 {
    if value == 0 { default } else { value }
}

/// Accepts `http(s)://host[:port][/path]` made of characters that need no quoting anywhere.
fn base_url(name: &'static str, text: &str) -> Result<String, ConfigError> {
    let url = text.trim().trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or("");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._~:/-[]".contains(&b);
    if rest.is_empty() || rest.starts_with('/') || !rest.bytes().all(plain) {
        return Err(ConfigError::Bad(name, format!("\"{text}\" is not like https://codex.example.com")));
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_cannot_carry_shell_characters() {
        for good in ["https://c.example", "http://127.0.0.1:8488/", "https://c.example/codex"] {
            assert!(base_url("PUBLIC_BASE_URL", good).is_ok(), "{good}");
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
            assert!(base_url("PUBLIC_BASE_URL", bad).is_err(), "{bad}");
        }
    }

    fn config(extra: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let given = [("DATABASE_URL", "mysql://x"), ("INSTALLATION_ID", "i"), ("PUBLIC_BASE_URL", "https://c.example")];
        Config::from_lookup(|name| match extra.iter().chain(&given).find(|(n, _)| *n == name) {
            Some((_, value)) => Some((*value).to_owned()),
            None if name == "AUTH_ENCRYPTION_KEY" => Some(Keyring::generate()),
            None => None,
        })
    }

    #[test]
    fn the_dashboard_may_have_a_name_of_its_own() {
        let one = config(&[]).unwrap();
        assert_eq!(one.admin_base_url, "https://c.example");
        let two = config(&[("ADMIN_BASE_URL", "https://admin.example/")]).unwrap();
        assert_eq!((two.public_base_url.as_str(), two.admin_base_url.as_str()), ("https://c.example", "https://admin.example"));
        assert!(config(&[("ADMIN_BASE_URL", "admin.example")]).is_err());
    }

    #[test]
    fn open_administration_needs_a_loopback_listener() {
        let open = config(&[("ADMIN_ACCESS_MODE", "none")]).unwrap();
        for loopback in ["127.0.0.1", "127.1.2.3", "::1"] {
            assert!(open.check_listener(loopback.parse().unwrap()).is_ok(), "{loopback}");
        }
        for reachable in ["0.0.0.0", "192.0.2.1", "::", "::ffff:127.0.0.1"] {
            assert!(open.check_listener(reachable.parse().unwrap()).is_err(), "{reachable}");
        }
        assert!(config(&[]).unwrap().check_listener("0.0.0.0".parse().unwrap()).is_ok());
    }

    #[test]
    fn limits_follow_the_contract() {
        let limits = |extra: &[(&str, &str)]| config(extra).unwrap().limits;
        let all = limits(&[]);
        assert_eq!((all.global_hits, all.global_window, all.failures, all.failure_window, all.failure_block), (120, 60, 20, 600, 1800));
        assert_eq!(limits(&[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).global_hits, 0, "0 switches it off");
        assert_eq!(limits(&[("RATE_LIMIT_GLOBAL_PER_MINUTE", "-5")]).global_hits, 0);
        assert_eq!(limits(&[("RATE_LIMIT_AUTH_FAIL_COUNT", "0")]).failures, 20, "this one cannot be switched off");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (name, value) in [
            ("TRUSTED_PROXIES", "10.0.0.0/x"),
            ("ADMIN_ACCESS_MODE", "off"),
            ("ADMIN_CERT_HEADER", "a b"),
            ("RATE_LIMIT_GLOBAL_WINDOW", "soon"),
            ("INACTIVITY_WINDOW_DAYS", "-1"),
            ("PRICING_URL", "prices.example.com"),
            ("GPT51_INPUT_PER_1K", "cheap"),
            ("PRICING_CURRENCY", "dollars"),
            ("USAGE_RETENTION_DAYS", "0"),
            ("CHATGPT_BASE_URL", "chatgpt.com"),
            ("CHATGPT_USAGE_CRON_INTERVAL", "59"),
            ("CODEX_MIRROR_URL", "mirror.example/$(id)"),
        ] {
            assert!(config(&[(name, value)]).unwrap_err().to_string().contains(name), "{name}");
        }
        let bypass = [("AUTH_RUNNER_IP_BYPASS", "on"), ("AUTH_RUNNER_BYPASS_SUBNETS", "10.0.0.0/x")];
        assert!(config(&bypass).is_err(), "a mask that is no number must not match everything");
        assert!(config(&[("AUTH_RUNNER_BYPASS_SUBNETS", "10.0.0.0/8")]).unwrap().runner_networks.is_empty(), "off by default");
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = Config::from_lookup(|_| None).unwrap_err().to_string();
        assert!(error.contains("AUTH_ENCRYPTION_KEY"), "{error}");
    }
}
