//! Conditions that open and end, and the webhooks that are told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::TimeDelta;
use e2e::api::{TestApp, login};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::access::Role;
use sqlx::MySqlPool;

use crate::{T1, ask};

/// What a webhook receives: headers and body.
type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A receiver on this machine.
struct Receiver {
    url: String,
    received: Received,
    /// What the next requests are answered; then 204.
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    async fn start() -> Self {
        let (received, answers) = (Received::default(), Arc::new(Mutex::new(VecDeque::new())));
        let (seen, script) = (received.clone(), answers.clone());
        let hook = post(async move |headers: HeaderMap, body: String| {
            seen.lock().unwrap().push((headers, body));
            let status = script.lock().unwrap().pop_front().unwrap_or(204);
            (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, axum::Router::new().route("/hook", hook.clone()).route("/elsewhere", hook)).into_future());
        Self { url, received, answers }
    }

    fn answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    fn bodies(&self) -> Vec<Value> {
        self.received.lock().unwrap().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
    }

    /// Kind, state and summary of everything that came.
    fn told(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.bodies().iter().map(|body| (text(&body["kind"]), text(&body["state"]))).collect()
    }
}

/// HMAC-SHA-256 by its definition (RFC 2104), with nothing of the server's.
fn hmac_hex(key: &[u8], message: &[u8]) -> String {
    let mut block = [0_u8; 64];
    let hashed = Sha256::digest(key);
    let short: &[u8] = if key.len() > 64 { &hashed } else { key };
    block[..short.len()].copy_from_slice(short);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    hex::encode(Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize())
}

/// Runs the example of the document.
fn documented_check(secret: &str, timestamp: &str, signature: &str, body: &str) -> bool {
    let document = include_str!("../../../docs/alerts.md");
    let example =
        document.split("```sh\n").find_map(|part| part.starts_with("# secret").then(|| part.split("```").next().unwrap())).unwrap();
    let mut command = std::process::Command::new("sh");
    let variables = [("secret", secret), ("timestamp", timestamp), ("signature", signature), ("body", body)];
    command.args(["-c", example]).envs(variables).status().unwrap().success()
}

async fn hook(app: &TestApp, body: Value) -> Value {
    app.owner("POST", "/admin/alerts/webhooks", body).await.data()
}

async fn run(app: &TestApp) -> u64 {
    shared::alerts::run(&app.app).await.unwrap()
}

async fn deliveries(app: &TestApp) -> Vec<Value> {
    app.owner("GET", "/admin/alerts/deliveries", json!({})).await.data()["deliveries"].as_array().unwrap().clone()
}

async fn open(app: &TestApp) -> Vec<(String, String)> {
    let alerts = app.owner("GET", "/admin/alerts", json!({})).await.data();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    alerts["open"].as_array().unwrap().iter().map(|alert| (text(&alert["kind"]), text(&alert["subject"]))).collect()
}

async fn execute(app: &TestApp, sql: &'static str) {
    sqlx::query(sql).execute(&app.app.db).await.unwrap();
}

const FAIL: &str = "INSERT INTO scheduler_jobs (name, due_at, ended_at, error) VALUES ('sweep', '2030-01-01', '2026-11-24', 'x') \
                    ON DUPLICATE KEY UPDATE error = 'x'";
const MEND: &str = "UPDATE scheduler_jobs SET error = NULL WHERE name = 'sweep'";

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn copies_that_stop_coming_are_told_once_they_are_an_hour_late(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let expected = |late: bool| if late { vec![("backup_late".to_owned(), "backup".to_owned())] } else { vec![] };
    for (what, minutes, leased, late) in [
        ("due for 59 minutes", 59, false, false),
        ("due for 61", 61, false, true),
        ("being made", 61, true, false),
        ("due for 61, and whoever made it was killed", 61, false, true),
        ("due in a day", -1440, false, false),
    ] {
        let sql = "INSERT INTO scheduler_jobs (name, due_at, lease_until) VALUES ('backup', ? - INTERVAL ? MINUTE, ?) \
                   ON DUPLICATE KEY UPDATE due_at = VALUES(due_at), lease_until = VALUES(lease_until)";
        let now = app.app.clock.now();
        sqlx::query(sql).bind(now).bind(minutes).bind(leased.then_some(now)).execute(&app.app.db).await.unwrap();
        run(&app).await;

        assert_eq!(open(&app).await, expected(late), "{what}");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_condition_is_told_once_when_it_opens_and_once_when_it_ends(pool: MySqlPool) {
    let (app, receiver) = (TestApp::new(pool).await, Receiver::start().await);
    let made = hook(&app, json!({ "name": "pager", "url": receiver.url })).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert_eq!(run(&app).await, 0, "nothing is wrong");
    execute(&app, FAIL).await;

    let instances: Vec<_> = (0..4).map(|_| app.instance().app).collect();
    let runs: Vec<_> = instances.into_iter().map(|app| tokio::spawn(async move { shared::alerts::run(&app).await.unwrap() })).collect();
    for run in runs {
        run.await.unwrap();
    }
    run(&app).await;

    assert_eq!(receiver.told(), [("job_failing".to_owned(), "opened".to_owned())]);
    assert_eq!(open(&app).await, [("job_failing".to_owned(), "sweep".to_owned())]);
    execute(&app, MEND).await;
    assert_eq!((run(&app).await, run(&app).await), (2, 0));
    assert_eq!(receiver.told().pop(), Some(("job_failing".to_owned(), "ended".to_owned())));
    assert!(open(&app).await.is_empty());
    let recent = app.owner("GET", "/admin/alerts", json!({})).await.data()["recent"].clone();
    assert_eq!(
        (&recent[0]["subject"], &recent[0]["details"]["job"], recent[0]["ended_at"].is_string()),
        (&json!("sweep"), &json!("sweep"), true)
    );
    let (headers, body) = receiver.received.lock().unwrap()[0].clone();
    let signed = format!("{}.{body}", headers["x-timestamp"].to_str().unwrap());
    assert_eq!(headers["x-signature"].to_str().unwrap(), format!("sha256={}", hmac_hex(secret.as_bytes(), signed.as_bytes())));
    assert_eq!(
        (headers["user-agent"].to_str().unwrap(), headers["content-type"].to_str().unwrap()),
        ("codex-auth-central", "application/json")
    );
    let check =
        |body: &str| documented_check(&secret, headers["x-timestamp"].to_str().unwrap(), headers["x-signature"].to_str().unwrap(), body);
    assert!(check(&body) && !check(&body.replace("opened", "ended")), "what docs/alerts.md says");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["installation_id"], &body["details"]["job"]), (&json!("11111111-2222-4333-8444-555555555555"), &json!("sweep")));
    assert!(
        body["id"].as_str().unwrap().len() == 36 && body["at"].is_string() && body["summary"].as_str().unwrap().contains("sweep"),
        "{body}"
    );
    execute(&app, FAIL).await;
    assert_eq!(run(&app).await, 2, "the same again is a new one");
    assert_eq!(receiver.told().len(), 3);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_delivery_is_tried_again_until_it_is_taken(pool: MySqlPool) {
    let (app, receiver) = (TestApp::new(pool).await, Receiver::start().await);
    hook(&app, json!({ "name": "pager", "url": receiver.url })).await;
    receiver.answer(&[500, 302, 429]);
    execute(&app, FAIL).await;
    let pass = |minutes: i64| app.app.clock.advance(TimeDelta::minutes(minutes));

    run(&app).await;

    let first = deliveries(&app).await[0].clone();
    assert_eq!((&first["state"], &first["attempts"], &first["last_status"]), (&json!("waiting"), &json!(1), &json!(500)));
    assert_eq!(run(&app).await, 0, "not before its time");
    for (minutes, sent) in [(1, 2), (4, 2), (1, 3), (14, 3), (1, 4)] {
        pass(minutes);
        run(&app).await;
        assert_eq!(receiver.bodies().len(), sent, "a redirect is not followed");
    }
    let bodies = receiver.bodies();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the same bytes, the same id: {bodies:?}");
    let last = deliveries(&app).await[0].clone();
    assert_eq!((&last["state"], &last["attempts"], &last["last_status"]), (&json!("delivered"), &json!(4), &json!(204)));
    assert_eq!((&last["id"], &last["event"], &last["webhook"]), (&bodies[0]["id"], &json!("opened"), &json!("pager")));
    assert!(last["next_attempt_at"].is_null() && last["settled_at"].is_string(), "{last}");
    pass(60);
    run(&app).await;
    assert_eq!(receiver.bodies().len(), 4);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn who_dies_between_claim_and_answer_is_replaced(pool: MySqlPool) {
    let (app, receiver) = (TestApp::new(pool).await, Receiver::start().await);
    hook(&app, json!({ "name": "pager", "url": receiver.url })).await;
    execute(&app, FAIL).await;
    shared::alerts::evaluate(&app.app).await.unwrap();
    let (id,): (u64,) = sqlx::query_as("SELECT id FROM alert_deliveries").fetch_one(&app.app.db).await.unwrap();
    let hung = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let set_url = async |url: String| app.owner("POST", "/admin/alerts/webhooks/1", json!({ "url": url })).await.data();
    set_url(format!("http://{}/", hung.local_addr().unwrap())).await;
    let other = app.instance().app;
    let attempt = tokio::spawn(async move { shared::alerts::deliver::attempt(&other, id).await });
    let (connection, _) = tokio::time::timeout(Duration::from_secs(10), hung.accept()).await.unwrap().unwrap();

    // The instance that has claimed it is killed while the receiver thinks.
    attempt.abort();
    drop((attempt.await, connection));

    set_url(receiver.url.clone()).await;
    assert_eq!((run(&app).await, receiver.bodies().len()), (0, 0), "it is claimed: nobody else sends it now");
    app.app.clock.advance(TimeDelta::seconds(60));
    assert_eq!((run(&app).await, receiver.bodies().len()), (1, 1), "after that somebody does");
    assert_eq!(deliveries(&app).await[0]["attempts"], 2);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn one_claim_is_one_sender(pool: MySqlPool) {
    let (app, receiver) = (TestApp::new(pool).await, Receiver::start().await);
    hook(&app, json!({ "name": "pager", "url": receiver.url })).await;
    execute(&app, FAIL).await;
    shared::alerts::evaluate(&app.app).await.unwrap();
    let (id,): (u64,) = sqlx::query_as("SELECT id FROM alert_deliveries").fetch_one(&app.app.db).await.unwrap();

    let tasks: Vec<_> = (0..8)
        .map(|_| app.instance().app)
        .map(|app| tokio::spawn(async move { shared::alerts::deliver::attempt(&app, id).await.unwrap() }))
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += usize::from(task.await.unwrap());
    }

    assert_eq!((sent, receiver.bodies().len()), (1, 1));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_nobody_takes_is_given_up_after_a_day(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    hook(&app, json!({ "name": "gone", "url": "http://127.0.0.1:9/" })).await;
    execute(&app, FAIL).await;
    run(&app).await;
    let first = deliveries(&app).await[0].clone();
    assert!(first["last_status"].is_null() && first["last_error"].as_str().unwrap().contains("refused"), "{first}");
    for _ in 0..26 {
        app.app.clock.advance(TimeDelta::hours(1));
        run(&app).await;
    }
    let last = deliveries(&app).await[0].clone();
    assert_eq!(last["state"], "given_up", "{last}");
    assert!((20..=26).contains(&last["attempts"].as_u64().unwrap()), "{last}");
    let shown = app.owner("GET", "/admin/alerts/deliveries?state=given_up&limit=1", json!({})).await.data();
    assert_eq!(shown["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(app.owner("GET", "/admin/alerts/deliveries?state=waiting", json!({})).await.data()["deliveries"], json!([]));
    app.owner("GET", "/admin/alerts/deliveries?state=lost", json!({})).await.expect(422, "validation_failed");
    for limit in ["many", "0", "501"] {
        app.owner("GET", &format!("/admin/alerts/deliveries?limit={limit}"), json!({})).await.expect(422, "validation_failed");
    }
    execute(&app, MEND).await;
    run(&app).await;
    app.app.clock.advance(TimeDelta::days(91));
    assert_eq!(shared::alerts::prune(&app.app).await.unwrap(), 3, "one condition, two deliveries");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn webhooks_are_made_changed_tested_and_removed(pool: MySqlPool) {
    let (app, receiver) = (TestApp::new(pool).await, Receiver::start().await);
    let made = hook(&app, json!({ "name": " pager ", "url": receiver.url, "kinds": ["needs_login"] })).await;
    assert_eq!((&made["webhook"]["name"], &made["webhook"]["kinds"]), (&json!("pager"), &json!(["needs_login"])));
    let secret = made["secret"].as_str().unwrap().to_owned();
    let list = app.owner("GET", "/admin/alerts/webhooks", json!({})).await;
    assert!(list.data()["webhooks"][0]["url"] == receiver.url && !list.text().contains(&secret), "{}", list.text());
    let (stored,): (String,) =
        sqlx::query_as("SELECT CONCAT(url_sealed, secret_sealed) FROM alert_webhooks").fetch_one(&app.app.db).await.unwrap();
    assert!(!stored.contains(&secret) && !stored.contains("127.0.0.1"), "sealed: {stored}");
    let change = async |body: Value| app.owner("POST", "/admin/alerts/webhooks/1", body).await;
    execute(&app, FAIL).await;
    run(&app).await;
    assert_eq!(receiver.told(), [], "it did not ask for that kind");

    let sent = app.owner("POST", "/admin/alerts/webhooks/1/test", json!({})).await.data()["delivery"].clone();

    assert_eq!((&sent["state"], &sent["event"], &sent["condition_id"]), (&json!("delivered"), &json!("test"), &Value::Null));
    assert_eq!(receiver.told(), [("test".to_owned(), "test".to_owned())]);
    receiver.answer(&[404]);
    let failed = app.owner("POST", "/admin/alerts/webhooks/1/test", json!({})).await.data()["delivery"].clone();
    assert_eq!((&failed["state"], &failed["last_status"]), (&json!("waiting"), &json!(404)));
    let rotated = change(json!({ "rotate_secret": true, "kinds": [] })).await.data();
    assert!(
        rotated["secret"].is_string() && rotated["secret"] != json!(secret) && rotated["webhook"]["kinds"].as_array().unwrap().len() > 5
    );
    assert!(change(json!({ "enabled": false })).await.data()["secret"].is_null());
    execute(&app, MEND).await;
    app.app.clock.advance(TimeDelta::minutes(2));
    run(&app).await;
    assert_eq!(receiver.told().len(), 2, "a webhook that is switched off is told nothing");
    for (body, field) in [
        (json!({ "url": receiver.url }), "name"),
        (json!({ "name": "x" }), "url"),
        (json!({ "name": "", "url": receiver.url }), "name"),
        (json!({ "name": "a\nb", "url": receiver.url }), "name"),
        (json!({ "name": "pager", "url": receiver.url }), "name"),
        (json!({ "name": "x", "url": "http://alerts.example/" }), "url"),
        (json!({ "name": "x", "url": "ftp://127.0.0.1/" }), "url"),
        (json!({ "name": "x", "url": "https://u:p@alerts.example/" }), "url"),
        (json!({ "name": "x", "url": receiver.url, "kinds": ["nonsense"] }), "kinds"),
        (json!({ "name": "x", "url": receiver.url, "enabled": "maybe" }), "enabled"),
    ] {
        let refused = app.owner("POST", "/admin/alerts/webhooks", body.clone()).await.expect(422, "validation_failed");
        assert!(refused["errors"][field].is_array(), "{body}: {refused}");
    }
    for nothing in [json!({ "url": "http://alerts.example/" }), json!({}), json!({ "rotate_secret": false })] {
        change(nothing).await.expect(422, "validation_failed");
    }
    for n in 1..20 {
        hook(&app, json!({ "name": format!("n{n}"), "url": "https://10.0.0.8/inside" })).await;
    }
    app.owner("POST", "/admin/alerts/webhooks", json!({ "name": "one more", "url": receiver.url })).await.expect(422, "validation_failed");
    assert_eq!(app.owner("DELETE", "/admin/alerts/webhooks/1", json!({})).await.data(), json!({ "deleted": 1 }));
    for (method, path) in [("DELETE", "1"), ("POST", "1"), ("POST", "1/test"), ("POST", "x")] {
        app.owner(method, &format!("/admin/alerts/webhooks/{path}"), json!({})).await.expect(404, "not_found");
    }
    assert!(deliveries(&app).await.is_empty(), "they went with it");
    let viewer = app.token("vera", Role::Viewer).await;
    app.call(&viewer, "GET", "/admin/alerts/webhooks", json!({})).await.expect(403, "role_required");
    app.call(&viewer, "GET", "/admin/alerts", json!({})).await.data();
    let audit = app.owner("GET", "/admin/audit", json!({})).await;
    for action in ["create", "update", "test", "delete"] {
        assert!(audit.text().contains(&format!("admin.alerts.webhook.{action}")), "{action}: {}", audit.text());
    }
    assert!(!audit.text().contains("/hook") && !audit.text().contains("whsec_"), "the audit names scheme, host and port");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_kind_opens_from_what_really_happens(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;
    ask(&app, &key).await.data();
    let is_open = async |kind: &str| {
        shared::alerts::evaluate(&app.app).await.unwrap();
        open(&app).await.into_iter().find(|(one, _)| one == kind).map(|(_, subject)| subject)
    };
    assert_eq!(open(&app).await, []);

    app.at("198.51.100.7").retrieve(&key, crate::ZERO, crate::NEVER).await.expect(403, "ip_mismatch");
    assert_eq!(is_open("address_refused").await.as_deref(), Some("a.example"));
    let alerts = app.owner("GET", "/admin/alerts", json!({})).await;
    assert!(!alerts.text().contains("198.51.100.7"), "an address tells where a person is: {}", alerts.text());
    app.app.clock.advance(TimeDelta::minutes(61));
    assert_eq!(is_open("address_refused").await, None);

    app.app.clock.advance(TimeDelta::days(7));
    assert_eq!(is_open("host_silent").await.as_deref(), Some("a.example"));
    ask(&app, &key).await.data();
    assert_eq!(is_open("host_silent").await, None);

    execute(&app, "UPDATE fleet SET auth_state = 'needs_login', auth_state_code = 'refresh_token_reused'").await;
    assert_eq!(is_open("needs_login").await.as_deref(), Some("fleet"));
    app.seed(&login("acct", "two", crate::T2)).await;
    assert_eq!(is_open("needs_login").await, None);

    app.owner("POST", "/admin/push-policy", json!({ "push": "review" })).await.data();
    app.call(&key, "POST", "/slash-commands/store", json!({ "filename": "hello.md", "prompt": "Hello" })).await.data();
    assert_eq!(is_open("conflict_waiting").await.as_deref(), Some("reviews"));

    execute(&app, "INSERT INTO quota_snapshots (generation, is_good, limit_reached, fetched_at) VALUES (2, 1, 1, NOW(6))").await;
    sqlx::query("UPDATE quota_snapshots SET fetched_at = ?").bind(app.app.clock.now()).execute(&app.app.db).await.unwrap();
    assert_eq!(is_open("quota_near_limit").await.as_deref(), Some("plan (over)"));
    app.app.clock.advance(TimeDelta::hours(4));
    assert_eq!(is_open("quota_near_limit").await, None, "too old to say anything");
}
