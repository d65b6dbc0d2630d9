//! What Codex asks instead of OpenAI: `/oauth/token` and `/oauth/revoke`, in OAuth's form and with OAuth's errors.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::App;
use shared::auth::exchange::{Reason, Tokens, exchange};
use shared::auth::handle::revoke;
use shared::auth::refusal::{NotNow, Refused};
use shared::extract::Client;

/// A refresh, as JSON or as a form. Other members are ignored.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct TokenRequest {
    /// `refresh_token`.
    #[schema(pattern = "^refresh_token$")]
    grant_type: String,
    /// The host's handle.
    refresh_token: String,
    /// Why: `unauthorized_recovery` when the access token was refused. Codex before 0.164 does not say.
    refresh_reason: Option<String>,
}

/// The tokens; the handle stays as it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenAnswer {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
}

/// A logout, as JSON or as a form. Other members are ignored.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct RevokeRequest {
    /// The host's handle.
    token: String,
}

/// OAuth's own failures, in the form Codex reads.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described")]
pub struct OAuthFailure {
    error: OAuthError,
}

/// What happened.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "it is only described")]
pub struct OAuthError {
    code: String,
    message: String,
}

/// Exchange a host's handle for the current login's access token. 401 only when the handle is retired or none of ours; 503 means
/// not now, and Codex goes on with the token it has.
#[utoipa::path(post, path = "/oauth/token", request_body = TokenRequest, responses((status = 200, body = TokenAnswer),
    (status = 400, body = OAuthFailure), (status = 401, body = OAuthFailure), (status = 503, body = OAuthFailure)))]
pub async fn post_oauth_token(
    Client(client): Client,
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(request) = parse::<TokenRequest>(&headers, &body) else { return malformed() };
    if request.grant_type != "refresh_token" {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "this server refreshes, and nothing else", None);
    }
    match exchange(&app, &client, &request.refresh_token, reason(request.refresh_reason.as_deref())).await {
        Ok(Tokens { access_token, id_token, expires_in }) => {
            axum::Json(TokenAnswer { access_token, id_token, token_type: "Bearer", expires_in }).into_response()
        }
        Err(Refused::NotOurs) => {
            refuse(StatusCode::UNAUTHORIZED, "not_a_handle", "this is not a handle of this server: run cdx --sync on this host", None)
        }
        Err(Refused::Retired) => {
            let message = "this host's login was revoked: run cdx, or ask an operator for a new install command";
            refuse(StatusCode::UNAUTHORIZED, "refresh_token_invalidated", message, None)
        }
        Err(Refused::NotNow(NotNow { code, seconds })) => {
            refuse(StatusCode::SERVICE_UNAVAILABLE, code, "not now: go on with the token you have", Some(seconds))
        }
    }
}

/// Retire this host's handle, and nothing else: the fleet's login stays. Unknown tokens are no error (RFC 7009).
#[utoipa::path(post, path = "/oauth/revoke", request_body = RevokeRequest,
    responses((status = 200, body = Object), (status = 400, body = OAuthFailure), (status = 503, body = OAuthFailure)))]
pub async fn post_oauth_revoke(
    Client(client): Client,
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(request) = parse::<RevokeRequest>(&headers, &body) else { return malformed() };
    match revoke(&app, &client, &request.token).await.map_err(NotNow::from) {
        Ok(()) => axum::Json(json!({})).into_response(),
        Err(NotNow { code, seconds }) => refuse(StatusCode::SERVICE_UNAVAILABLE, code, "not now: try again", Some(seconds)),
    }
}

fn reason(text: Option<&str>) -> Reason {
    match text {
        None => Reason::Unsaid,
        Some("unauthorized_recovery") => Reason::Unauthorized,
        Some(_) => Reason::Proactive,
    }
}

fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &Result<Bytes, BytesRejection>) -> Option<T> {
    let body: &[u8] = body.as_deref().unwrap_or_default();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        serde_urlencoded::from_bytes(body).ok()
    } else if body.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice(body).ok()
    } else {
        None
    }
}

fn malformed() -> Response {
    refuse(StatusCode::BAD_REQUEST, "invalid_request", "the body must be JSON or a form with the token", None)
}

fn refuse(status: StatusCode, code: &str, message: &str, retry_after: Option<i64>) -> Response {
    let mut response = (status, axum::Json(json!({ "error": { "code": code, "message": message } }))).into_response();
    response.headers_mut().extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds.into())));
    response
}
