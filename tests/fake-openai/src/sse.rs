//! The event stream of one model answer.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::usage::Usage;

/// The events Codex needs, in the order the Responses API sends them.
pub fn stream(id: &str, model: &str, item: &Value, usage: Usage) -> String {
    let response = json!({ "id": id, "object": "response", "status": "in_progress", "model": model, "output": [] });
    let mut out = String::new();
    event(&mut out, json!({ "type": "response.created", "response": response }));
    event(&mut out, json!({ "type": "response.output_item.added", "output_index": 0, "item": opening(item) }));
    if let Some(text) = item["content"][0]["text"].as_str() {
        event(
            &mut out,
            json!({
                "type": "response.output_text.delta",
                "item_id": item["id"], "output_index": 0, "content_index": 0, "delta": text,
            }),
        );
    }
    event(&mut out, json!({ "type": "response.output_item.done", "output_index": 0, "item": item }));
    event(
        &mut out,
        json!({
            "type": "response.completed",
            "response": {
                "id": id, "object": "response", "status": "completed", "model": model,
                "output": [item], "usage": usage.to_json(),
            },
        }),
    );
    out
}

/// The item as it looks before anything was generated.
fn opening(item: &Value) -> Value {
    let mut opening = item.clone();
    opening["status"] = json!("in_progress");
    if item["type"] == "message" {
        opening["content"] = json!([]);
    } else {
        opening["arguments"] = json!("");
    }
    opening
}

#[expect(clippy::needless_pass_by_value, reason = "called with fresh json! values only")]
fn event(out: &mut String, data: Value) {
    let name = data["type"].as_str().unwrap_or_default();
    write!(out, "event: {name}\ndata: {data}\n\n").expect("writing to a String cannot fail");
}
