//! What a runner can be told.

use std::path::PathBuf;
use std::time::Duration;

use shared::config::{ConfigError, variable};
use subtle::ConstantTimeEq;

/// Everything a runner can be told. Each field names its variable.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `RUNNER_CODEX`: the Codex to run, an absolute path or a name on `PATH`; default `codex`.
    pub codex: PathBuf,
    /// `AUTH_RUNNER_SECRET`: what callers of `/verify` send as a bearer token. Default none: everybody may call.
    pub secret: Option<Secret>,
    /// `RUNNER_OPENAI_BASE_URL`: the model API for API keys, and for tests. Default: Codex's own.
    pub openai_base_url: Option<String>,
    /// `RUNNER_CHATGPT_BASE_URL`: `ChatGPT`'s API. Default: Codex's own.
    pub chatgpt_base_url: Option<String>,
    /// `RUNNER_TIMEOUT`, seconds, default 60: the longest probe, whatever a request asks for.
    pub most: Duration,
    /// `RUNNER_AT_ONCE`, default 1: how many probes run at the same time.
    pub at_once: usize,
}

impl Settings {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(variable)
    }

    /// Reads from `lookup`, which gives a variable's value or nothing.
    pub fn from_lookup(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let number = |name, default| number(name, lookup(name), default);
        Ok(Self {
            codex: lookup("RUNNER_CODEX").unwrap_or_else(|| "codex".to_owned()).into(),
            secret: lookup("AUTH_RUNNER_SECRET").as_deref().map(Secret::new),
            openai_base_url: lookup("RUNNER_OPENAI_BASE_URL"),
            chatgpt_base_url: lookup("RUNNER_CHATGPT_BASE_URL"),
            most: Duration::from_secs(number("RUNNER_TIMEOUT", 60)?.into()),
            at_once: usize::from(number("RUNNER_AT_ONCE", 1)?),
        })
    }
}

fn number(name: &'static str, text: Option<String>, default: u16) -> Result<u16, ConfigError> {
    let Some(text) = text else { return Ok(default) };
    let why = || ConfigError::Bad(name, format!("\"{text}\" is not a whole number from 1 to {}", u16::MAX));
    text.trim().parse().ok().filter(|value| *value > 0).ok_or_else(why)
}

/// What callers prove themselves with; `Debug` hides it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Blanks around it do not count.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Compares in a time that depends on the length alone.
    pub fn is(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_compared_whole_and_not_printed() {
        let secret = Secret::new(" s3cret\n");

        assert!(secret.is("s3cret"));
        for wrong in ["", "s3cre", "s3cret2", "S3cret"] {
            assert!(!secret.is(wrong), "{wrong}");
        }
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
