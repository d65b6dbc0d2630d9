//! Lists of hosts: their order, their kinds, and going on where a page ended.

use e2e::api::{TestApp, login, manifest};
use serde_json::{Value, json};
use sqlx::MySqlPool;

use crate::{NEVER, T1, change};

async fn names(app: &TestApp, query: &str) -> Vec<String> {
    let listed = app.owner("GET", &format!("/admin/hosts?{query}"), json!({})).await.data();
    listed["hosts"].as_array().unwrap().iter().map(|host| host["fqdn"].as_str().unwrap().replace(".example", "")).collect()
}

/// Hosts a to e: b never called, the others report a Codex each; c and e the same.
async fn fleet(pool: MySqlPool) -> TestApp {
    let app = TestApp::new(pool).await;
    for (name, version) in [("a", Some("0.99.1")), ("b", None), ("c", Some("0.134.0")), ("d", Some("1.2.0")), ("e", Some("0.134.0"))] {
        let (key, _) = app.register(&format!("{name}.example")).await;
        if let Some(version) = version {
            let body = json!({ "command": "retrieve", "client_version": version, "last_refresh": NEVER, "digest": "0".repeat(64) });
            assert!(app.call(&key, "POST", "/auth", body).await.status.is_success());
        }
    }
    app
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn versions_sort_as_numbers_and_pages_go_on_in_the_same_order(pool: MySqlPool) {
    let app = fleet(pool).await;
    let all = ["b", "a", "c", "e", "d"];

    assert_eq!(names(&app, "sort=codex").await, all);
    assert_eq!(names(&app, "sort=codex&descending=true").await, all.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(names(&app, "descending=true").await, ["e", "d", "c", "b", "a"]);
    for descending in [false, true] {
        for sort in ["name", "contact", "codex", "created"] {
            let order = format!("sort={sort}&descending={descending}");
            let whole = names(&app, &order).await;
            let mut paged = vec![];
            let mut after = String::new();
            loop {
                let page = app.owner("GET", &format!("/admin/hosts?{order}&limit=2{after}"), json!({})).await.data();
                paged.extend(page["hosts"].as_array().unwrap().iter().map(|h| h["fqdn"].as_str().unwrap().replace(".example", "")));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            assert_eq!(paged, whole, "{order}");
            assert_eq!(whole.len(), 5, "{order}");
        }
    }
    for bad in ["sort=ip", "descending=perhaps", "only=odd"] {
        app.owner("GET", &format!("/admin/hosts?{bad}"), json!({})).await.expect(422, "validation_failed");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn kinds_of_hosts_are_listed_and_counted_alike(pool: MySqlPool) {
    let app = fleet(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    change(&app, "suspend", json!({})).await;
    app.owner("POST", "/admin/hosts/4/secure", json!({ "secure": false })).await.data();
    let (gone, _) = app.register("f.example").await;
    app.owner("DELETE", "/admin/hosts/6", json!({})).await.data();
    app.call(&gone, "POST", "/sync", Value::String(manifest(""))).await;

    let counts = app.owner("GET", "/admin/hosts/counts", json!({})).await.data();

    let expected =
        json!({ "active": 4, "suspended": 1, "archived": 1, "secure": 4, "insecure": 1, "unprovisioned": 1, "outdated": 4, "refused": 0 });
    assert_eq!(counts, expected);
    for (only, hosts) in [("secure", vec!["a", "b", "c", "e"]), ("insecure", vec!["d"]), ("unprovisioned", vec!["b"]), ("refused", vec![])]
    {
        assert_eq!(names(&app, &format!("only={only}")).await, hosts, "{only}");
    }
    assert_eq!(names(&app, "only=outdated").await, ["a", "c", "d", "e"]);
}
