//! What the functions share: domain rules, SQL, crypto, extractors and errors. No routes.

pub mod access;
pub mod alerts;
pub mod app;
pub mod artifacts;
pub mod audit;
pub mod auth;
pub mod changes;
pub mod client;
pub mod clock;
pub mod codex_config;
pub mod config;
pub mod crypto;
pub mod error;
pub mod extract;
pub mod fading;
pub mod fleet;
pub mod forwarder;
pub mod hosts;
pub mod http;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod launch;
pub mod limits;
pub mod mcp;
pub mod mcp_files;
pub mod memories;
pub mod migrate;
pub mod networks;
pub mod openapi;
pub mod overview;
pub mod quota;
pub mod random;
pub mod reseal;
pub mod routing;
pub mod schedule;
#[cfg(feature = "lambda")]
pub mod secrets;
pub mod shell;
pub mod signing;
pub mod single_use;
pub mod usage;
pub mod versions;
pub mod wrapper;

pub use app::App;
pub use error::{AppError, AppResult};

/// The migrations in `migrations/`, in order.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");
