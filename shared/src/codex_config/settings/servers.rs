//! Model providers and MCP servers.

use indexmap::IndexMap;
use serde::Serialize;

use super::reader::Fields;
use super::words::{ToolsApproval, WireApi};

/// A model provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Provider {
    pub id: String,
    pub name: Option<String>,
    pub base_url: Option<String>,
    pub env_key: Option<String>,
    pub env_key_instructions: Option<String>,
    pub wire_api: Option<WireApi>,
    pub requires_openai_auth: Option<bool>,
    pub query_params: IndexMap<String, String>,
    pub http_headers: IndexMap<String, String>,
    pub env_http_headers: IndexMap<String, String>,
    pub request_max_retries: Option<u64>,
    pub stream_max_retries: Option<u64>,
    pub stream_idle_timeout_ms: Option<u64>,
}

/// Providers that Codex has built in.
pub const BUILT_IN: [&str; 5] = ["openai", "ollama", "ollama-chat", "lmstudio", "amazon-bedrock"];

impl Provider {
    pub(super) fn read(fields: &mut Fields) -> Self {
        let provider = Self {
            id: fields.required("id"),
            name: fields.text("name"),
            base_url: fields.text("base_url"),
            env_key: fields.text("env_key"),
            env_key_instructions: fields.text("env_key_instructions"),
            wire_api: fields.word("wire_api"),
            requires_openai_auth: fields.flag("requires_openai_auth"),
            query_params: fields.texts("query_params"),
            http_headers: fields.texts("http_headers"),
            env_http_headers: fields.texts("env_http_headers"),
            request_max_retries: fields.number("request_max_retries"),
            stream_max_retries: fields.number("stream_max_retries"),
            stream_idle_timeout_ms: fields.number("stream_idle_timeout_ms"),
        };
        if BUILT_IN.contains(&provider.id.as_str()) {
            fields.refuse("id", "Codex has this provider built in: openai_base_url moves it, or take another id");
        }
        provider
    }
}

/// An MCP server: a program, or an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct McpServer {
    pub name: String,
    pub command: Option<String>,
    pub args: Vec<String>,
    pub env: IndexMap<String, String>,
    pub cwd: Option<String>,
    pub url: Option<String>,
    /// Rendered as a header: no Codex takes the key.
    pub bearer_token: Option<String>,
    pub bearer_token_env_var: Option<String>,
    pub http_headers: IndexMap<String, String>,
    pub env_http_headers: IndexMap<String, String>,
    pub enabled: Option<bool>,
    pub startup_timeout_sec: Option<u64>,
    pub tool_timeout_sec: Option<u64>,
    pub enabled_tools: Vec<String>,
    pub disabled_tools: Vec<String>,
    pub default_tools_approval_mode: Option<ToolsApproval>,
}

impl McpServer {
    pub(super) fn read(fields: &mut Fields) -> Self {
        let server = Self {
            name: fields.required("name"),
            command: fields.text("command"),
            args: fields.list("args"),
            env: fields.texts("env"),
            cwd: fields.text("cwd"),
            url: fields.text("url"),
            bearer_token: fields.text("bearer_token"),
            bearer_token_env_var: fields.text("bearer_token_env_var"),
            http_headers: fields.texts("http_headers"),
            env_http_headers: fields.texts("env_http_headers"),
            enabled: fields.flag("enabled"),
            startup_timeout_sec: fields.number("startup_timeout_sec"),
            tool_timeout_sec: fields.number("tool_timeout_sec"),
            enabled_tools: fields.list("enabled_tools"),
            disabled_tools: fields.list("disabled_tools"),
            default_tools_approval_mode: fields.word("default_tools_approval_mode"),
        };
        server.check(fields);
        server
    }

    /// Codex refuses the whole file when a server is half program and half address.
    fn check(&self, fields: &mut Fields) {
        match (&self.command, &self.url) {
            (None, None) => fields.refuse("command", "a server needs a command or a url"),
            (Some(_), Some(_)) => fields.refuse("url", "a server has a command or a url, not both"),
            _ => {}
        }
        let of_programs = [("args", !self.args.is_empty()), ("env", !self.env.is_empty()), ("cwd", self.cwd.is_some())];
        let of_addresses = [
            ("bearer_token", self.bearer_token.is_some()),
            ("bearer_token_env_var", self.bearer_token_env_var.is_some()),
            ("http_headers", !self.http_headers.is_empty()),
            ("env_http_headers", !self.env_http_headers.is_empty()),
        ];
        let (wrong, kind) = if self.url.is_some() { (&of_programs[..], "a url") } else { (&of_addresses[..], "a command") };
        for (name, _) in wrong.iter().filter(|(_, set)| *set) {
            fields.refuse(name, format!("a server with {kind} cannot have {name}"));
        }
        if self.bearer_token.is_some() && self.http_headers.keys().any(|name| name.eq_ignore_ascii_case("authorization")) {
            fields.refuse("bearer_token", "http_headers has an Authorization already");
        }
    }
}
