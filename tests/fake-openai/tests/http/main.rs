//! The fake seen through plain HTTP; what the real Codex makes of it is tested elsewhere.

#![expect(clippy::unwrap_used, reason = "a test panics when it fails")]

mod control;
mod faults;
mod model;
mod oauth;
mod releases;
mod setup;
mod wham;
