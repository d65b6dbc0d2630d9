//! The environment and the configuration Codex runs with: nothing that is not named here.

use std::path::Path;

use serde_json::Value;
use shared::config::variable;
use tokio::process::Command;

use crate::Settings;

/// Nobody listens on the discard port of a loopback address, so no refresh and no logout gets anywhere.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What Codex is told about the way out.
const PASSED_ON: [&str; 4] = ["HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "CODEX_CA_CERTIFICATE"];

/// Where Codex tries to refresh; its failure is what a refused access token looks like.
pub fn refresh_url() -> String {
    format!("{NOWHERE}/oauth/token")
}

/// The variables every probe gets, read once.
pub struct Environment(Vec<(&'static str, String)>);

impl Environment {
    /// Reads the process environment.
    pub fn new(settings: &Settings) -> Self {
        let path = variable("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".to_owned());
        let mut all = vec![("PATH", path)];
        all.extend(PASSED_ON.into_iter().filter_map(|name| Some((name, variable(name)?))));
        // Up to 0.118 Codex reads this, and not `openai_base_url`.
        all.extend(settings.openai_base_url.clone().map(|url| ("OPENAI_BASE_URL", url)));
        all.push(("CODEX_REFRESH_TOKEN_URL_OVERRIDE", refresh_url()));
        all.push(("CODEX_REVOKE_TOKEN_URL_OVERRIDE", format!("{NOWHERE}/oauth/revoke")));
        Self(all)
    }

    /// Gives `command` these variables and no others.
    pub fn apply(&self, command: &mut Command, home: &Path, codex_home: &Path) {
        command.env_clear().envs(self.0.iter().cloned()).env("HOME", home).env("CODEX_HOME", codex_home).current_dir(home);
    }
}

/// Codex's `config.toml`. Without the analytics switch an offline run waits five seconds at its end.
pub fn config_toml(settings: &Settings) -> String {
    let url = |name, url: &Option<String>| url.as_ref().map(|url| format!("{name} = {}\n", quoted(url))).unwrap_or_default();
    format!(
        "{}{}check_for_update_on_startup = false\ncli_auth_credentials_store = \"file\"\n[analytics]\nenabled = false\n",
        url("openai_base_url", &settings.openai_base_url),
        url("chatgpt_base_url", &settings.chatgpt_base_url),
    )
}

/// What JSON escapes, TOML's basic strings read back.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
