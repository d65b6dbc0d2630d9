use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::Serialize;
use shared::extract::{Caller, is_json};
use shared::hosts::users;
use shared::usage::ingest::{self, Sender};
use shared::usage::otlp::{self, Logs};
use shared::{App, AppError, AppResult};

/// The largest delivery, in bytes: Codex tells much that is not looked at.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// An OTLP `ExportLogsServiceRequest` as JSON.
#[derive(Debug, utoipa::ToSchema)]
#[schema(value_type = Object, example = json!({ "resourceLogs": [] }))]
#[expect(dead_code, reason = "it is only described")]
pub struct OtelLogs(serde_json::Value);

/// OTLP's answer: everything was taken in, or looked at and left.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OtelAnswer {
    partial_success: PartialSuccess,
}

/// Empty unless something was refused.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartialSuccess {
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_log_records: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'static str>,
}

/// Count what Codex' own telemetry tells: OTLP over HTTP with JSON. Only model answers are looked at, and only their numbers.
#[utoipa::path(post, path = "/otel/v1/logs", request_body = OtelLogs, responses((status = 200, body = OtelAnswer)))]
pub async fn post_otel_logs(
    Caller(caller): Caller,
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> AppResult<impl IntoResponse> {
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| !is_json(kind)) {
        return Err(AppError::UnsupportedMediaType("application/json"));
    }
    let body = body.map_err(|_| AppError::TooLarge(BODY_LIMIT))?;
    let logs: Logs = serde_json::from_slice(&body).map_err(|error| AppError::Undecodable(error.to_string()))?;
    let (answers, seen) = otlp::answers(&logs);
    if !answers.is_empty() {
        // Telemetry names nobody whom the host's operators would know.
        let user = users::only(&app, &caller.who.host).await?.unwrap_or_default();
        ingest::telemetry(&app, Sender::of(&caller, &user), answers).await?;
    }
    let refused = seen.saturating_sub(otlp::MOST_RECORDS);
    let partial_success = if refused == 0 {
        PartialSuccess::default()
    } else {
        PartialSuccess { rejected_log_records: Some(refused), error_message: Some("a delivery has at most 20000 log records") }
    };
    Ok(axum::Json(OtelAnswer { partial_success }))
}
