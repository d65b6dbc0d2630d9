//! A new encryption key: everything sealed is known, nothing that is written meanwhile is lost, and in the end the new key is enough.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::api::{TEST_KEY, TestApp, login, manifest};
use serde_json::json;
use shared::audit::Actor;
use shared::crypto::Keyring;
use shared::reseal::{self, COLUMNS, Outcome};
use shared::{App, fleet};
use sqlx::{AssertSqlSafe, MySqlPool};
use tokio::time::sleep;

const T1: &str = "2026-11-21T00:00:00Z";
const T2: &str = "2026-11-22T00:00:00Z";
const NEVER: &str = "2000-01-01T00:00:00Z";
/// Nobody listens there.
const RUNNER: &str = "http://127.0.0.1:9/verify";

/// A database with something in every column that is sealed, under the key of all tests; and a host's key.
async fn filled(pool: &MySqlPool) -> (TestApp, String) {
    let app = TestApp::new(pool.clone()).await;
    fleet::check_key(&mut pool.acquire().await.unwrap(), &app.app.config.keyring).await.unwrap();
    app.seed(&login("acct", "one", T1)).await;
    app.seed(&login("acct", "two", T2)).await;
    let (key, _) = app.register("a.example").await;
    app.retrieve(&key, &"0".repeat(64), NEVER).await.data();
    app.owner("POST", "/admin/config/store", json!({ "settings": { "model": "gpt-one", "orchestrator_mcp_enabled": false } })).await.data();
    let answer = app.sync(&key, "/sync", &manifest("codex 0.169.0\nfiles none\n"), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let hook = json!({ "name": "pager", "url": "https://alerts.example.com/secret-path" });
    app.owner("POST", "/admin/alerts/webhooks", hook).await.data();
    // OpenAI is not there: its answer, that there is none, is kept.
    app.owner("POST", "/admin/auth/rotate-now", json!({})).await.expect(502, "upstream_failed");
    let proving = TestApp::with(pool.clone(), &[("AUTH_RUNNER_URL", RUNNER)]).await;
    assert_eq!(proving.store(&key, &login("acct", "three", "2026-11-23T00:00:00Z")).await.data()["status"], "outdated");
    (app, key)
}

/// The same server with another list of keys.
async fn with_keys(pool: &MySqlPool, keys: &str) -> TestApp {
    TestApp::with(pool.clone(), &[("AUTH_ENCRYPTION_KEY", keys)]).await
}

async fn run(app: &App) -> Outcome {
    reseal::run(app, &Actor::system("test"), &mut |_| {}).await.unwrap()
}

/// Every column of the database that holds a sealed value, and every one whose name says that it may.
async fn sealed_columns(pool: &MySqlPool) -> (BTreeSet<String>, BTreeSet<String>) {
    let sql = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) FROM information_schema.columns WHERE table_schema = DATABASE() \
               AND (data_type LIKE '%text' OR data_type LIKE '%char' OR data_type LIKE '%blob' OR data_type = 'json')";
    let columns: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
    let (mut filled, mut named) = (BTreeSet::new(), BTreeSet::new());
    for (table, column) in columns {
        let full = format!("{table}.{column}");
        let sql = format!("SELECT COUNT(*) FROM `{table}` WHERE `{column}` LIKE '%sbox:v1:%'");
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
        if count > 0 {
            filled.insert(full.clone());
        }
        if column.ends_with("_sealed") {
            named.insert(full);
        }
    }
    (filled, named)
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_sealed_column_is_known(pool: MySqlPool) {
    filled(&pool).await;

    let (filled, named) = sealed_columns(&pool).await;

    let known: BTreeSet<_> = COLUMNS.iter().map(|column| format!("{}.{}", column.table, column.name)).collect();
    assert_eq!(filled, known, "what is sealed, in a database with something of everything");
    assert!(named.is_subset(&known), "{:?} is sealed by its name, and not sealed anew", named.difference(&known).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_new_key_alone_opens_everything_afterwards(pool: MySqlPool) {
    let (_, key) = filled(&pool).await;
    let new = Keyring::generate();
    let both = with_keys(&pool, &format!("{new},{TEST_KEY}")).await;
    assert!(!fleet::check_key(&mut pool.acquire().await.unwrap(), &Keyring::parse(&new).unwrap()).await.unwrap());

    let outcome = run(&both.app).await;

    assert!(outcome.is_complete() && outcome.renewed > 10, "{outcome:?}");
    assert_eq!(run(&both.app).await.renewed, 0, "once is enough");
    let alone = with_keys(&pool, &new).await;
    assert!(fleet::check_key(&mut pool.acquire().await.unwrap(), &alone.app.config.keyring).await.unwrap());
    assert!(reseal::check(&alone.app).await.unwrap().is_complete());
    let view = alone.retrieve(&key, &"0".repeat(64), NEVER).await.data();
    assert!(view["auth"]["tokens"]["refresh_token"].as_str().unwrap().starts_with("cdxr_"), "{view}");
    assert!(shared::audit::verify::verify(&alone.app).await.unwrap().intact);
    assert_eq!(
        alone.store(&key, &login("acct", "one", T1)).await.data()["status"],
        "outdated",
        "a login of the past is still known as such"
    );
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_login_of_the_past_is_told_by_the_new_key_too(pool: MySqlPool) {
    let (_, key) = filled(&pool).await;
    let new = Keyring::generate();
    let both = with_keys(&pool, &format!("{new},{TEST_KEY}")).await;
    run(&both.app).await;
    let alone = with_keys(&pool, &new).await;
    // Newer than the current one, as it says; but its tokens were there before.
    let replay = login("acct", "one", "2026-11-24T00:00:00Z");

    for server in [&both, &alone] {
        let answer = server.store(&key, &replay).await.data();
        assert_eq!(answer["status"], "outdated", "{answer}");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_a_server_writes_meanwhile_stays(pool: MySqlPool) {
    filled(&pool).await;
    let new = Keyring::generate();
    let both = with_keys(&pool, &format!("{new},{TEST_KEY}")).await;
    let written = both.app.config.keyring.seal("https://alerts.example.com/changed");
    // A server is about to change this value: who reads it sees the old one still.
    let mut server = both.app.begin().await.unwrap();
    sqlx::query("UPDATE alert_webhooks SET url_sealed = ?").bind(&written).execute(&mut *server).await.unwrap();
    let app = both.app.clone();
    let running = tokio::spawn(async move { run(&app).await });
    let waits = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%url_sealed%'";
    for _ in 0..600 {
        let (waiting,): (i64,) = sqlx::query_as(waits).fetch_one(&pool).await.unwrap();
        if waiting > 0 {
            break;
        }
        assert!(!running.is_finished(), "it did not wait for the server");
        sleep(Duration::from_millis(50)).await;
    }

    server.commit().await.unwrap();
    let outcome = running.await.unwrap();

    assert!(outcome.is_complete(), "{outcome:?}");
    let (kept,): (String,) = sqlx::query_as("SELECT url_sealed FROM alert_webhooks").fetch_one(&pool).await.unwrap();
    assert_eq!(both.app.config.keyring.open(&kept).unwrap(), "https://alerts.example.com/changed");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn while_something_needs_the_old_key_a_server_without_it_does_not_start(pool: MySqlPool) {
    filled(&pool).await;
    let (new, foreign) = (Keyring::generate(), Keyring::parse(&Keyring::generate()).unwrap());
    sqlx::query("UPDATE host_keys SET key_sealed = ?").bind(foreign.seal("cah_lost")).execute(&pool).await.unwrap();

    let outcome = run(&with_keys(&pool, &format!("{new},{TEST_KEY}")).await.app).await;

    assert!(!outcome.is_complete(), "{outcome:?}");
    assert_eq!((outcome.unopened[0].column.table, outcome.unopened[0].id, outcome.older), ("host_keys", 1, 1));
    let alone = Keyring::parse(&new).unwrap();
    assert!(!fleet::check_key(&mut pool.acquire().await.unwrap(), &alone).await.unwrap());
}
