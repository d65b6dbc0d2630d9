//! The tools.

mod arguments;
mod files;
mod memories;
mod resources;
mod schema;

use std::sync::LazyLock;

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, Tool};
use serde_json::{Map, Value};
use shared::AppResult;

use crate::failure;
use crate::server::Server;

static ALL: LazyLock<Vec<Tool>> = LazyLock::new(|| [memories::tools(), resources::tools(), files::tools()].concat());

/// All of them, in the order in which a model should read them.
pub fn all() -> &'static [Tool] {
    &ALL
}

/// The tool that a name means: dots are underscores.
pub fn find(name: &str) -> Option<Tool> {
    let name = name.trim().replace('.', "_");
    ALL.iter().find(|tool| tool.name == name).cloned()
}

/// Calls a tool. What it cannot do is a result; a name that is none of ours is an error of JSON-RPC.
pub async fn call(server: &Server, name: &str, arguments: &Map<String, Value>) -> Result<CallToolResult, ErrorData> {
    let Some(tool) = find(name) else {
        let message = if name.trim().is_empty() { "Tool name is required" } else { "Unknown tool" };
        return Err(ErrorData::invalid_params(message, None));
    };
    Ok(match run(server, &tool.name, arguments).await {
        Ok(done) => done,
        Err(error) => failure::tool(&error),
    })
}

async fn run(server: &Server, name: &str, arguments: &Map<String, Value>) -> AppResult<CallToolResult> {
    let value = match name.split_once('_') {
        Some(("memory", verb)) => memories::run(server, verb, arguments).await?,
        Some(("resource", "list")) => return resources::list(server).await,
        Some(("resource", verb)) => resources::run(server, verb, arguments).await?,
        Some((_, verb)) => files::run(server, verb, arguments).await?,
        None => Value::Null,
    };
    Ok(CallToolResult::structured(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_says_what_a_model_needs() {
        assert_eq!(all().len(), 19);
        for tool in all() {
            let hints = tool.annotations.as_ref().unwrap();
            assert!(tool.title.is_some() && tool.description.as_ref().unwrap().len() > 40, "{}", tool.name);
            assert_eq!(hints.open_world_hint, Some(false), "{}", tool.name);
            assert!(hints.read_only_hint.is_some() && hints.destructive_hint.is_some() && hints.idempotent_hint.is_some(), "{}", tool.name);
            let schema = Value::Object(tool.input_schema.as_ref().clone());
            assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()), "{}", tool.name);
            for (name, property) in schema["properties"].as_object().unwrap() {
                assert!(property["type"].is_string() && property["description"].is_string(), "{} {name}", tool.name);
            }
            for required in schema["required"].as_array().unwrap() {
                assert!(schema["properties"].get(required.as_str().unwrap()).is_some(), "{} {required}", tool.name);
            }
        }
    }

    #[test]
    fn what_only_reads_says_so() {
        let reading: Vec<_> = all().iter().filter(|tool| tool.annotations.as_ref().unwrap().read_only_hint == Some(true)).collect();
        let names: Vec<_> = reading.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(
            names,
            [
                "memory_retrieve",
                "memory_search",
                "memory_list",
                "memory_query",
                "resource_list",
                "resource_read",
                "fs_read_file",
                "fs_list_dir",
                "fs_stat",
                "fs_file_exists",
                "fs_search_in_files"
            ]
        );
    }

    #[test]
    fn dots_are_underscores() {
        assert_eq!(find("memory.store").unwrap().name, "memory_store");
        assert_eq!(find("fs.read.file").unwrap().name, "fs_read_file");
        assert!(find("Memory_store").is_none() && find("").is_none());
        assert!(all().iter().all(|tool| !tool.name.contains('.')));
    }
}
