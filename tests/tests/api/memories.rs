//! Memories over REST, what is shared, and what administrators do with them.

use chrono::TimeDelta;
use e2e::api::TestApp;
use e2e::mcp::Client;
use serde_json::{Value, json};
use shared::access::Role;
use shared::memories::remove;
use sqlx::MySqlPool;

async fn unlimited(pool: MySqlPool) -> TestApp {
    TestApp::with(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await
}

async fn rest(app: &TestApp, key: &str, verb: &str, body: Value) -> Value {
    app.call(key, "POST", &format!("/mcp/memories/{verb}"), body).await.data()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn clients_without_mcp_have_the_same_memories(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    let stored = rest(&app, &alice.key, "store", json!({ "key": "k", "text": " told here ", "tags": ["One", "one"] })).await;
    assert_eq!((&stored["status"], &stored["id"], &stored["memory"]["content"]), (&json!("created"), &json!("k"), &json!("told here")));
    assert_eq!(
        (&stored["memory"]["host_id"], &stored["memory"]["host"], &stored["memory"]["tags"]),
        (&json!(1), &Value::Null, &json!(["One"]))
    );
    let generated = rest(&app, &alice.key, "store", json!({ "content": "x" })).await;
    assert_eq!(generated["id"].as_str().unwrap().len(), 36);

    assert_eq!(alice.tool("memory_retrieve", json!({ "id": "K" })).await["memory"], stored["memory"]);
    assert_eq!(
        rest(&app, &alice.key, "retrieve", json!({ "memory_id": "none" })).await,
        json!({ "status": "missing", "id": "none", "memory": null })
    );
    let found = rest(&app, &alice.key, "search", json!({ "q": "told", "limit": "3" })).await;
    assert_eq!((&found["status"], &found["query"], &found["limit"], &found["count"]), (&json!("ok"), &json!("told"), &json!(3), &json!(1)));
    assert!(found["matches"][0]["score"].as_f64().unwrap() > 0.0);
    assert_eq!(rest(&app, &alice.key, "search", Value::Null).await["count"], 2);
    assert_eq!(rest(&app, &alice.key, "delete", json!({ "id": "k" })).await, json!({ "status": "deleted", "id": "k" }));
    let again = app.call(&alice.key, "DELETE", "/mcp/memories/k", Value::Null).await.data();
    assert_eq!(again["status"], "missing");

    for (verb, body, field) in [
        ("store", json!({ "id": "a b", "content": "x" }), "id"),
        ("store", json!({}), "content"),
        ("store", json!({ "content": "x".repeat(32_001) }), "content"),
        ("store", json!({ "content": "x", "metadata": [1] }), "metadata"),
        ("store", json!({ "content": "x", "tags": {} }), "tags"),
        ("store", json!({ "content": "-----BEGIN PRIVATE KEY-----" }), "content"),
        ("store", json!({ "content": "x", "scope": "host:2" }), "scope"),
        ("store", json!({ "content": "x", "if_version": "1" }), "if_version"),
        ("retrieve", json!({}), "id"),
        ("delete", json!({ "id": 7 }), "id"),
        ("search", json!({ "tags": [7] }), "tags"),
        ("search", json!({ "scope": 7 }), "scope"),
    ] {
        let answer = app.call(&alice.key, "POST", &format!("/mcp/memories/{verb}"), body.clone()).await;
        let errors = answer.expect(422, "validation_failed")["errors"].clone();
        assert!(errors[field].is_array(), "{verb} {body}: {errors}");
    }
    app.call(&alice.key, "POST", "/mcp/memories/store", json!({ "id": "x", "content": "x", "if_version": 3 }))
        .await
        .expect(412, "precondition_failed");
    app.call(&alice.key, "POST", "/mcp/memories/store", json!({ "content": "x", "scope": "fleet" })).await.expect(403, "scope_not_granted");
    app.call(&alice.key, "DELETE", "/mcp/memories/a%20b", Value::Null).await.expect(422, "validation_failed");
    let wide = rest(&app, &alice.key, "store", json!({ "content": "é".repeat(32_000) })).await;
    assert_eq!(wide["status"], "created", "W62: characters, not bytes");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_is_shared_is_granted_first(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let (alice, bob) = (Client::register(&app, "a.example").await, Client::register(&app, "b.example").await);
    let carol = Client::register(&app, "c.example").await;
    app.owner("POST", "/admin/hosts/2/labels", json!({ "tags": ["CI"] })).await.data();
    let grant = |body: Value| app.owner("POST", "/admin/mcp/grants", body);
    grant(json!({ "scope": "fleet", "host_id": 1, "access": "write" })).await.data();
    let first = grant(json!({ "scope": "fleet", "tag": "ci", "access": "read" })).await.data();
    grant(json!({ "scope": "tag:web", "tag": "ci", "access": "read-write" })).await.data();

    let shared = alice.tool("memory_store", json!({ "id": "rule", "content": "everybody tests first", "scope": "fleet" })).await;
    assert_eq!((&shared["memory"]["scope"], &shared["memory"]["written_by"]), (&json!("fleet"), &json!("a.example")));
    bob.tool("memory_store", json!({ "id": "rule", "content": "tests run at night", "scope": "tag:web" })).await;
    let own = bob.tool("memory_store", json!({ "id": "mine", "content": "tests of bob" })).await;
    assert_eq!(own["memory"]["scope"], "host");

    let ids = |found: Value| -> Vec<String> {
        let one = |memory: &Value| format!("{} {}", memory["scope"].as_str().unwrap(), memory["id"].as_str().unwrap());
        let mut all: Vec<_> = found["matches"].as_array().unwrap().iter().map(one).collect();
        all.sort();
        all
    };
    assert_eq!(ids(bob.tool("memory_search", json!({ "query": "tests" })).await), ["fleet rule", "host mine", "tag:web rule"]);
    assert_eq!(ids(bob.tool("memory_search", json!({ "query": "tests", "scope": "fleet" })).await), ["fleet rule"]);
    assert_eq!(ids(alice.tool("memory_search", json!({ "query": "tests" })).await), ["fleet rule"]);
    assert_eq!(ids(carol.tool("memory_search", json!({ "query": "tests" })).await), [""; 0]);
    assert_eq!(ids(carol.tool("memory_list", json!({})).await), [""; 0]);
    assert_eq!(bob.tool("memory_retrieve", json!({ "id": "rule" })).await["memory"]["scope"], "fleet");
    for (who, tool, arguments) in [
        (&bob, "memory_store", json!({ "content": "x", "scope": "fleet" })),
        (&bob, "memory_delete", json!({ "id": "rule", "scope": "fleet" })),
        (&carol, "memory_search", json!({ "query": "x", "scope": "fleet" })),
        (&carol, "memory_retrieve", json!({ "id": "rule", "scope": "tag:web" })),
        (&alice, "memory_append", json!({ "resource_id": "r", "text": "x", "scope": "tag:web" })),
    ] {
        assert!(who.refused(tool, arguments.clone()).await.contains("not granted"), "{tool} {arguments}");
    }

    app.owner("DELETE", &format!("/admin/mcp/grants/{}", first["id"]), Value::Null).await.data();
    assert_eq!(ids(bob.tool("memory_search", json!({ "query": "tests" })).await), ["host mine", "tag:web rule"]);
    let grants = app.owner("GET", "/admin/mcp/grants", Value::Null).await.data();
    assert_eq!(grants["grants"].as_array().unwrap().len(), 2);
    for (body, field) in [
        (json!({ "scope": "host:1", "host_id": 1, "access": "read" }), "scope"),
        (json!({ "scope": "all", "host_id": 1, "access": "read" }), "scope"),
        (json!({ "scope": "fleet", "host_id": 1, "tag": "ci", "access": "read" }), "host_id"),
        (json!({ "scope": "fleet", "access": "read" }), "host_id"),
        (json!({ "scope": "fleet", "tag": "a b", "access": "read" }), "tag"),
        (json!({ "scope": "fleet", "tag": "ci", "access": "all" }), "access"),
    ] {
        let errors = grant(body.clone()).await.expect(422, "validation_failed")["errors"].clone();
        assert!(errors[field].is_array(), "{body}: {errors}");
    }
    grant(json!({ "scope": "fleet", "host_id": 99, "access": "read" })).await.expect(404, "not_found");
    app.owner("DELETE", "/admin/mcp/grants/99", Value::Null).await.expect(404, "not_found");
    let audit = app.owner("GET", "/admin/audit?action=mcp.", Value::Null).await.data();
    assert_eq!(audit["entries"].as_array().unwrap().len(), 4);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn administrators_read_edit_delete_and_restore(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let (alice, bob) = (Client::register(&app, "a.example").await, Client::register(&app, "b.example").await);
    alice.tool("memory_store", json!({ "id": "one", "content": "swordfish is the word", "tags": ["T", "u"] })).await;
    app.app.clock.advance(TimeDelta::seconds(1));
    bob.tool("memory_store", json!({ "id": "two", "content": "another word" })).await;
    let list = |query: &str| {
        let path = format!("/admin/mcp/memories?{query}");
        let app = &app;
        async move { app.owner("GET", &path, Value::Null).await.data() }
    };
    let ids = |page: &Value| page["matches"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();

    let all = list("").await;
    assert_eq!(
        (ids(&all), &all["status"], &all["limit"], &all["host_id"]),
        (vec!["two".into(), "one".into()], &json!("ok"), &json!(50), &Value::Null)
    );
    assert_eq!((&all["matches"][1]["host"], &all["matches"][1]["scope"]), (&json!("a.example"), &json!("host:1")));
    for (query, expected) in [
        ("q=word", &["one", "two"][..]),
        ("query=SWORDFISH", &["one"]),
        ("host_id=2", &["two"]),
        ("tags=t,u", &["one"]),
        ("tags=t%20x", &[]),
        ("scope=host:1", &["one"]),
        ("scope=fleet", &[]),
        ("q=is", &["one"]),
        ("deleted=1", &[]),
        ("limit=x", &["two"]),
    ] {
        let mut found = ids(&list(query).await);
        found.sort();
        assert_eq!(found, expected, "{query}");
    }
    let page = list("limit=1").await;
    assert_eq!(ids(&list(&format!("limit=1&before={}", page["next"])).await), ["one"]);
    for (query, field) in [("host_id=x", "host_id"), ("scope=x", "scope"), ("before=99", "before"), ("q=a&before=1", "before")] {
        let answer = app.owner("GET", &format!("/admin/mcp/memories?{query}"), Value::Null).await;
        assert!(answer.expect(422, "validation_failed")["errors"][field].is_array(), "{query}");
    }
    let tags = format!("tags={}", "x".repeat(65));
    app.owner("GET", &format!("/admin/mcp/memories?{tags}"), Value::Null).await.expect(422, "validation_failed");

    let edit = |id: u64, body: Value| {
        let app = &app;
        async move { app.owner("POST", &format!("/admin/mcp/memories/{id}"), body).await }
    };
    let edited = edit(1, json!({ "content": "herring is the word", "if_version": 1 })).await.data();
    assert_eq!((&edited["version"], &edited["tags"], &edited["written_by"]), (&json!(2), &json!(["T", "u"]), &json!("olivia")));
    edit(1, json!({ "content": "x", "if_version": 1 })).await.expect(412, "precondition_failed");
    edit(1, json!({ "content": "-----BEGIN PRIVATE KEY-----" })).await.expect(422, "validation_failed");
    edit(9, json!({})).await.expect(404, "not_found");
    assert_eq!(edit(1, json!({})).await.data()["version"], 2, "nothing changed, nothing is written");
    assert_eq!(
        (alice.tool("memory_search", json!({ "query": "swordfish" })).await["count"].clone(), ids(&list("q=swordfish").await)),
        (json!(0), vec![])
    );
    assert_eq!(alice.tool("memory_search", json!({ "query": "herring" })).await["count"], 1);

    let delete = |id: u64| {
        let app = &app;
        async move { app.owner("DELETE", &format!("/admin/mcp/memories/{id}"), Value::Null).await.data() }
    };
    assert_eq!(
        (delete(1).await, delete(1).await, delete(9).await),
        (json!({ "deleted": 1 }), json!({ "deleted": 1 }), json!({ "deleted": 9 }))
    );
    assert_eq!(alice.tool("memory_retrieve", json!({ "id": "one" })).await["status"], "missing");
    for query in ["deleted=1", "deleted=1&q=herring&tags=t"] {
        assert_eq!(ids(&list(query).await), ["one"], "{query}");
    }
    edit(1, json!({ "content": "x" })).await.expect(404, "not_found");
    let restored = app.owner("POST", "/admin/mcp/memories/1/restore", Value::Null).await.data();
    assert_eq!(
        (&restored["content"], &restored["version"], &restored["deleted_at"]),
        (&json!("herring is the word"), &json!(3), &Value::Null)
    );
    assert_eq!(alice.tool("memory_search", json!({ "query": "herring" })).await["count"], 1);
    app.owner("POST", "/admin/mcp/memories/9/restore", Value::Null).await.expect(404, "not_found");
    app.owner("GET", "/admin/mcp/memories/9", Value::Null).await.expect(404, "not_found");
    assert_eq!(app.owner("GET", "/admin/mcp/memories/1", Value::Null).await.headers["etag"], "\"3\"");

    let audit = app.owner("GET", "/admin/audit?action=memory.", Value::Null).await.data();
    let actions: Vec<_> = audit["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["memory.admin.restore", "memory.admin.delete", "memory.admin.edit"]);
    assert!(!audit.to_string().contains("herring"), "the audit does not keep what a memory says");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn all_memories_are_exported_a_line_each(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    for number in 0..450 {
        rest(&app, &alice.key, "store", json!({ "id": format!("m{number}"), "content": format!("line\n{number}") })).await;
    }
    let operator = app.token("oscar", Role::Operator).await;
    let answer = app.call(&operator, "GET", "/admin/mcp/memories/export", Value::Null).await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let text = answer.text();
    let ids: std::collections::BTreeSet<_> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((text.lines().count(), ids.len()), (450, 450));
    let some = app.call(&operator, "GET", "/admin/mcp/memories/export?q=7&host_id=1", Value::Null).await;
    assert_eq!(some.text().lines().count(), 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_is_deleted_is_forgotten_after_a_month_and_calls_after_three(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    for id in ["early", "late", "kept"] {
        alice.tool("memory_store", json!({ "id": id, "content": "x" })).await;
    }
    alice.tool("memory_delete", json!({ "id": "early" })).await;
    app.app.clock.advance(TimeDelta::days(2));
    alice.tool("memory_delete", json!({ "id": "late" })).await;
    assert!(shared::mcp::log::flush(&app.app).await);
    app.app.clock.advance(TimeDelta::days(29));

    assert_eq!(remove::purge(&app.app).await.unwrap(), 1);

    let deleted = app.owner("GET", "/admin/mcp/memories?deleted=1", Value::Null).await.data();
    assert_eq!((&deleted["count"], &deleted["matches"][0]["id"]), (&json!(1), &json!("late")));
    assert_eq!(shared::mcp::log::sweep(&app.app).await.unwrap(), 0);
    app.app.clock.advance(TimeDelta::days(60));
    assert_eq!(shared::mcp::log::sweep(&app.app).await.unwrap(), 4);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn two_that_store_one_memory_are_one_after_the_other(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    let store = |number: u32| rest(&app, &alice.key, "store", json!({ "id": "same", "content": format!("text {number}") }));
    let all = futures_util::future::join_all((0..12).map(store)).await;
    let count = |status: &str| all.iter().filter(|one| one["status"] == status).count();
    assert_eq!((count("created"), count("updated")), (1, 11));
    let now = rest(&app, &alice.key, "retrieve", json!({ "id": "same" })).await;
    assert_eq!(now["memory"]["version"], 12);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_is_rare_is_found_among_very_many_that_have_the_common_word(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    let store = async |id: &str, content: &str, tags: Value| {
        alice.tool("memory_store", json!({ "id": id, "content": content, "tags": tags })).await
    };
    store("old", "deploy to harwich", json!(["ship", "sea"])).await;
    store("plain", "harwich", json!([])).await;
    let many: Vec<_> = (0..1500_u64).map(|number| 100 + number).collect();
    let mut rows = sqlx::QueryBuilder::new(
        "INSERT INTO memories (id, scope, memory_id, memory_key, version, content, tags, author, created_at, updated_at) ",
    );
    rows.push_values(&many, |mut row, id| {
        row.push_bind(id).push("'host:1'").push_bind(id).push_bind(id).push("1, 'deploy often', '[\"sea\"]', 'a', NOW(), NOW()");
    });
    rows.build().execute(&app.app.db).await.unwrap();
    for word in shared::memories::words::index("deploy often", &["sea".to_owned()]) {
        sqlx::query("INSERT INTO memory_words (word, scope, memory_id) SELECT ?, scope, id FROM memories WHERE id >= 100")
            .bind(word)
            .execute(&app.app.db)
            .await
            .unwrap();
    }
    let found = async |arguments: Value| {
        let found = alice.tool("memory_search", arguments).await;
        found["matches"].as_array().unwrap().iter().map(|memory| memory["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(found(json!({ "query": "deploy harwich", "limit": 3 })).await, ["old", "plain", "1599"]);
    assert_eq!(found(json!({ "query": "deploy", "limit": 2 })).await, ["1599", "1598"]);
    assert_eq!(found(json!({ "query": "deploy", "tags": ["ship"] })).await, ["old"]);
    assert_eq!(found(json!({ "query": "harwich", "tags": ["sea"] })).await, ["old"]);
    assert_eq!(found(json!({ "query": "deploy", "tags": ["sea"], "limit": 2 })).await, ["1599", "1598"]);
    assert_eq!(found(json!({ "tags": ["ship", "sea"] })).await, ["old"]);
    assert_eq!(found(json!({ "query": "plain words that nobody wrote" })).await, [""; 0]);
    for host in ["", "&host_id=1", "&scope=host:1"] {
        let page = app.owner("GET", &format!("/admin/mcp/memories?q=deploy%20harwich&limit=2{host}"), Value::Null).await.data();
        assert_eq!((&page["matches"][0]["id"], &page["matches"][1]["id"]), (&json!("old"), &json!("plain")), "{host}");
    }
}
