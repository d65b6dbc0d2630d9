//! The tools of the fixtures.

use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, LoggingLevel, LoggingMessageNotificationParam,
    ProgressNotificationParam, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::material::{PNG, WAV};
use super::{inputs, typed, whole};

/// Tools without arguments.
const PLAIN: [&str; 19] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_logging_tool",
    "test_error_handling",
    "test_tool_with_progress",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
];

fn tool(name: &'static str, schema: Value) -> Tool {
    let Value::Object(schema) = schema else { unreachable!("a schema is an object") };
    Tool::new(name, format!("The fixture {name}"), schema)
}

/// All of them.
pub fn all() -> Vec<Tool> {
    let plain = PLAIN.iter().map(|name| tool(name, json!({ "type": "object", "properties": {} })));
    let header = json!({ "type": "object", "required": ["region"],
        "properties": { "region": { "type": "string", "x-mcp-header": "Region" } } });
    plain.chain([tool("test_custom_headers", header), tool("json_schema_2020_12_tool", schema_2020_12())]).collect()
}

fn schema_2020_12() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "$defs": { "address": { "$anchor": "addressDef", "type": "object", "properties": { "street": text, "city": text } } },
        "properties": { "name": text, "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] }, "phone": text, "email": text },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] }, "else": { "required": ["email"] }, "additionalProperties": false,
    })
}

/// Runs one.
pub async fn call(call: CallToolRequestParams, context: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> {
    let name = call.name.to_string();
    if name.starts_with(inputs::TOOLS) {
        return inputs::call(&call, context.client_capabilities().as_ref());
    }
    let text = |text: &str| json!({ "type": "text", "text": text });
    let resource =
        |uri: &str, mime: &str, text: &str| json!({ "type": "resource", "resource": { "uri": uri, "mimeType": mime, "text": text } });
    let image = json!({ "type": "image", "data": PNG, "mimeType": "image/png" });
    let told = match name.as_str() {
        "test_simple_text" => json!([text("This is a simple text response for testing.")]),
        "test_image_content" => json!([image]),
        "test_audio_content" => json!([{ "type": "audio", "data": WAV, "mimeType": "audio/wav" }]),
        "test_embedded_resource" => json!([resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")]),
        "test_multiple_content_types" => json!([
            text("Multiple content types test:"),
            image,
            resource("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#)
        ]),
        "test_error_handling" => {
            let told = json!([text("This tool intentionally returns an error for testing")]);
            return Ok(CallToolResponse::Complete(whole::<CallToolResult>(json!({ "content": told, "isError": true }))?));
        }
        "test_tool_with_progress" => {
            progress(&context).await?;
            json!([text("done")])
        }
        "test_tool_with_logging" | "test_logging_tool" => {
            log(&context).await?;
            json!([text("done")])
        }
        "test_missing_capability" if !declares(&context, "sampling") => {
            let needed: ClientCapabilities = typed(json!({ "sampling": {} }))?;
            return Err(ErrorData::missing_required_client_capability(needed));
        }
        "test_missing_capability" | "test_streaming_elicitation" | "test_custom_headers" | "json_schema_2020_12_tool" => {
            json!([text("done")])
        }
        _ => return Err(ErrorData::invalid_params("Unknown tool", None)),
    };
    Ok(CallToolResponse::Complete(whole::<CallToolResult>(json!({ "content": told, "isError": false }))?))
}

fn declares(context: &RequestContext<RoleServer>, capability: &str) -> bool {
    json!(context.client_capabilities()).get(capability).is_some_and(Value::is_object)
}

const PAUSE: Duration = Duration::from_millis(50);

fn lost<E: std::fmt::Display>(error: E) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

async fn progress(context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    let Some(token) = context.meta.get_progress_token() else { return Ok(()) };
    for done in [0.0, 50.0, 100.0] {
        let note = ProgressNotificationParam::new(token.clone(), done).with_total(100.0);
        context.peer.notify_progress(note).await.map_err(lost)?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// The newest version sends what is logged only to those who asked for it.
async fn log(context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    let newest = context.protocol_version().is_some_and(|version| version.as_str() >= "2026-07-28");
    let asked = json!(context.meta).get("io.modelcontextprotocol/logLevel").is_some();
    if newest && !asked {
        return Ok(());
    }
    for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
        let note = LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(text));
        context.peer.notify_logging_message(note).await.map_err(lost)?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
