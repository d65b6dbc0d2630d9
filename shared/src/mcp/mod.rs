//! What the MCP endpoint needs besides memories and files: who may call it from a browser, its limits, its log.

pub mod log;
pub mod origin;
mod settings;
pub mod sql;

pub use settings::McpConfig;
