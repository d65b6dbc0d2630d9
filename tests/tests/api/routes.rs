//! Every route: who may call it, and that the document tells the truth.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::{get, put};
use e2e::api::TestApp;
use serde_json::{Value, json};
use shared::access::Role;
use shared::access::matrix::{Access, MATRIX};
use shared::hosts::gate::Door;
use sqlx::MySqlPool;
use sqlx::mysql::MySqlPoolOptions;

/// Paths with something in every placeholder that names nothing.
fn concrete(path: &str) -> String {
    path.replace("{id}", "0")
        .replace("{filename}", "x.md")
        .replace("{slug}", "x")
        .replace("{name}", "x")
        .replace("{token}", "00000000-0000-4000-8000-000000000000")
        .replace("{*rest}", "index.html")
}

#[test]
fn every_route_of_the_document_is_in_the_table_and_every_row_is_a_route() {
    let (_, mut document) = local_dev::api();
    let documented: BTreeSet<_> = document
        .paths
        .paths
        .iter_mut()
        .flat_map(|(path, item)| {
            let path = path.clone();
            shared::openapi::operations(item).into_iter().map(move |(method, _)| format!("{method} {path}")).collect::<Vec<_>>()
        })
        .collect();
    let rows = || MATRIX.iter().filter(|(_, _, access)| *access != Access::Page).map(|(method, path, _)| format!("{method} {path}"));

    assert_eq!(documented, rows().collect(), "left: in the document; right: in shared/src/access/matrix.rs");
    assert_eq!(rows().count(), documented.len(), "a row is there twice");
    let mut names = BTreeSet::new();
    let operations = document.paths.paths.iter_mut().flat_map(|(_, item)| shared::openapi::operations(item));
    let again: Vec<_> =
        operations.filter_map(|(_, operation)| operation.operation_id.clone()).filter(|id| !names.insert(id.clone())).collect();
    assert!(again.is_empty(), "two operations have one name, and clients would know one of them: {again:?}");
}

#[test]
fn the_document_is_its_snapshot() {
    let (_, document) = local_dev::api();
    let now = document.to_pretty_json().unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    if shared::config::variable("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(now == kept, "the API document has changed: if that is meant, run `UPDATE_SNAPSHOTS=1 local-dev/test -E 'test(snapshot)'`");
}

/// Who calls, and with what.
struct Caller {
    name: &'static str,
    token: String,
    role: Option<Role>,
    is_host: bool,
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn each_caller_gets_through_exactly_where_the_table_says(pool: MySqlPool) {
    let nowhere =
        [("RATE_LIMIT_AUTH_FAIL_COUNT", "100000"), ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0"), ("CODEX_RELEASES_API_URL", "http://127.0.0.1:9")];
    let app = TestApp::with(pool, &nowhere).await;
    let mut callers = vec![
        Caller { name: "nobody", token: String::new(), role: None, is_host: false },
        Caller { name: "somebody with a made-up key", token: "a".repeat(64), role: None, is_host: false },
        Caller { name: "the hash of the owner's token", token: hex::encode(shared::crypto::hash(&app.owner)), role: None, is_host: false },
    ];
    for role in [Role::Viewer, Role::Operator, Role::Owner] {
        callers.push(Caller { name: role.name(), token: app.token(role.name(), role).await, role: Some(role), is_host: false });
    }
    for (method, path, access) in MATRIX {
        // A host that leaves is gone: everyone of them is new for each route.
        let (host, _) = app.register("a.example").await;
        let (other, _) = app.register("b.example").await;
        let hosts = [("a host", host), ("another host", other)].map(|(name, token)| Caller { name, token, role: None, is_host: true });
        for caller in callers.iter().chain(&hosts) {
            let answer = app.call(&caller.token, method.as_str(), &concrete(path), json!({})).await;
            let status = answer.status.as_u16();
            let code = serde_json::from_slice::<Value>(&answer.bytes).ok().and_then(|body| Some(body["code"].as_str()?.to_owned()));
            let expected = match access {
                Access::Public | Access::Page | Access::Link | Access::Handle => None,
                Access::Host(_) => match (caller.is_host, caller.token.is_empty()) {
                    (true, _) => None,
                    (false, true) => Some((401, "api_key_missing")),
                    (false, false) => Some((401, "invalid_api_key")),
                },
                Access::Admin(needed) => match caller.role {
                    None => Some((401, "sign_in_required")),
                    Some(role) if role < *needed => Some((403, "role_required")),
                    Some(_) => None,
                },
            };
            let what = format!("{method} {path} as {}: {}", caller.name, answer.text());
            match expected {
                Some((refused, why)) => assert_eq!((status, code.as_deref()), (refused, Some(why)), "{what}"),
                None => assert!(!matches!(status, 401 | 403 | 405 | 500), "{what}"),
            }
        }
    }
    let doors = MATRIX.iter().filter(|(_, _, access)| matches!(access, Access::Host(Door::Leave)));
    assert_eq!(doors.count(), 1, "leaving is the only door without a window");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_route_that_is_not_in_the_table_is_closed(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let forgotten = axum::Router::new().route("/admin/forgotten", get(async || "secret")).route("/auth", put(async || "secret"));
    let app = app.serving(forgotten);

    let owner = app.owner("GET", "/admin/forgotten", json!({})).await;
    let method = app.owner("PUT", "/auth", json!({})).await;

    owner.expect(403, "route_closed");
    method.expect(405, "method_not_allowed");
    assert_eq!(method.headers["allow"], "POST,DELETE");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_wrong_method_says_which_are_right_and_head_is_get(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    for (method, path, allow) in [("PATCH", "/auth", "POST,DELETE"), ("POST", "/versions", "GET"), ("PUT", "/admin/hosts", "GET")] {
        let answer = app.owner(method, path, json!({})).await;
        answer.expect(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], allow, "{method} {path}");
    }
    let head = app.send(Request::builder().method(Method::HEAD).uri("/versions").body(Body::empty()).unwrap()).await;
    assert_eq!(head.status, 200);
    app.call("", "GET", "/nothing", json!({})).await.expect(404, "route_not_found");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_documents_come_without_third_parties(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let document = app.call("", "GET", "/openapi.json", Value::Null).await;
    assert_eq!(document.json()["paths"]["/auth"]["post"]["security"], json!([{ "host_key": [] }, { "bearer": [] }]));
    let page = app.call("", "GET", "/docs/", Value::Null).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(page.text().contains("swagger-ui") && !page.text().contains("https://"), "{}", page.text());
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
}

/// Goes on with `call` at so many of the moments when it can, and drops it at the next.
async fn cut_off(call: impl Future, moments: usize) {
    let (mut call, mut left) = (pin!(call), moments);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        call.as_mut().poll(context).map(|_| ())
    })
    .await;
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_caller_that_goes_away_spoils_nothing_for_the_next(pool: MySqlPool) {
    // As the server's own pool: it does not ask each connection whether it is well before it is used.
    let own = MySqlPoolOptions::new().max_connections(4).test_before_acquire(false);
    let app = TestApp::new(own.connect_lazy_with(pool.connect_options().as_ref().clone())).await;
    for call in 0..150 {
        let body = json!({ "fqdn": format!("box-{call}.example.com") });
        // A transaction begins with two statements at once: between their answers a connection is most easily left out of step.
        cut_off(app.owner("POST", "/admin/hosts/register", body), 1 + call % 30).await;
        assert_eq!(app.owner("GET", "/admin/hosts", json!({})).await.status, 200, "after call {call}");
    }
}
