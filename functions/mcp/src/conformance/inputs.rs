//! Fixtures that ask back (2026-07-28): a result says what is missing, and the next call brings it.

use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResponse, ClientCapabilities, GetPromptResponse, InputResponses};
use serde_json::{Value, json};

use super::{typed, whole};

/// The prompt that asks back.
pub const PROMPT: &str = "test_input_required_result_prompt";
/// The beginning of the names of tools that do.
pub const TOOLS: &str = "test_input_required_result_";

/// What the server said last and wants to hear again, unchanged.
const STATE: &str = "round-1";

fn ask(message: &str, field: &str, kind: &str) -> Value {
    json!({ "method": "elicitation/create", "params": { "mode": "form", "message": message,
        "requestedSchema": { "type": "object", "properties": { field: { "type": kind } }, "required": [field] } } })
}

fn sample(question: &str) -> Value {
    json!({ "method": "sampling/createMessage", "params": {
        "messages": [{ "role": "user", "content": { "type": "text", "text": question } }], "maxTokens": 100 } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

fn required(requests: &Value, state: Option<&str>) -> Value {
    let mut value = json!({ "resultType": "input_required", "inputRequests": requests });
    if let Some(state) = state {
        value["requestState"] = json!(state);
    }
    value
}

/// Runs one of the tools.
pub fn call(call: &CallToolRequestParams, capabilities: Option<&ClientCapabilities>) -> Result<CallToolResponse, ErrorData> {
    let responses = call.input_responses.as_ref();
    let state = call.request_state.as_deref();
    let has = |key: &str| responses.and_then(|all| all.get(key)).is_some_and(Value::is_object);
    let done = |text: &str| Ok(CallToolResponse::Complete(whole(json!({ "content": [{ "type": "text", "text": text }] }))?));
    let missing = |value: Value| Ok(CallToolResponse::InputRequired(typed(value)?));
    let name = ask("What is your name?", "name", "string");
    let tampered = || Err(ErrorData::invalid_params("requestState is not what was given", None));
    match call.name.strip_prefix(TOOLS).unwrap_or_default() {
        "elicitation" if has("user_name") => done("Hello!"),
        "elicitation" => missing(required(&json!({ "user_name": name }), None)),
        "sampling" if has("capital_question") => done("Paris"),
        "sampling" => missing(required(&json!({ "capital_question": sample("What is the capital of France?") }), None)),
        "list_roots" if has("client_roots") => done("file:///test/root"),
        "list_roots" => missing(required(&json!({ "client_roots": roots() }), None)),
        "request_state" | "tampered_state" if state.is_some_and(|state| state != STATE) => tampered(),
        "request_state" | "tampered_state" if has("confirm") && state.is_some() => done("state-ok"),
        "request_state" | "tampered_state" => missing(required(&json!({ "confirm": ask("Please confirm", "ok", "boolean") }), Some(STATE))),
        "multiple_inputs" if has("user_name") && has("greeting") && has("client_roots") => done("all there"),
        "multiple_inputs" => {
            let all = json!({ "user_name": name, "greeting": sample("Generate a greeting"), "client_roots": roots() });
            missing(required(&all, Some(STATE)))
        }
        "multi_round" if has("step2") && state == Some("round-2") => done("both steps are there"),
        "multi_round" if has("step1") => {
            missing(required(&json!({ "step2": ask("Step 2: What is your favorite color?", "color", "string") }), Some("round-2")))
        }
        "multi_round" => missing(required(&json!({ "step1": ask("Step 1: What is your name?", "name", "string") }), Some(STATE))),
        "capabilities" => {
            let mut requests = json!({});
            let declared = json!(capabilities);
            if declared.get("sampling").is_some() {
                requests["question"] = sample("What is it?");
            }
            if declared.get("elicitation").is_some() {
                requests["name"] = name;
            }
            missing(required(&requests, None))
        }
        _ => Err(ErrorData::invalid_params("Unknown tool", None)),
    }
}

/// Gets the prompt.
pub fn prompt(responses: Option<&InputResponses>) -> Result<GetPromptResponse, ErrorData> {
    if !responses.and_then(|all| all.get("user_context")).is_some_and(Value::is_object) {
        let question = json!({ "user_context": ask("What context should the prompt use?", "context", "string") });
        return Ok(GetPromptResponse::InputRequired(typed(required(&question, None))?));
    }
    let message = json!({ "role": "user", "content": { "type": "text", "text": "In that context." } });
    Ok(GetPromptResponse::Complete(whole(json!({ "messages": [message] }))?))
}
