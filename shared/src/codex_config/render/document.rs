//! Settings as TOML in the layout of the oldest Codex; [`super::profiles`] and [`super::changes`] make it newer.

use toml_edit::{DocumentMut, Table};

use super::sections;
use super::write::{put, put_list, put_number, put_table};
use crate::codex_config::settings::{ApprovalPolicy, Effort, SandboxMode, Scope, Settings, Summary, Verbosity, WebSearch, wants_detail};

/// The document without custom TOML and managed defaults.
pub fn build(settings: &Settings, notes: &mut Vec<String>) -> DocumentMut {
    let mut document = DocumentMut::new();
    let root = document.as_table_mut();
    keys(root, &settings.scope, notes);
    put(root, "profile", settings.profile.as_ref());
    put_list(root, "notify", &settings.notify);
    put(root, "openai_base_url", settings.openai_base_url.as_ref());
    put_table(root, "features", sections::switches(&settings.scope.features));
    put_table(root, "notice", sections::switches(&settings.notice));
    put_table(root, "sandbox_workspace_write", sections::sandbox(&settings.scope.sandbox_workspace_write));
    put_table(root, "shell_environment_policy", sections::shell_environment(&settings.shell_environment_policy));
    let providers = settings.model_providers.iter().map(|provider| (provider.id.clone(), sections::provider(provider)));
    sections::put_all(root, "model_providers", providers);
    let profiles: Vec<_> = settings.profiles.iter().map(|profile| (profile.name.clone(), scope(&profile.scope, notes))).collect();
    sections::put_all(root, "profiles", profiles.into_iter());
    let servers = settings.mcp_servers.iter().map(|server| (server.name.clone(), sections::mcp_server(server)));
    sections::put_all(root, "mcp_servers", servers);
    put_table(root, "otel", sections::otel(&settings.otel));
    document
}

fn scope(scope: &Scope, notes: &mut Vec<String>) -> Table {
    let mut table = Table::new();
    keys(&mut table, scope, notes);
    put_table(&mut table, "features", sections::switches(&scope.features));
    put_table(&mut table, "sandbox_workspace_write", sections::sandbox(&scope.sandbox_workspace_write));
    table
}

fn keys(table: &mut Table, scope: &Scope, notes: &mut Vec<String>) {
    put(table, "model", scope.model.as_ref());
    put(table, "model_provider", scope.model_provider.as_ref());
    put(table, "approval_policy", scope.approval_policy.map(ApprovalPolicy::as_str));
    put(table, "sandbox_mode", scope.sandbox_mode.map(SandboxMode::as_str));
    put(table, "model_reasoning_effort", scope.model_reasoning_effort.map(Effort::as_str));
    put(table, "model_reasoning_summary", summary(scope, notes).map(Summary::as_str));
    put(table, "model_verbosity", scope.model_verbosity.map(Verbosity::as_str));
    put(table, "model_supports_reasoning_summaries", scope.model_supports_reasoning_summaries);
    put_number(table, "model_context_window", scope.model_context_window);
    put_number(table, "model_max_output_tokens", scope.model_max_output_tokens);
    put(table, "web_search", scope.web_search.map(WebSearch::as_str));
}

/// Some models only sum up in detail.
fn summary(scope: &Scope, notes: &mut Vec<String>) -> Option<Summary> {
    let chosen = scope.model_reasoning_summary?;
    let model = scope.model.as_deref().filter(|model| wants_detail(model));
    match (chosen, model) {
        (Summary::Auto | Summary::Concise, Some(model)) => {
            notes.push(format!("model_reasoning_summary is detailed: {model} has no other"));
            Some(Summary::Detailed)
        }
        _ => Some(chosen),
    }
}
