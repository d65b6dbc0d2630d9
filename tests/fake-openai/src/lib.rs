//! A small strict `OpenAI` for tests: good enough that the real Codex CLI works against it offline.
//!
//! Wire facts come from measurements of Codex 0.57 to 0.169 and are named where they are used.

mod bearer;
mod clock;
mod connection;
mod control;
mod error;
mod families;
mod faults;
mod handle;
pub mod jwt;
mod login;
mod models;
mod oauth;
mod options;
mod prices;
mod record;
pub mod releases;
mod replies;
mod responses;
mod server;
mod sse;
mod state;
mod usage;
mod wham;

pub use families::{AccessToken, Families, Family, FamilyId, RefreshToken};
pub use faults::{Fault, FaultKind};
pub use handle::FakeOpenAi;
pub use login::LoginOptions;
pub use oauth::CLIENT_ID;
pub use options::Options;
pub use replies::{Reply, Scripted};
pub use state::{LedgerLine, ModelRequest, OauthCounts, Seen, State};
pub use usage::{Limits, Usage};
