//! What the end-to-end tests share: a server over a test database, hosts as throw-away homes, a simulated world.

#![expect(clippy::unwrap_used, reason = "test helpers panic when the test's ground gives way")]

pub mod api;
pub mod faults;
pub mod fleet;
pub mod gateway;
pub mod host;
pub mod lambda;
pub mod ledger;
pub mod machine;
pub mod mcp;
pub mod process;
pub mod proxy;
pub mod ready;
pub mod simulation;
pub mod small_release;
pub mod storm;
pub mod wire;
