//! What the model says: a default answer, or a script of answers.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The text a model request gets when nothing is scripted.
pub const DEFAULT_REPLY: &str = "FAKE-ANSWER: {user}";

/// One answer of the model. In texts `{user}` is the last user text and `{tool}` the last tool output.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Text(String),
    /// Makes Codex call a tool; the next request carries its output.
    ToolCall {
        name: String,
        /// Codex 0.169 puts MCP tools into a namespace (`mcp__server`); 0.63 wants `mcp__server__tool` as name.
        #[serde(default)]
        namespace: Option<String>,
        arguments: Value,
    },
}

/// A reply in the queue; with a model it waits for a request to that model.
///
/// The TUI of 0.169 asks a second model for a title, which would otherwise eat the script.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripted {
    #[serde(default)]
    pub model: Option<String>,
    pub reply: Reply,
}

impl Reply {
    /// The output item of the Responses API this reply becomes.
    pub fn item(&self, id: &str, request: &Value) -> Value {
        match self {
            Self::Text(template) => {
                let text = template.replace("{user}", &last_user_text(request)).replace("{tool}", &last_tool_output(request));
                json!({
                    "type": "message",
                    "id": format!("msg_{id}"),
                    "status": "completed",
                    "role": "assistant",
                    "content": [{ "type": "output_text", "text": text, "annotations": [] }],
                })
            }
            Self::ToolCall { name, namespace, arguments } => {
                let mut item = json!({
                    "type": "function_call",
                    "id": format!("fc_{id}"),
                    "status": "completed",
                    "call_id": format!("call_{id}"),
                    "name": name,
                    "arguments": arguments.to_string(),
                });
                if let Some(namespace) = namespace {
                    item["namespace"] = json!(namespace);
                }
                item
            }
        }
    }
}

/// The newest text a user wrote; what Codex adds about the environment comes earlier in `input`.
pub fn last_user_text(request: &Value) -> String {
    let mut messages = items(request).rev().filter(|item| item["role"] == "user");
    messages.next().map(|item| text(&item["content"])).unwrap_or_default()
}

/// The newest tool output, flattened to text.
pub fn last_tool_output(request: &Value) -> String {
    let is_output = |item: &&Value| item["type"] == "function_call_output";
    items(request).rev().find(is_output).map(|item| text(&item["output"])).unwrap_or_default()
}

fn items(request: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    request["input"].as_array().into_iter().flatten()
}

/// Content is a string or a list of parts; of a list the last text counts.
fn text(content: &Value) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let parts = content.as_array().into_iter().flatten();
    parts.filter_map(|part| part["text"].as_str()).next_back().unwrap_or_default().to_owned()
}
