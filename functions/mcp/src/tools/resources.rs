//! `resource_*`: memories by their address, for clients whose model does not see resources.

use rmcp::model::{CallToolResult, ContentBlock, Tool};
use serde_json::{Map, Value, json};
use shared::AppResult;

use super::arguments::required;
use super::schema::{Effect, text, tool};
use crate::resources;
use crate::server::Server;

/// The tools.
pub fn tools() -> Vec<Tool> {
    let uri = ("uri", text("Like memory://<id>"));
    let content = ("text", text("The whole text, up to 32,000 characters"));
    vec![
        tool(
            "resource_list",
            "List resources",
            Effect::Reads,
            "List the newest memories as resources, with their addresses and first words.",
            &[("root", text("Not used"))],
            &[],
        ),
        tool(
            "resource_read",
            "Read a resource",
            Effect::Reads,
            "Read one memory by its address, which resource_list gives.",
            std::slice::from_ref(&uri),
            &["uri"],
        ),
        tool(
            "resource_create",
            "Create a resource",
            Effect::Replaces,
            "Store a text at an address of your choice, in this host's own memories. What is there is replaced; its tags stay.",
            &[uri.clone(), content.clone()],
            &["uri", "text"],
        ),
        tool(
            "resource_update",
            "Update a resource",
            Effect::Replaces,
            "Replace the text at an address, in this host's own memories. Its tags stay; it is made when it is not there.",
            &[uri.clone(), content],
            &["uri", "text"],
        ),
        tool(
            "resource_delete",
            "Delete a resource",
            Effect::Removes,
            "Delete the memory at an address, of this host's own memories. An operator can bring it back for 30 days.",
            &[uri],
            &["uri"],
        ),
    ]
}

/// `resource_list`: a bare list as the contract has it, and the same in an object for clients that want structure.
pub async fn list(server: &Server) -> AppResult<CallToolResult> {
    let memories = resources::newest(server, (0, 20)).await?;
    let list = json!(memories.iter().map(resources::listed).collect::<Vec<_>>());
    let mut result = CallToolResult::success(vec![ContentBlock::text(list.to_string())]);
    result.structured_content = Some(json!({ "resources": list }));
    Ok(result)
}

/// Runs one of the others.
pub async fn run(server: &Server, verb: &str, arguments: &Map<String, Value>) -> AppResult<Value> {
    let uri = required(arguments, "uri")?;
    match verb {
        "read" => {
            let memory = resources::fetch(server, uri).await?;
            let (uri, name) = (resources::uri(&memory.id), memory.id);
            let content =
                json!({ "uri": uri, "name": name, "description": "Stored memory", "mimeType": "text/plain", "text": memory.content });
            Ok(json!({ "contents": [content] }))
        }
        "delete" => resources::delete(server, uri).await,
        _ => resources::put(server, uri, required(arguments, "text")?).await.map(|done| resources::stored(&done)),
    }
}
