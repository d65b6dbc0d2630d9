//! `POST /oauth/token` and `POST /oauth/revoke`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State as Shared},
    http::{HeaderMap, Uri, header},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{bearer::text, error::ApiError, families::RefreshRefusal, server::Fake};

/// The public OAuth client of Codex; the real server knows no refresh without it.
pub const CLIENT_ID: &str = "app_EMoamEEZ73f0CkXaXp7hrann";

/// Spends a refresh token.
pub async fn create_token(Shared(fake): Shared<Arc<Fake>>, headers: HeaderMap, body: Bytes) -> Result<Json<Value>, ApiError> {
    let body = fields(&headers, &body)?;
    let mut state = fake.state();
    state.token_bodies.push(body.clone());
    if body["grant_type"] != "refresh_token" {
        return Err(ApiError::bad_request("grant_type must be refresh_token"));
    }
    check_client(&body)?;
    let token = body["refresh_token"].as_str().unwrap_or_default();
    let lifetime = fake.options.access_lifetime_seconds;
    let exchanged = state.families.exchange(token, fake.now().timestamp(), lifetime);
    match &exchanged {
        Ok(_) => state.oauth.exchanges += 1,
        Err(refusal) => {
            state.oauth.refused += 1;
            state.oauth.reuse_errors += u32::from(*refusal == RefreshRefusal::Reused);
        }
    }
    let tokens = exchanged?;
    Ok(Json(json!({
        "access_token": tokens.access_token,
        "id_token": tokens.id_token,
        "refresh_token": tokens.refresh_token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "scope": "openid profile email offline_access",
    })))
}

/// Ends a login, as `codex logout` does since 0.122.
pub async fn create_revocation(Shared(fake): Shared<Arc<Fake>>, headers: HeaderMap, body: Bytes) -> Result<Json<Value>, ApiError> {
    let body = fields(&headers, &body)?;
    check_client(&body)?;
    let token = body["token"].as_str();
    let token = token.ok_or_else(|| ApiError::bad_request("token is missing"))?;
    let mut state = fake.state();
    state.oauth.revokes += 1;
    state.families.revoke(token);
    Ok(Json(json!({})))
}

fn check_client(body: &Value) -> Result<(), ApiError> {
    if body["client_id"] == CLIENT_ID {
        return Ok(());
    }
    Err(ApiError::unauthorized("invalid_client", "client_id is not Codex's"))
}

/// The body as an object, from JSON (Codex) or a form (plain OAuth clients).
fn fields(headers: &HeaderMap, body: &Bytes) -> Result<Value, ApiError> {
    let kind = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return serde_json::from_slice(body).map_err(|error| ApiError::bad_request(format!("body is no JSON: {error}")));
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return form(body).ok_or_else(|| ApiError::bad_request("body is no form"));
    }
    Err(ApiError::bad_request(format!("content-type {kind:?} is neither JSON nor a form")))
}

/// A form has the syntax of a query, which axum reads without its `form` feature.
fn form(body: &Bytes) -> Option<Value> {
    let query = std::str::from_utf8(body).ok()?;
    let uri: Uri = format!("/?{query}").parse().ok()?;
    let Query(fields) = Query::<serde_json::Map<String, Value>>::try_from_uri(&uri).ok()?;
    Some(Value::Object(fields))
}
