//! Tables of the settings.

use indexmap::IndexMap;
use serde::Serialize;

use super::reader::Fields;
use super::words::{ExporterKind, Inherit, Protocol};

/// What the workspace sandbox allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sandbox {
    pub network_access: Option<bool>,
    pub exclude_tmpdir_env_var: Option<bool>,
    pub exclude_slash_tmp: Option<bool>,
    pub writable_roots: Vec<String>,
}

impl Sandbox {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            network_access: fields.flag("network_access"),
            exclude_tmpdir_env_var: fields.flag("exclude_tmpdir_env_var"),
            exclude_slash_tmp: fields.flag("exclude_slash_tmp"),
            writable_roots: fields.list("writable_roots"),
        }
    }
}

/// The environment of commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShellEnvironment {
    pub inherit: Option<Inherit>,
    pub set: IndexMap<String, String>,
    pub ignore_default_excludes: Option<bool>,
    pub exclude: Vec<String>,
    pub include_only: Vec<String>,
}

impl ShellEnvironment {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            inherit: fields.word("inherit"),
            set: fields.texts("set"),
            ignore_default_excludes: fields.flag("ignore_default_excludes"),
            exclude: fields.list("exclude"),
            include_only: fields.list("include_only"),
        }
    }
}

/// One way telemetry goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exporter {
    pub exporter: Option<ExporterKind>,
    pub endpoint: Option<String>,
    pub protocol: Option<Protocol>,
    pub headers: IndexMap<String, String>,
}

impl Exporter {
    fn read(fields: &mut Fields) -> Self {
        let exporter = Self {
            exporter: fields.word("exporter"),
            endpoint: fields.text("endpoint"),
            protocol: fields.word("protocol"),
            headers: fields.texts("headers"),
        };
        let needs = matches!(exporter.exporter, Some(ExporterKind::OtlpHttp | ExporterKind::OtlpGrpc));
        if needs && exporter.endpoint.is_none() {
            fields.refuse("endpoint", "this exporter needs an endpoint");
        }
        exporter
    }
}

/// Telemetry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Otel {
    pub environment: Option<String>,
    /// Of logs.
    #[serde(flatten)]
    pub logs: Exporter,
    pub trace_exporter: Exporter,
    pub metrics_exporter: Exporter,
    pub log_user_prompt: Option<bool>,
}

impl Otel {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            environment: fields.text("environment"),
            logs: Exporter::read(fields),
            trace_exporter: fields.table("trace_exporter", Exporter::read),
            metrics_exporter: fields.table("metrics_exporter", Exporter::read),
            log_user_prompt: fields.flag("log_user_prompt"),
        }
    }
}

/// Defaults that keep a fleet in hand; each can be switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Defaults {
    /// `[features] daemon_auto_start = false`: a daemon keeps the old login and updates itself past the pin.
    pub no_daemon: bool,
    /// Tools of the managed MCP server run unasked: `codex exec` cannot ask.
    pub approve_managed_tools: bool,
    /// The three notices about models and limits stay hidden.
    pub hide_notices: bool,
    /// Codex tells this server what it used, also where no `cdx` is around it; only where `[otel]` is not chosen otherwise.
    pub telemetry: bool,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { no_daemon: true, approve_managed_tools: true, hide_notices: true, telemetry: true }
    }
}

impl Defaults {
    pub(super) fn read(fields: &mut Fields) -> Self {
        Self {
            no_daemon: fields.flag("no_daemon").unwrap_or(true),
            approve_managed_tools: fields.flag("approve_managed_tools").unwrap_or(true),
            hide_notices: fields.flag("hide_notices").unwrap_or(true),
            telemetry: fields.flag("telemetry").unwrap_or(true),
        }
    }
}
