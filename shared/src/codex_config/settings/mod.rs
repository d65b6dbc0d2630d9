//! What an operator chose, typed. What comes in through the API comes out again.

mod pairs;
mod parts;
mod reader;
mod scope;
mod servers;
mod words;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::error::FieldErrors;
pub use pairs::{refusal, wants_detail};
pub use parts::{Defaults, Exporter, Otel, Sandbox, ShellEnvironment};
use reader::Fields;
pub use scope::{Profile, Scope};
pub use servers::{BUILT_IN, McpServer, Provider};
pub use words::{
    ApprovalPolicy, Effort, ExporterKind, Inherit, Protocol, SandboxMode, Summary, ToolsApproval, Verbosity, WebSearch, WireApi, Word,
};

/// The fleet's Codex settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    #[serde(flatten)]
    pub scope: Scope,
    /// The profile that is on unless a person names another.
    pub profile: Option<String>,
    pub notify: Vec<String>,
    pub openai_base_url: Option<String>,
    /// Whether hosts get the managed MCP server.
    pub orchestrator_mcp_enabled: bool,
    pub notice: IndexMap<String, bool>,
    pub shell_environment_policy: ShellEnvironment,
    pub model_providers: Vec<Provider>,
    pub profiles: Vec<Profile>,
    pub mcp_servers: Vec<McpServer>,
    pub otel: Otel,
    pub managed: Defaults,
    /// Further TOML; it may not say what the settings say.
    pub custom_toml: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self::parse(&Value::Object(serde_json::Map::new())).expect("no setting is required")
    }
}

impl Settings {
    /// Reads settings. Texts may be numbers, switches words, lists lines; a member that is unknown, twice there or
    /// impossible is an error at its path, so that nothing an operator chose is lost without a word.
    pub fn parse(value: &Value) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let settings = reader::object(String::new(), value.clone(), &mut errors, Self::read);
        match settings {
            Some(settings) if errors.is_empty() => Ok(settings),
            _ => Err(errors),
        }
    }

    /// The form that [`Settings::parse`] reads; what is not set is `null` or empty.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("settings are plain data")
    }

    fn read(fields: &mut Fields) -> Self {
        let settings = Self {
            scope: Scope::read(fields),
            profile: fields.text("profile"),
            notify: fields.list("notify"),
            openai_base_url: fields.text("openai_base_url"),
            orchestrator_mcp_enabled: fields.flag("orchestrator_mcp_enabled").unwrap_or(true),
            notice: fields.flags("notice"),
            shell_environment_policy: fields.table("shell_environment_policy", ShellEnvironment::read),
            model_providers: fields.entries("model_providers", Provider::read),
            profiles: fields.entries("profiles", Profile::read),
            mcp_servers: fields.entries("mcp_servers", McpServer::read),
            otel: fields.table("otel", Otel::read),
            managed: fields.table("managed", Defaults::read),
            custom_toml: fields.text("custom_toml"),
        };
        settings.check(fields);
        settings
    }

    fn check(&self, fields: &mut Fields) {
        refuse_twice(fields, "model_providers", "id", self.model_providers.iter().map(|provider| provider.id.clone()));
        // Files on some hosts have no case.
        refuse_twice(fields, "profiles", "name", self.profiles.iter().map(|profile| profile.name.to_ascii_lowercase()));
        refuse_twice(fields, "mcp_servers", "name", self.mcp_servers.iter().map(|server| server.name.clone()));
        if let Some(why) = self.scope.pair_refusal(&Scope::default()) {
            fields.refuse("model_reasoning_effort", why);
        }
        for (at, profile) in self.profiles.iter().enumerate() {
            let chooses = profile.scope.model.is_some() || profile.scope.model_reasoning_effort.is_some();
            let field = if profile.scope.model_reasoning_effort.is_some() { "model_reasoning_effort" } else { "model" };
            if let Some(why) = profile.scope.pair_refusal(&self.scope).filter(|_| chooses) {
                fields.refuse(&format!("profiles[{at}].{field}"), why);
            }
        }
    }
}

/// The same errors in a body that has the settings in this field.
pub fn within(field: &str, errors: FieldErrors) -> FieldErrors {
    let path = |path: String| if path == field { path } else { format!("{field}.{path}") };
    errors.into_iter().map(|(at, messages)| (path(at), messages)).collect()
}

fn refuse_twice(fields: &mut Fields, list: &str, member: &str, names: impl Iterator<Item = String>) {
    let mut seen = HashSet::new();
    for (at, name) in names.enumerate() {
        if !name.is_empty() && !seen.insert(name.clone()) {
            fields.refuse(&format!("{list}[{at}].{member}"), format!("there is another \"{name}\""));
        }
    }
}
