//! Following what changes.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use e2e::api::TestApp;
use futures_util::StreamExt as _;
use serde_json::json;
use sqlx::MySqlPool;

/// Longer than between two looks.
const SOON: Duration = Duration::from_secs(20);

async fn follow(app: &TestApp) -> BodyDataStream {
    let request = Request::get("/admin/events").header("authorization", format!("Bearer {}", app.owner));
    let answer = app.begin(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &"text/event-stream".parse().unwrap()));
    answer.into_body().into_data_stream()
}

/// The next event, without signs of life.
async fn next(events: &mut BodyDataStream) -> String {
    loop {
        let bytes = tokio::time::timeout(SOON, events.next()).await.expect("an event comes soon").unwrap().unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        if let Some(topics) = text.strip_prefix("event: changed\ndata: ") {
            return topics.trim().to_owned();
        }
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn who_follows_hears_what_moves_and_never_what_it_is(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let mut events = follow(&app).await;
    assert_eq!(next(&mut events).await, "[]", "as things are");
    let (key, _) = app.register("a.example").await;
    assert_eq!(next(&mut events).await, r#"["audit","hosts"]"#);
    app.call(&key, "POST", "/host/users", json!({ "username": "ada", "hostname": "a" })).await.data();
    let told = next(&mut events).await;
    assert!(told.contains("hosts") && !told.contains("ada"), "{told}");
    app.app.stopping.send_replace(true);
    let end = tokio::time::timeout(SOON, events.next()).await.expect("a server that stops ends its streams");
    assert!(end.is_none());
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn where_an_answer_cannot_last_there_is_none(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("AWS_LAMBDA_FUNCTION_NAME", "admin")]).await;
    assert_eq!(app.owner("GET", "/admin/events", json!({})).await.status, 204);
}
