//! A deployment on AWS: CloudFormation asks for the schema, and hears how it went.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::put;
use e2e::api::TEST_KEY;
use serde_json::{Value, json};
use shared::App;
use shared::clock::Clock;
use shared::config::Config;
use sqlx::MySqlPool;
use tokio::net::TcpListener;

const MINUTE: Duration = Duration::from_mins(1);
/// A client certificate's SHA-256.
const ADA: &str = "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA";

fn app(pool: &MySqlPool) -> App {
    let config = Config::from_lookup(|name| match name {
        "DATABASE_URL" => Some("mysql://unused".to_owned()),
        "AUTH_ENCRYPTION_KEY" => Some(TEST_KEY.to_owned()),
        "INSTALLATION_ID" => Some("11111111-2222-4333-8444-555555555555".to_owned()),
        "PUBLIC_BASE_URL" => Some("https://codex.example".to_owned()),
        _ => None,
    });
    App::with_pool(config.unwrap(), pool.clone(), Clock::System)
}

type Told = Arc<Mutex<Vec<Value>>>;

/// What CloudFormation listens with: an address signed for a request without a content type.
async fn listener() -> (String, Told) {
    let told = Told::default();
    let hear = async |State(told): State<Told>, headers: HeaderMap, body: String| {
        assert!(!headers.contains_key("content-type"), "{headers:?}");
        told.lock().unwrap().push(serde_json::from_str(&body).unwrap());
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/answer?signature=x", listener.local_addr().unwrap());
    let router = Router::new().route("/answer", put(hear)).with_state(told.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, told)
}

/// Sends a request from one version of the function to another; gives the status and the reason that were told.
async fn ask(app: Result<&App, String>, kind: &str, versions: (u32, u32)) -> (String, String) {
    let (url, told) = listener().await;
    let properties = |version: u32| json!({ "Version": format!("arn:aws:lambda:r:1:function:f:{version}"), "OwnerFingerprint": ADA });
    let event = json!({
        "RequestType": kind, "ResponseURL": url, "StackId": "s", "RequestId": "r", "LogicalResourceId": "Schema",
        "ResourceProperties": properties(versions.1), "OldResourceProperties": properties(versions.0),
    });
    scheduler::handle(app, event, MINUTE).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    (told[0]["Status"].as_str().unwrap().to_owned(), told[0]["Reason"].as_str().unwrap().to_owned())
}

async fn count(pool: &MySqlPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[sqlx::test(migrations = false)]
async fn the_first_deployment_makes_the_schema_and_an_owner_and_the_next_changes_nothing(pool: MySqlPool) {
    let app = app(&pool);

    let first = ask(Ok(&app), "Create", (0, 1)).await;
    let next = ask(Ok(&app), "Update", (1, 2)).await;
    scheduler::handle(Ok(&app), json!({ "migrate": true, "owner": ADA }), MINUTE).await.unwrap();

    assert_eq!((first.0.as_str(), next.0.as_str()), ("SUCCESS", "SUCCESS"), "{first:?} {next:?}");
    assert_eq!(count(&pool, "SELECT COUNT(*) FROM fleet").await, 1);
    let owners =
        "SELECT COUNT(*) FROM admin_certificates WHERE role = 'owner' AND revoked_at IS NULL AND HEX(fingerprint) = REPEAT('A', 64)";
    assert_eq!(count(&pool, owners).await, 1);
    assert_eq!(count(&pool, "SELECT COUNT(*) FROM admin_certificates").await, 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_migration_that_failed_fails_the_deployment_and_not_its_rollback(pool: MySqlPool) {
    let app = app(&pool);
    sqlx::query("UPDATE _sqlx_migrations SET success = FALSE ORDER BY version DESC LIMIT 1").execute(&pool).await.unwrap();

    let (status, reason) = ask(Ok(&app), "Update", (4, 5)).await;
    let by_hand = scheduler::handle(Ok(&app), json!({ "migrate": true }), MINUTE).await;
    let (rolled_back, _) = ask(Ok(&app), "Update", (5, 4)).await;

    assert_eq!(status, "FAILED");
    assert!(reason.contains("a migration failed") && by_hand.is_err(), "{reason}");
    assert_eq!(rolled_back, "SUCCESS", "or the stack would be stuck halfway");
    assert_eq!(count(&pool, "SELECT COUNT(*) FROM admin_certificates").await, 0, "who fails names nobody");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_older_release_is_not_deployed_over_a_newer_schema(pool: MySqlPool) {
    let app = app(&pool);
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99999999999999, 'x', TRUE, 'x', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();

    let (status, reason) = ask(Ok(&app), "Update", (4, 5)).await;
    let (rolled_back, _) = ask(Ok(&app), "Update", (5, 4)).await;

    assert_eq!((status.as_str(), rolled_back.as_str()), ("FAILED", "SUCCESS"));
    assert!(reason.contains("newer release"), "{reason}");
}

#[tokio::test]
async fn what_cannot_even_start_says_so_and_can_be_deleted() {
    let broken = || Err("the secret that KEYRING_SECRET_ARN names cannot be read".to_owned());

    let (status, reason) = ask(broken(), "Create", (0, 1)).await;
    let (deleted, _) = ask(broken(), "Delete", (0, 1)).await;

    assert_eq!((status.as_str(), deleted.as_str()), ("FAILED", "SUCCESS"));
    assert!(reason.contains("KEYRING_SECRET_ARN"), "{reason}");
    assert!(scheduler::handle(broken(), json!({ "tick": true }), MINUTE).await.is_err());
}
