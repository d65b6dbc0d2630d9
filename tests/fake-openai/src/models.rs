//! `GET /v1/models` and `GET /backend-api/codex/models`.

use std::sync::Arc;

use axum::{Json, extract::State as Shared};
use serde_json::{Value, json};

use crate::{bearer::Bearer, server::Fake};

/// `data` is the public API's list; the empty `models` makes Codex keep its built-in catalogue.
pub async fn list_models(_caller: Bearer, Shared(fake): Shared<Arc<Fake>>) -> Json<Value> {
    let model = |id: &String| json!({ "id": id, "object": "model", "created": 0, "owned_by": "openai" });
    let data: Vec<Value> = fake.options.models.iter().map(model).collect();
    Json(json!({ "object": "list", "data": data, "models": [] }))
}
