//! MCP: memories, resources and files for models. One endpoint that speaks JSON-RPC over streamable HTTP, and memories for
//! clients that do not.

mod batch;
#[cfg(feature = "conformance")]
pub mod conformance;
mod endpoint;
mod failure;
mod message;
mod outcome;
mod resources;
mod rest;
mod server;
mod tools;
mod transport;

use shared::routing::{Routes, routes};

/// The routes this function serves in production and in `local-dev`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(endpoint::post_mcp))
        .routes(routes!(rest::store_memory))
        .routes(routes!(rest::retrieve_memory))
        .routes(routes!(rest::search_memories))
        .routes(routes!(rest::delete_memory))
        .routes(routes!(rest::delete_memory_by_path))
}
