//! What the product adds: the managed MCP server, telemetry, and defaults that an operator's own word overrules.

use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};

use super::sections;
use super::write::{parent, put, put_table};
use super::{Managed, Target};
use crate::codex_config::settings::{Exporter, ExporterKind, Otel, Protocol, Settings};
use crate::codex_config::version::Version;

/// The managed server, and what others called it.
const MANAGED: [&str; 3] = ["cdx", "codex-memory", "codex-orchestrator"];

/// From here a run leaves a daemon behind.
const DAEMON: Version = Version(0, 157, 0);

const NOTICES: [&str; 3] = ["hide_gpt5_1_migration_prompt", "hide_gpt-5.1-codex-max_migration_prompt", "hide_rate_limit_model_nudge"];

/// Adds them.
pub fn add(document: &mut DocumentMut, settings: &Settings, target: &Target, version: Version, notes: &mut Vec<String>) {
    let root = document.as_table_mut();
    if settings.managed.no_daemon && version >= DAEMON {
        fill(root, "features", &["daemon_auto_start"], false);
    }
    if settings.managed.hide_notices {
        fill(root, "notice", &NOTICES, true);
    }
    let managed = target.managed.as_ref().filter(|managed| !managed.base_url.is_empty() && !managed.key.is_empty());
    if let Some(managed) = managed.filter(|_| settings.orchestrator_mcp_enabled) {
        add_server(root, managed, settings.managed.approve_managed_tools, notes);
    }
    if let Some(managed) = managed.filter(|_| settings.managed.telemetry && !root.contains_key("otel")) {
        add_telemetry(root, managed);
    }
}

/// Sets switches that nobody has set.
fn fill(root: &mut Table, table: &str, names: &[&str], on: bool) {
    let item = root.entry(table).or_insert_with(|| Item::Table(Table::new()));
    let Some(table) = item.as_table_like_mut() else { return };
    for name in names {
        if !table.contains_key(name) {
            table.insert(name, Item::Value(on.into()));
        }
    }
}

/// Codex posts to exactly this address; with prompts it would tell more than is asked for.
fn add_telemetry(root: &mut Table, managed: &Managed) {
    let mut exporter = Exporter {
        exporter: Some(ExporterKind::OtlpHttp),
        endpoint: Some(format!("{}/otel/v1/logs", managed.base_url.trim_end_matches('/'))),
        protocol: Some(Protocol::Json),
        ..Exporter::default()
    };
    exporter.headers.insert("X-API-Key".to_owned(), managed.key.clone());
    let otel = Otel { logs: exporter, log_user_prompt: Some(false), ..Otel::default() };
    put_table(root, "otel", sections::otel(&otel));
}

fn add_server(root: &mut Table, managed: &Managed, approve: bool, notes: &mut Vec<String>) {
    let servers = root.entry("mcp_servers").or_insert_with(|| Item::Table(parent()));
    // An operator's inline table is not a place for another.
    if let Some(inline) = servers.as_inline_table() {
        *servers = Item::Table(inline.clone().into_table());
    }
    let Some(servers) = servers.as_table_mut() else { return };
    let taken = |name: &str| MANAGED.iter().any(|managed| managed.eq_ignore_ascii_case(name));
    let names: Vec<_> = servers.iter().map(|(name, _)| name.to_owned()).filter(|name| taken(name)).collect();
    for name in names {
        notes.push(format!("mcp_servers.{name} gives way to the managed server: orchestrator_mcp_enabled switches that off"));
        servers.remove(&name);
    }
    let authorization = InlineTable::from_iter([("Authorization", Value::from(format!("Bearer {}", managed.key)))]);
    let mut server = Table::new();
    put(&mut server, "url", Some(format!("{}/mcp", managed.base_url.trim_end_matches('/'))));
    put(&mut server, "http_headers", Some(authorization));
    put(&mut server, "default_tools_approval_mode", approve.then_some("approve"));
    servers.insert("cdx", Item::Table(server));
}
