//! The API over a real database.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod access;
mod addresses;
mod alerts;
mod artifacts;
mod audit;
mod config;
mod documents;
mod events;
mod files;
mod hosts;
mod jobs;
mod lifetimes;
mod limits;
mod listing;
mod login;
mod mcp;
mod memories;
mod oauth;
mod page;
mod proof;
mod quota;
mod refresh;
mod rollout;
mod routes;
mod schedule;
mod upgrade;
mod usage;
mod versions;

use e2e::api::{Answer, TestApp};
use serde_json::{Value, json};
use shared::crypto::sha256_hex;

const T0: &str = "2026-11-20T00:00:00Z";
const T1: &str = "2026-11-21T00:00:00Z";
const T2: &str = "2026-11-22T00:00:00Z";
/// What an empty client claims.
const NEVER: &str = "2000-01-01T00:00:00Z";

/// A digest of nothing.
const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The digest a client computes: SHA-256 of what it was given, compact, in the order of the file.
fn digest_of(auth: &Value) -> String {
    sha256_hex(auth.to_string())
}

/// Statements that one connection has run.
async fn statements(pool: &sqlx::MySqlPool) -> u64 {
    let (_, count): (String, String) = sqlx::query_as("SHOW SESSION STATUS LIKE 'Questions'").fetch_one(pool).await.unwrap();
    count.parse().unwrap()
}

/// Changes the first host as the owner; gives it as it is then.
async fn change(app: &TestApp, path: &str, body: Value) -> Value {
    app.owner("POST", &format!("/admin/hosts/1/{path}"), body).await.data()["host"].clone()
}

/// The first host as operators see it.
async fn shown(app: &TestApp) -> Value {
    app.owner("GET", "/admin/hosts/1", json!({})).await.data()["host"].clone()
}

/// `POST /auth` of a host that has nothing.
async fn ask(app: &TestApp, key: &str) -> Answer {
    app.retrieve(key, ZERO, NEVER).await
}

/// A host's handle, as the host gets it.
async fn handle(app: &TestApp, key: &str) -> String {
    ask(app, key).await.data()["auth"]["tokens"]["refresh_token"].as_str().unwrap().to_owned()
}

/// What Codex 0.169 posts with a handle.
async fn exchange(app: &TestApp, handle: &str, reason: &str) -> Answer {
    let body = json!({ "client_id": "app_x", "grant_type": "refresh_token", "refresh_token": handle, "refresh_reason": reason });
    app.call("", "POST", "/oauth/token", body).await
}

/// Status and code of an answer in OAuth's form.
fn oauth_code(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}
