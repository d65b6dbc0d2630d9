//! AGENTS.md, slash commands and skills as hosts and operators call for them.

use axum::body::Body;
use axum::http::Request;
use e2e::api::{Answer, TestApp};
use serde_json::{Value, json};
use shared::crypto::sha256_hex;
use sqlx::MySqlPool;

use crate::artifacts::{command, skill};

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_a_host_offers_follows_the_policy(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let offer = async |prompt: &str| app.call(&key, "POST", "/slash-commands/store", json!({ "filename": "x.md", "prompt": prompt })).await;
    let list = async || app.owner("GET", "/admin/slash-commands", json!({})).await.data()["commands"].as_array().unwrap().len();

    let first = offer("one").await.data();
    assert_eq!((&first["status"], list().await), (&json!("unchanged"), 0), "by default an operator decides");
    assert_eq!(offer("one").await.data()["review"], first["review"]);
    app.owner("POST", &format!("/admin/reviews/{}/resolve", first["review"]), json!({ "take": "theirs" })).await.data();
    assert_eq!(list().await, 1);
    app.owner("POST", "/admin/hosts/1/push-policy", json!({ "push": "accept" })).await.data();
    assert_eq!(offer("one").await.data()["status"], "unchanged");
    let asked = json!({ "filename": "x.md", "sha256": "" });
    assert_eq!(app.call(&key, "POST", "/slash-commands/retrieve", asked).await.data()["prompt"], "one");
    assert_eq!(offer("two").await.data()["status"], "updated");
    app.owner("POST", "/admin/hosts/1/push-policy", json!({ "push": "refuse" })).await.data();
    offer("three").await.expect(403, "push_refused");
    app.owner("POST", "/admin/hosts/1/push-policy", json!({ "push": null })).await.data();
    assert!(offer("four").await.data()["review"].is_u64());
    app.owner("POST", "/admin/push-policy", json!({ "push": "perhaps" })).await.expect(422, "validation_failed");
}

/// W7, W51: a retired command could be resurrected by any host, and hosts were never told that it was gone.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_is_retired_is_told_and_does_not_come_back_by_a_host(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.owner("POST", "/admin/push-policy", json!({ "push": "accept" })).await.data();
    command(&app, "x.md", "one").await;
    app.owner("POST", "/admin/skills/store", json!({ "slug": "s", "manifest": skill("one") })).await.data();
    for path in ["/admin/slash-commands/X.MD", "/admin/slash-commands/x.md", "/admin/skills/s"] {
        app.owner("DELETE", path, json!({})).await.data();
    }
    for (path, name, field) in [("/slash-commands", "filename", "prompt"), ("/skills", "slug", "manifest")] {
        let id = if name == "slug" { "s" } else { "x.md" };
        let call = async |what: &str, body: Value| app.call(&key, "POST", &format!("{path}/{what}"), body).await.data();
        let gone = call("retrieve", json!({ name: id })).await;
        assert_eq!(gone["status"], "deleted");
        assert!(gone["deleted_at"].is_string() && gone.get(field).is_none());
        for text in [skill("one"), skill("other")] {
            let offered = call("store", json!({ name: id, field: text })).await;
            assert!(offered["status"] == "unchanged" && offered["review"].is_u64(), "{offered}");
        }
        assert_eq!(call("retrieve", json!({ name: id })).await["status"], "deleted");
    }
    let listed = app.call(&key, "GET", "/slash-commands", json!({})).await.data();
    assert!(listed["commands"][0]["deleted_at"].is_string());
    assert_eq!(command(&app, "x.md", "one").await["status"], "updated", "an operator who stores it again means it");
    let asked = app.call(&key, "POST", "/slash-commands/retrieve", json!({ "filename": "x.md" })).await;
    assert_eq!(asked.data()["prompt"], "one");
    assert_eq!(app.call(&key, "POST", "/skills/retrieve", json!({ "slug": "s" })).await.data()["status"], "deleted");
    app.owner("POST", "/admin/skills/s/restore", json!({})).await.data();
    assert_eq!(app.call(&key, "POST", "/skills/retrieve", json!({ "slug": "s" })).await.data()["status"], "updated");
}

