//! Against a Secrets Manager of our own: one POST, as its API has it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use sqlx::MySqlPool;
use tokio::net::TcpListener;

use super::*;
use crate::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::crypto::Keyring;
use crate::forwarder::Forwarder;

type Kept = Arc<[(&'static str, &'static str)]>;

async fn answer(State(kept): State<Kept>, headers: HeaderMap, body: String) -> impl IntoResponse {
    assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    assert!(headers["authorization"].to_str().unwrap().contains("Credential=AKIDEXAMPLE/"), "{headers:?}");
    assert_eq!(headers["x-amz-security-token"], "session");
    let asked: Value = serde_json::from_str(&body).unwrap();
    match kept.iter().find(|(name, _)| asked["SecretId"] == *name) {
        Some((name, value)) => (StatusCode::OK, Json(json!({ "ARN": name, "Name": name, "SecretString": value }))),
        None => (StatusCode::BAD_REQUEST, Json(json!({ "__type": "ResourceNotFoundException", "Message": "no such secret" }))),
    }
}

/// A vault over these secrets, for a function with these variables.
async fn vault(kept: &[(&'static str, &'static str)], given: &[(&'static str, &'static str)]) -> Vault {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(answer)).with_state(Kept::from(kept));
    tokio::spawn(async move { axum::serve(listener, router).await });
    over(&endpoint, given)
}

/// A vault of a function with these variables, and what Lambda sets.
fn over(endpoint: &str, given: &[(&'static str, &'static str)]) -> Vault {
    let lambda = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_SESSION_TOKEN", "session"),
    ];
    let lookup = |name: &'static str| match lambda.iter().chain(given).find(|(n, _)| *n == name) {
        Some((_, value)) => Some((*value).to_owned()),
        None => (name == "AWS_ENDPOINT_URL_SECRETS_MANAGER").then(|| endpoint.to_owned()),
    };
    Vault::from_lookup(lookup).unwrap().unwrap()
}

#[tokio::test]
async fn secrets_stand_for_the_variables_that_are_not_set() {
    let kept = [("arn:keys", "a2V5"), ("arn:db", r#"{"username":"codex","password":"p@ss"}"#)];
    let given =
        [("KEYRING_SECRET_ARN", "arn:keys"), ("DATABASE_SECRET_ARN", "arn:db"), ("DATABASE_HOST", "db"), ("DATABASE_NAME", "codex_auth")];
    let variables = vault(&kept, &given).await.variables().await.unwrap();

    let expected = [("AUTH_ENCRYPTION_KEY", "a2V5"), ("DATABASE_URL", "mysql://codex:p%40ss@db:3306/codex_auth?ssl-mode=REQUIRED")];
    assert_eq!(variables, expected.map(|(name, value)| (name, value.to_owned())).into());
}

#[tokio::test]
async fn a_secret_that_is_missing_or_wrong_is_named_by_its_variable() {
    let given = [("KEYRING_SECRET_ARN", "arn:gone")];
    let missing = vault(&[], &given).await.variables().await.unwrap_err().to_string();
    assert!(missing.contains("KEYRING_SECRET_ARN") && missing.contains("no such secret"), "{missing}");

    let given = [("DATABASE_SECRET_ARN", "arn:db")];
    let wrong = vault(&[("arn:db", "hunter2")], &given).await.variables().await.unwrap_err();
    assert!(!format!("{wrong} {wrong:?}").contains("hunter2"));
    assert_eq!(wrong.to_string(), "the secret that DATABASE_SECRET_ARN names cannot be used: it is not JSON with username and password");
}

#[tokio::test]
async fn the_pool_gets_the_login_as_it_is_now() {
    let kept = [("arn:db", r#"{"username":"tomorrow","password":"p","host":"db","dbname":"n"}"#)];
    let vault = vault(&kept, &[("DATABASE_SECRET_ARN", "arn:db")]).await;
    let config = Config::from_lookup(|name| match name {
        "AUTH_ENCRYPTION_KEY" => Some(Keyring::generate()),
        "INSTALLATION_ID" => Some("i".to_owned()),
        "PUBLIC_BASE_URL" => Some("https://c.example".to_owned()),
        _ => (name == "DATABASE_URL").then(|| "mysql://today:p@db/n".to_owned()),
    });
    let config = config.unwrap();
    let db = MySqlPool::connect_lazy(&config.database_url.0).unwrap();
    let app = App::with_pool(config, db, Clock::fixed(DateTime::UNIX_EPOCH));
    let renewal = Renewal::new(vault, app.clone(), Forwarder::start().unwrap());
    let user = || app.db.connect_options().get_username().to_owned();

    renewal.tend().await;
    assert_eq!(user(), "today", "it has just been read");
    app.clock.advance(TimeDelta::seconds(5));
    renewal.suspect();
    renewal.tend().await;
    assert_eq!(user(), "tomorrow");
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_not_shown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(async || r#"{"SecretString":"hunter2""#));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let vault = over(&endpoint, &[("KEYRING_SECRET_ARN", "arn:keys")]);

    let error = vault.variables().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}

#[test]
fn without_such_variables_there_is_nothing_to_read() {
    assert!(Vault::from_lookup(|_| None).unwrap().is_none());
    let without_region = Vault::from_lookup(|name| (name == "KEYRING_SECRET_ARN").then(|| "arn:keys".to_owned()));
    assert!(without_region.is_err());
}
