//! Describing tools.

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

/// What a tool does to what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// It adds.
    Adds,
    /// It writes over; twice is as once.
    Replaces,
    /// It removes; twice is as once.
    Removes,
}

impl Effect {
    fn annotations(self, title: &str) -> ToolAnnotations {
        let all = ToolAnnotations::with_title(title).open_world(false).read_only(self == Self::Reads);
        all.destructive(matches!(self, Self::Replaces | Self::Removes)).idempotent(self != Self::Adds)
    }
}

/// A tool.
pub fn tool(
    name: &'static str,
    title: &str,
    effect: Effect,
    description: &'static str,
    properties: &[(&str, Value)],
    required: &[&str],
) -> Tool {
    let properties: Map<_, _> = properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let Value::Object(schema) = schema else { unreachable!("it is written as an object") };
    Tool::new(name, description, schema).with_title(title).with_annotations(effect.annotations(title))
}

/// A text.
pub fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

/// A list of texts.
pub fn texts(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": description })
}

/// A whole number.
pub fn number(least: u32, most: u32, description: &str) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "description": description })
}

/// A yes or no.
pub fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// An object of any members.
pub fn object(description: &str) -> Value {
    json!({ "type": "object", "description": description })
}
