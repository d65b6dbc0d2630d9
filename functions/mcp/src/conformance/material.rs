//! The texts, pictures, resources and prompts of the fixtures, as the suite describes them.

use serde_json::{Value, json};

/// A picture of one red point.
pub const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A sound of no length.
pub const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

/// Listed ones.
pub fn resources() -> Value {
    json!([
        { "uri": "test://static-text", "name": "static-text", "description": "A text", "mimeType": "text/plain" },
        { "uri": "test://static-binary", "name": "static-binary", "description": "A picture", "mimeType": "image/png" },
        { "uri": "test://watched-resource", "name": "watched-resource", "description": "A text to watch", "mimeType": "text/plain" },
    ])
}

/// The one template.
pub fn templates() -> Value {
    json!([{ "uriTemplate": "test://template/{id}/data", "name": "template", "description": "Data by id", "mimeType": "application/json" }])
}

/// What is at an address.
pub fn read(uri: &str) -> Option<Value> {
    let text = |mime: &str, text: &str| Some(json!({ "uri": uri, "mimeType": mime, "text": text }));
    match uri {
        "test://static-text" => text("text/plain", "This is the content of the static text resource."),
        "test://watched-resource" => text("text/plain", "Nothing changes here."),
        "test://static-binary" => Some(json!({ "uri": uri, "mimeType": "image/png", "blob": PNG })),
        _ => {
            let id = uri.strip_prefix("test://template/")?.strip_suffix("/data")?;
            let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            text("application/json", &data.to_string())
        }
    }
}

/// Listed ones.
pub fn prompts() -> Value {
    let argument = |name: &str| json!({ "name": name, "description": "An argument", "required": true });
    json!([
        { "name": "test_simple_prompt", "description": "No arguments" },
        { "name": "test_prompt_with_arguments", "description": "Two arguments", "arguments": [argument("arg1"), argument("arg2")] },
        { "name": "test_prompt_with_embedded_resource", "description": "A resource", "arguments": [argument("resourceUri")] },
        { "name": "test_prompt_with_image", "description": "A picture" },
        { "name": super::inputs::PROMPT, "description": "Asks back" },
    ])
}

/// The messages of a prompt.
pub fn prompt(name: &str, arguments: &Value) -> Option<Value> {
    let user = |content: Value| json!({ "role": "user", "content": content });
    let text = |text: &str| user(json!({ "type": "text", "text": text }));
    let argument = |name: &str| arguments[name].as_str().unwrap_or_default();
    Some(match name {
        "test_simple_prompt" => json!([text("This is a simple prompt for testing.")]),
        "test_prompt_with_arguments" => {
            json!([text(&format!("Prompt with arguments: arg1='{}', arg2='{}'", argument("arg1"), argument("arg2")))])
        }
        "test_prompt_with_embedded_resource" => {
            let resource =
                json!({ "uri": argument("resourceUri"), "mimeType": "text/plain", "text": "Embedded resource content for testing." });
            json!([user(json!({ "type": "resource", "resource": resource })), text("Please process the embedded resource above.")])
        }
        "test_prompt_with_image" => {
            json!([user(json!({ "type": "image", "data": PNG, "mimeType": "image/png" })), text("Please analyze the image above.")])
        }
        _ => return None,
    })
}
