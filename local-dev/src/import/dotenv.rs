//! The old server's `.env`.

use std::collections::BTreeMap;

use crate::setup::env_file::EnvFile;

/// Variables that mean the same here: an operator carries them over by hand, since they are this server's environment.
const SHARED: [&str; 22] = [
    "AUTH_SEED_TOKEN_TTL_SECONDS",
    "CHATGPT_BASE_URL",
    "CHATGPT_USAGE_CRON_INTERVAL",
    "CHATGPT_USAGE_TIMEOUT",
    "GPT51_CACHED_PER_1K",
    "GPT51_INPUT_PER_1K",
    "GPT51_OUTPUT_PER_1K",
    "INSTALL_TOKEN_TTL_SECONDS",
    "MCP_ALLOWED_ORIGINS",
    "PRICING_CURRENCY",
    "PRICING_URL",
    "PUBLIC_BASE_URL",
    "RATE_LIMIT_AUTH_FAIL_BLOCK",
    "RATE_LIMIT_AUTH_FAIL_COUNT",
    "RATE_LIMIT_AUTH_FAIL_WINDOW",
    "RATE_LIMIT_GLOBAL_PER_MINUTE",
    "RATE_LIMIT_GLOBAL_WINDOW",
    "TOKEN_MIN_LENGTH",
    "ADMIN_ACCESS_MODE",
    "AUTH_RUNNER_IP_BYPASS",
    "AUTH_RUNNER_BYPASS_SUBNETS",
    "CODEX_SYNC_BASE_URL",
];

/// Names and values; a blank value counts as absent.
#[derive(Default)]
pub struct DotEnv(BTreeMap<String, String>);

impl DotEnv {
    /// Reads `NAME=value` lines: comments, `export` and quotes as shells and compose have them.
    pub fn parse(text: &str) -> Self {
        let file = EnvFile::parse(text);
        Self(file.pairs().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// One value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The names of what is set here and has the same meaning on this server.
    pub fn shared(&self) -> Vec<&'static str> {
        SHARED.into_iter().filter(|name| self.0.contains_key(*name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_compose_reads_it() {
        let text = "# AUTH_ENCRYPTION_KEY=no\nAUTH_ENCRYPTION_KEY=\"a+/=\"\r\nexport DB_PASSWORD='p#\"w'\nEMPTY=\nPRICING_URL = https://x # why\nnonsense\n";
        let env = DotEnv::parse(text);
        for (name, expected) in [
            ("AUTH_ENCRYPTION_KEY", Some("a+/=")),
            ("DB_PASSWORD", Some("p#\"w")),
            ("EMPTY", None),
            ("PRICING_URL", Some("https://x")),
            ("nonsense", None),
        ] {
            assert_eq!(env.get(name), expected, "{name}");
        }
        assert_eq!(env.shared(), ["PRICING_URL"]);
    }
}
