//! What hosts keep over MCP: memories, who may share them, and who called what.

mod export;
mod files;
mod grants;
mod logs;
mod memories;

use shared::routing::{Routes, routes};

/// `/admin/mcp/*`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(logs::list_mcp_logs))
        .routes(routes!(memories::list_memories))
        .routes(routes!(memories::get_memory, memories::edit_memory, memories::delete_memory))
        .routes(routes!(memories::restore_memory))
        .routes(routes!(export::export_memories))
        .routes(routes!(files::list_spaces))
        .routes(routes!(files::list_files, files::delete_files))
        .routes(routes!(files::read_file))
        .routes(routes!(grants::list_grants, grants::set_grant))
        .routes(routes!(grants::delete_grant))
}
