//! `POST /verify`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::access_only::AccessOnly;
use crate::answer::refusal;
use crate::probe::Runner;
use crate::reason::Secrets;
use crate::request::VerifyRequest;
use crate::trusted::Trusted;

/// Runs Codex with the login of the body and says what came of it.
pub async fn verify(_: Trusted, State(runner): State<Arc<Runner>>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refusal(rejection.status(), &rejection.body_text()),
    };
    // serde quotes what it did not expect, and that may be a token: only where it is wrong is told.
    let Ok(request) = serde_json::from_slice::<VerifyRequest>(&body) else {
        return refusal(StatusCode::UNPROCESSABLE_ENTITY, "the body must be {\"auth_json\": object, \"timeout_seconds\": number?}");
    };
    let Some(login) = AccessOnly::of(&request.auth_json) else {
        return refusal(StatusCode::BAD_REQUEST, "auth_json has no access token and no API key");
    };
    let limit = request.limit(runner.settings.most);
    let report = runner.probe(&login, &Secrets::of(&request.auth_json), limit).await;
    report.log();
    report.into_response()
}
