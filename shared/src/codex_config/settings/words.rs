//! Settings that are one of some words.

use serde::Serialize;

/// A closed set of words.
pub trait Word: Copy + 'static {
    /// Each with its spelling.
    const ALL: &'static [(&'static str, Self)];

    /// The one that is spelt so, in any case.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, word)| *word)
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] #[serde(rename = $text)] $variant,)+
        }

        impl Word for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$variant)),+];
        }

        impl $name {
            /// Its spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    )+};
}

words! {
    /// When Codex asks.
    ApprovalPolicy { OnRequest = "on-request", Untrusted = "untrusted", OnFailure = "on-failure", Never = "never" }
    /// What commands may touch.
    SandboxMode { ReadOnly = "read-only", WorkspaceWrite = "workspace-write", FullAccess = "danger-full-access" }
    /// How long a model thinks.
    Effort { None = "none", Minimal = "minimal", Low = "low", Medium = "medium", High = "high", XHigh = "xhigh", Max = "max" }
    /// How a model sums its thoughts up.
    Summary { None = "none", Auto = "auto", Concise = "concise", Detailed = "detailed" }
    /// How much a model says.
    Verbosity { Low = "low", Medium = "medium", High = "high" }
    /// Where web searches go.
    WebSearch { Live = "live", Cached = "cached", Disabled = "disabled" }
    /// What a command inherits.
    Inherit { All = "all", Core = "core", None = "none" }
    /// Whether tools of an MCP server run unasked.
    ToolsApproval { Auto = "auto", Prompt = "prompt", Writes = "writes", Approve = "approve" }
    /// How a provider is spoken to.
    WireApi { Responses = "responses", Chat = "chat" }
    /// Where telemetry goes.
    ExporterKind { None = "none", OtlpHttp = "otlp-http", OtlpGrpc = "otlp-grpc" }
    /// How telemetry is written over HTTP.
    Protocol { Binary = "binary", Json = "json" }
}