/// W52: blank hashes and hashes in upper case meant something else on each endpoint.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn retrieves_answer_by_the_contract(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let agents = async |body: Value| app.call(&key, "POST", "/agents/retrieve", body).await.data();
    assert_eq!(agents(json!({})).await, json!({ "status": "missing" }));
    app.owner("POST", "/admin/agents/store", json!({ "body": "" })).await.data();
    let empty = agents(json!({})).await;
    assert_eq!((&empty["status"], &empty["content"], &empty["size_bytes"]), (&json!("updated"), &json!(""), &json!(0)));
    let upper = empty["sha256"].as_str().unwrap().to_uppercase();
    let same = agents(json!({ "sha256": upper })).await;
    assert!(same["status"] == "unchanged" && same.get("content").is_none(), "{same}");
    app.owner("DELETE", "/admin/agents", json!({})).await.data();
    assert_eq!(agents(json!({})).await["status"], "missing", "it can be taken back");
    assert_eq!(app.owner("GET", "/admin/agents", json!({})).await.data(), json!({ "status": "missing" }));

    command(&app, "x.md", "---\ndescription: d: e\nargument-hint: [f]\n---\nbody").await;
    let found = app.call(&key, "POST", "/slash-commands/retrieve", json!({ "filename": "X.MD", "sha256": null })).await.data();
    assert_eq!((&found["filename"], &found["description"], &found["argument_hint"]), (&json!("X.MD"), &json!("d: e"), &json!("[f]")));
    for path in ["/slash-commands/retrieve", "/skills/retrieve"] {
        let missing = app.call(&key, "POST", path, json!({ "filename": "none", "sha256": "" })).await.data();
        assert_eq!(missing["status"], "missing");
        app.call(&key, "POST", path, json!({ "filename": "../x" })).await.expect(422, "validation_failed");
        app.call(&key, "POST", path, json!({ "filename": "x", "sha256": ["x"] })).await.expect(422, "validation_failed");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn operators_have_history_and_no_lost_updates(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let store = async |text: &str, tag: &str| {
        let request = Request::post("/admin/slash-commands/store").header("authorization", format!("Bearer {}", app.owner));
        let request = request.header("content-type", "application/json").header("if-match", tag);
        app.send(request.body(Body::from(json!({ "filename": "x.md", "prompt": text }).to_string())).unwrap()).await
    };
    store("a\n", "*").await.expect(412, "precondition_failed");
    command(&app, "x.md", "a\nb\n").await;
    let shown = app.owner("GET", "/admin/slash-commands/x.md", json!({})).await;
    let tag = shown.headers["etag"].to_str().unwrap().to_owned();
    store("a\nB\n", &tag).await.data();
    store("lost\n", &tag).await.expect(412, "precondition_failed");
    let get = async |path: &str| app.owner("GET", &format!("/admin/slash-commands/x.md/{path}"), json!({})).await;
    assert!(get("diff").await.data()["diff"].as_str().unwrap().contains("-b\n+B\n"));
    assert_eq!(get("diff?from=2&to=2").await.data()["diff"], "");
    get("diff?from=9").await.expect(404, "not_found");
    app.owner("POST", "/admin/slash-commands/x.md/restore", json!({ "version": 1 })).await.data();
    assert_eq!(app.owner("GET", "/admin/slash-commands/x.md", json!({})).await.data()["prompt"], "a\nb\n");
    let versions = get("versions").await.data()["versions"].clone();
    assert_eq!(versions[0]["version"], 3);
    assert!(versions[0]["author"] == "olivia" && versions[0]["note"] == "restored from version 1", "{versions}");
    app.owner("GET", "/admin/skills/x.md/versions", json!({})).await.expect(404, "not_found");

    let audit = app.owner("GET", "/admin/audit?action=slash.store", json!({})).await.text();
    assert!(audit.contains(&sha256_hex("a\nB\n")) && !audit.contains("a\\nB"), "hashes, no texts: {audit}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn limits_name_the_field(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let refused = |answer: Answer| answer.expect(422, "validation_failed")["errors"].as_object().unwrap().keys().next().unwrap().clone();
    let skills = async |body: Value| app.owner("POST", "/admin/skills/store", body).await;
    let big = "x".repeat(256 * 1024 + 1);
    assert_eq!(refused(app.owner("POST", "/admin/agents/store", json!({ "content": big })).await), "content");
    assert_eq!(refused(skills(json!({ "slug": "x", "manifest": skill("x"), "files": { "../x": "y" } })).await), "files.../x");
    assert_eq!(refused(skills(json!({ "slug": "x", "manifest": skill("x"), "files": { "a": big } })).await), "files.a");
    assert_eq!(refused(skills(json!({ "slug": "x", "manifest": "no front matter" })).await), "manifest");
    assert_eq!(refused(skills(json!({ "slug": "-x", "manifest": skill("x") })).await), "slug");
    command(&app, "one.md", "x").await;
    sqlx::query("INSERT INTO artifacts (kind, name, name_key, version, created_at, updated_at) SELECT 'x', seq, seq, 1, NOW(6), NOW(6) FROM (WITH RECURSIVE n AS (SELECT 1 AS seq UNION ALL SELECT seq + 1 FROM n WHERE seq < 999) SELECT seq FROM n) t")
        .execute(&app.app.db)
        .await
        .unwrap();
    assert_eq!(refused(app.owner("POST", "/admin/slash-commands/store", json!({ "filename": "two.md", "prompt": "x" })).await), "filename");
    command(&app, "one.md", "y").await;
}
