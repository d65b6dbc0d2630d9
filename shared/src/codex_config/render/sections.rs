//! The tables of `config.toml`.

use indexmap::IndexMap;
use toml_edit::{InlineTable, Table, Value};

use super::write::{put, put_list, put_number, put_table, put_texts};
use crate::codex_config::settings::{
    Exporter, ExporterKind, Inherit, McpServer, Otel, Protocol, Provider, Sandbox, ShellEnvironment, ToolsApproval, WireApi,
};

pub fn switches(flags: &IndexMap<String, bool>) -> Table {
    let mut table = Table::new();
    for (name, on) in flags {
        put(&mut table, name, Some(*on));
    }
    table
}

pub fn sandbox(sandbox: &Sandbox) -> Table {
    let mut table = Table::new();
    put(&mut table, "network_access", sandbox.network_access);
    put(&mut table, "exclude_tmpdir_env_var", sandbox.exclude_tmpdir_env_var);
    put(&mut table, "exclude_slash_tmp", sandbox.exclude_slash_tmp);
    put_list(&mut table, "writable_roots", &sandbox.writable_roots);
    table
}

pub fn shell_environment(policy: &ShellEnvironment) -> Table {
    let mut table = Table::new();
    put(&mut table, "inherit", policy.inherit.map(Inherit::as_str));
    put_texts(&mut table, "set", &policy.set);
    put(&mut table, "ignore_default_excludes", policy.ignore_default_excludes);
    put_list(&mut table, "exclude", &policy.exclude);
    put_list(&mut table, "include_only", &policy.include_only);
    table
}

pub fn provider(provider: &Provider) -> Table {
    let mut table = Table::new();
    // Codex wants a name that is not empty.
    put(&mut table, "name", Some(provider.name.as_ref().unwrap_or(&provider.id)));
    put(&mut table, "base_url", provider.base_url.as_ref());
    put(&mut table, "env_key", provider.env_key.as_ref());
    put(&mut table, "env_key_instructions", provider.env_key_instructions.as_ref());
    put(&mut table, "wire_api", provider.wire_api.map(WireApi::as_str));
    put(&mut table, "requires_openai_auth", provider.requires_openai_auth);
    put_texts(&mut table, "query_params", &provider.query_params);
    put_texts(&mut table, "http_headers", &provider.http_headers);
    put_texts(&mut table, "env_http_headers", &provider.env_http_headers);
    put_number(&mut table, "request_max_retries", provider.request_max_retries);
    put_number(&mut table, "stream_max_retries", provider.stream_max_retries);
    put_number(&mut table, "stream_idle_timeout_ms", provider.stream_idle_timeout_ms);
    table
}

pub fn mcp_server(server: &McpServer) -> Table {
    let mut headers = server.http_headers.clone();
    if let Some(token) = &server.bearer_token {
        headers.insert("Authorization".into(), format!("Bearer {token}"));
    }
    let mut table = Table::new();
    put(&mut table, "command", server.command.as_ref());
    put_list(&mut table, "args", &server.args);
    put_texts(&mut table, "env", &server.env);
    put(&mut table, "cwd", server.cwd.as_ref());
    put(&mut table, "url", server.url.as_ref());
    put(&mut table, "bearer_token_env_var", server.bearer_token_env_var.as_ref());
    put_texts(&mut table, "http_headers", &headers);
    put_texts(&mut table, "env_http_headers", &server.env_http_headers);
    put(&mut table, "enabled", server.enabled);
    put_number(&mut table, "startup_timeout_sec", server.startup_timeout_sec);
    put_number(&mut table, "tool_timeout_sec", server.tool_timeout_sec);
    put_list(&mut table, "enabled_tools", &server.enabled_tools);
    put_list(&mut table, "disabled_tools", &server.disabled_tools);
    put(&mut table, "default_tools_approval_mode", server.default_tools_approval_mode.map(ToolsApproval::as_str));
    table
}

pub fn otel(otel: &Otel) -> Table {
    let mut table = Table::new();
    put(&mut table, "environment", otel.environment.as_ref());
    put(&mut table, "exporter", exporter(&otel.logs));
    put(&mut table, "trace_exporter", exporter(&otel.trace_exporter));
    put(&mut table, "metrics_exporter", exporter(&otel.metrics_exporter));
    put(&mut table, "log_user_prompt", otel.log_user_prompt);
    if !table.is_empty() && !table.contains_key("exporter") {
        put(&mut table, "exporter", Some("none"));
    }
    table
}

/// The shape is the same from 0.63 to 0.169; over HTTP the protocol is required.
fn exporter(exporter: &Exporter) -> Option<Value> {
    let kind = exporter.exporter?;
    if kind == ExporterKind::None {
        return Some(kind.as_str().into());
    }
    let mut inner = Table::new();
    put(&mut inner, "endpoint", exporter.endpoint.as_ref());
    if kind == ExporterKind::OtlpHttp {
        put(&mut inner, "protocol", Some(exporter.protocol.unwrap_or(Protocol::Binary).as_str()));
    }
    put_texts(&mut inner, "headers", &exporter.headers);
    let mut outer = InlineTable::new();
    outer.insert(kind.as_str(), inner.into_inline_table().into());
    Some(outer.into())
}

/// Adds tables by name below one that has no header.
pub fn put_all(parent: &mut Table, key: &str, tables: impl Iterator<Item = (String, Table)>) {
    let mut all = super::write::parent();
    for (name, table) in tables {
        all.insert(&name, table.into());
    }
    put_table(parent, key, all);
}
