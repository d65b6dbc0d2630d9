//! `POST /v1/responses`, the model API Codex talks to.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{OriginalUri, State as Shared},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    bearer::{Bearer, account_header, text},
    error::ApiError,
    replies::Reply,
    server::Fake,
    sse,
    state::{ModelRequest, State},
};

pub async fn create_response(
    caller: Bearer,
    Shared(fake): Shared<Arc<Fake>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let body = decode(&headers, &body)?;
    let model = checked_model(&body)?;
    let id = format!("resp_{}", Uuid::new_v4().simple());
    let mut state = fake.state();
    let usage = fake.options.usage.varied(state.model_requests.len(), fake.options.usage_varies);
    let reply = state.next_reply(&model);
    let reply = reply.unwrap_or_else(|| Reply::Text(fake.options.reply.clone()));
    let events = sse::stream(&id, &model, &reply.item(&id, &body), usage);
    state.book(&caller.token.family, &model, usage);
    state.model_requests.push(ModelRequest {
        path: uri.path().to_owned(),
        model,
        body,
        family: caller.token.family,
        jti: caller.token.jti,
        account_header: account_header(&headers).map(str::to_owned),
        user_agent: text(&headers, header::USER_AGENT.as_str()).map(str::to_owned),
        usage,
    });
    let mut answer = Response::builder().header(header::CONTENT_TYPE, "text/event-stream");
    for (name, value) in fake.options.limits.headers(&caller.family.plan_type, fake.now().timestamp()) {
        answer = answer.header(name, value);
    }
    let answer = answer.body(Body::from(events));
    Ok(answer.expect("headers are made of digits and plan names"))
}

/// Codex 0.169 tries a WebSocket first; 426 makes it use HTTP at once, other answers after retries.
pub async fn refuse_websocket() -> ApiError {
    ApiError::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", "this fake speaks HTTP only")
}

impl State {
    /// The first scripted reply this model may have.
    fn next_reply(&mut self, model: &str) -> Option<Reply> {
        let index = self.replies.iter().position(|scripted| {
            let wanted = scripted.model.as_deref();
            wanted.is_none_or(|wanted| wanted == model)
        })?;
        self.replies.remove(index).map(|scripted| scripted.reply)
    }
}

/// Codex 0.169 compresses bodies with zstd, old versions send them plain.
fn decode(headers: &HeaderMap, body: &Bytes) -> Result<Value, ApiError> {
    let unpacked = match text(headers, header::CONTENT_ENCODING.as_str()) {
        None | Some("identity") => body.to_vec(),
        Some("zstd") => {
            zstd::stream::decode_all(body.as_ref()).map_err(|error| ApiError::bad_request(format!("body is no zstd: {error}")))?
        }
        Some(other) => {
            return Err(ApiError::bad_request(format!("content-encoding {other} is unknown")));
        }
    };
    serde_json::from_slice(&unpacked).map_err(|error| ApiError::bad_request(format!("body is no JSON: {error}")))
}

/// The fields without which the real API answers 400.
fn checked_model(body: &Value) -> Result<String, ApiError> {
    if !body["input"].is_array() {
        return Err(ApiError::bad_request("input must be a list"));
    }
    if body["stream"] != true {
        return Err(ApiError::bad_request("stream must be set to true"));
    }
    let model = body["model"].as_str().filter(|model| !model.is_empty());
    model.map(str::to_owned).ok_or_else(|| ApiError::bad_request("model is missing"))
}
