//! The audit: what it says, and that nobody can change what it said.

use axum::body::Body;
use axum::http::Request;
use e2e::api::{TestApp, login};
use serde_json::{Value, json};
use shared::audit::verify::verify;
use sqlx::MySqlPool;

use crate::{NEVER, T1};

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_entry_says_who_what_from_where_and_how_it_was_before(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("a.example").await;

    let answer = app.at("198.51.100.7").owner("POST", "/admin/hosts/1/vip", json!({ "vip": true })).await;

    let audit = app.owner("GET", "/admin/audit?action=admin.host.vip", json!({})).await.data();
    let entry = &audit["entries"][0];
    assert_eq!(
        (entry["actor_kind"].as_str(), entry["actor"].as_str(), entry["target"].as_str()),
        (Some("token"), Some("olivia"), Some("a.example"))
    );
    assert_eq!((&entry["before"], &entry["after"]), (&json!({ "vip": false }), &json!({ "vip": true })));
    assert_eq!(
        (entry["address"].as_str(), entry["request_id"].as_str()),
        (Some("198.51.100.7"), answer.headers["x-request-id"].to_str().ok())
    );
    assert_eq!(entry["created_at"], "2026-11-24T12:00:00+00:00");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_change_is_audited_and_no_secret_is(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("CODEX_RELEASES_API_URL", "http://127.0.0.1:9")]).await;
    let (key, _) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;
    let view = app.retrieve(&key, &"0".repeat(64), NEVER).await.data()["auth"].clone();
    let seed = app.owner("POST", "/admin/auth/seed-command", json!({})).await.data()["command"].as_str().unwrap().to_owned();
    let token = app.owner("POST", "/admin/access/tokens", json!({ "name": "ci", "role": "viewer" })).await.data();
    let rotated = app.owner("POST", "/admin/hosts/1/key/rotate", json!({})).await.data();
    for (path, body) in [
        ("/admin/api/state", json!({ "disabled": false })),
        ("/admin/prune-policy", json!({ "inactivity_days": 9 })),
        ("/admin/auth/reveal", json!({ "reason": "moving to another server" })),
        ("/admin/hosts/1/roaming", json!({ "allow": true })),
        ("/admin/hosts/1/labels", json!({ "tags": ["ci"], "notes": "n" })),
        ("/admin/hosts/1/suspend", json!({})),
    ] {
        app.owner("POST", path, body).await.data();
    }
    app.owner("DELETE", "/admin/hosts/1", json!({})).await.data();

    let all = app.owner("GET", "/admin/audit?limit=500", json!({})).await;
    let actions: Vec<_> = all.data()["entries"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap().to_owned()).collect();
    let expected = [
        "admin.host.delete",
        "admin.host.suspend",
        "admin.host.labels",
        "admin.host.roaming",
        "admin.auth.reveal",
        "admin.prune_policy",
        "admin.api.state",
        "admin.host.key_rotate",
        "admin.access.token.create",
        "admin.seed_token.create",
        "auth.bind_ip",
        "host.key.activate",
        "auth.store",
        "register",
        "admin.access.token.create",
    ];
    assert_eq!(actions, expected, "newest first");
    let link = seed.rsplit('/').next().unwrap().split('\'').next().unwrap();
    let handle = view["tokens"]["refresh_token"].as_str().unwrap();
    let secrets = [
        &*key,
        rotated["api_key"].as_str().unwrap(),
        token["token"].as_str().unwrap(),
        &app.owner,
        link,
        handle,
        "real_refresh",
        "access-token",
    ];
    for secret in secrets {
        assert!(!all.text().contains(secret), "{secret}: {}", all.text());
    }
    assert!(verify(&app.app).await.unwrap().intact);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_is_refused_leaves_no_entry(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("a.example").await;
    let count = async || app.owner("GET", "/admin/audit?limit=500", json!({})).await.data()["entries"].as_array().unwrap().len();
    let before = count().await;
    app.owner("POST", "/admin/hosts/1/insecure/enable", json!({})).await.expect(422, "validation_failed");
    app.owner("POST", "/admin/hosts/9/vip", json!({ "vip": true })).await.expect(404, "not_found");
    app.owner("POST", "/admin/hosts/1/vip", json!({ "vip": "maybe" })).await.expect(422, "validation_failed");
    assert_eq!(count().await, before);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_audit_is_filtered_and_paged_on_the_server(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    for n in 0..7 {
        app.register(&format!("h{n}.example")).await;
        app.app.clock.advance(chrono::TimeDelta::minutes(1));
    }
    let targets = |page: &Value| -> Vec<String> {
        page["entries"].as_array().unwrap().iter().map(|entry| entry["target"].as_str().unwrap().to_owned()).collect()
    };
    let get = async |query: &str| app.owner("GET", &format!("/admin/audit?{query}"), json!({})).await.data();

    let first = get("action=register&limit=3").await;
    let second = get(&format!("action=register&limit=3&before={}", first["next"])).await;
    let third = get(&format!("action=register&limit=3&before={}", second["next"])).await;

    assert_eq!(targets(&first), ["h6.example", "h5.example", "h4.example"]);
    assert_eq!(targets(&second), ["h3.example", "h2.example", "h1.example"]);
    assert_eq!((targets(&third), &third["next"]), (vec!["h0.example".to_owned()], &Value::Null));
    assert_eq!(targets(&get("target=h2.example").await), ["h2.example"]);
    assert_eq!(targets(&get("actor=nobody").await), [""; 0]);
    assert_eq!(targets(&get("action=admin.access.").await), ["olivia"]);
    assert_eq!(targets(&get("since=2026-11-24T12:05:00Z&action=register").await), ["h6.example", "h5.example"]);
    assert_eq!(targets(&get("until=2026-11-24T12:01:00Z&action=register").await), ["h0.example"]);
    for bad in ["limit=0", "limit=501", "before=x", "since=yesterday"] {
        app.owner("GET", &format!("/admin/audit?{bad}"), json!({})).await.expect(422, "validation_failed");
    }
}

/// What somebody who can write the database does to it, and where the check notices.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn whatever_is_done_to_the_chain_is_found(_: sqlx::mysql::MySqlPoolOptions, options: sqlx::mysql::MySqlConnectOptions) {
    // One connection: what the test keeps aside is in its temporary tables.
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let app = TestApp::new(one).await;
    for n in 0..6 {
        app.register(&format!("h{n}.example")).await;
    }
    let intact = app.owner("GET", "/admin/audit/verify", json!({})).await.data();
    assert_eq!(intact, json!({ "intact": true, "entries": 7, "broken": null }));
    for (what, attack, seq) in [
        ("flip", &["UPDATE audit SET target = 'h9.example' WHERE seq = 3"][..], 3),
        ("another actor", &["UPDATE audit SET actor = 'mallory' WHERE seq = 2"], 2),
        ("erase a value", &["UPDATE audit SET after_json = NULL WHERE seq = 5"], 5),
        ("back-date", &["UPDATE audit SET created_at = created_at - INTERVAL 1 MICROSECOND WHERE seq = 1"], 1),
        ("delete", &["DELETE FROM audit WHERE seq = 4"], 4),
        ("delete and close the gap", &["DELETE FROM audit WHERE seq = 4", "UPDATE audit SET seq = seq - 1 WHERE seq > 4 ORDER BY seq"], 4),
        ("delete the newest", &["DELETE FROM audit WHERE seq = 7"], 7),
        ("delete the newest and move the end", &["DELETE FROM audit WHERE seq = 7", "UPDATE audit_head SET seq = 6"], 6),
        (
            "swap places",
            &[
                "UPDATE audit SET seq = 99 WHERE seq = 2",
                "UPDATE audit SET seq = 2 WHERE seq = 5",
                "UPDATE audit SET seq = 5 WHERE seq = 99",
            ],
            2,
        ),
        ("swap rows", &["UPDATE audit SET id = id + 100 WHERE seq = 3"], 4),
        ("add", &["INSERT INTO audit (actor, action, target, created_at) VALUES ('olivia', 'register', 'x', NOW())"], 8),
        (
            "add with a made-up hash",
            &[
                "INSERT INTO audit (seq, actor_kind, actor, action, target, created_at, hash) VALUES (8, 'token', 'olivia', 'register', 'x', NOW(), REPEAT('a', 32))",
            ],
            8,
        ),
    ] {
        let mut tx = app.app.db.begin().await.unwrap();
        sqlx::query("CREATE TEMPORARY TABLE kept AS SELECT * FROM audit").execute(&mut *tx).await.unwrap();
        sqlx::query("CREATE TEMPORARY TABLE kept_head AS SELECT * FROM audit_head").execute(&mut *tx).await.unwrap();
        for sql in attack {
            sqlx::query(*sql).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();

        let verdict = verify(&app.app).await.unwrap();

        let broken = verdict.broken.unwrap_or_else(|| panic!("{what} was not noticed"));
        assert_eq!((verdict.intact, broken.seq), (false, seq), "{what}: {broken:?}");
        restore(&app).await;
        assert!(verify(&app.app).await.unwrap().intact, "{what}: the test puts back what was there");
    }
}

/// Puts the audit back.
async fn restore(app: &TestApp) {
    for sql in [
        "DELETE FROM audit",
        "INSERT INTO audit SELECT * FROM kept",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT * FROM kept_head",
        "DROP TEMPORARY TABLE kept",
        "DROP TEMPORARY TABLE kept_head",
    ] {
        sqlx::query(sql).execute(&app.app.db).await.unwrap();
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn concurrent_changes_make_one_chain(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let app = app.clone();
            tokio::spawn(async move { app.register(&format!("h{n}.example")).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let verdict = verify(&app.app).await.unwrap();
    assert!(verdict.intact && verdict.entries == 41, "{verdict:?}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_login_itself_is_shown_only_to_an_owner_who_says_why(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("a.example").await;
    app.owner("POST", "/admin/auth/reveal", json!({ "reason": "a good reason" })).await.expect(404, "not_found");
    app.seed(&login("acct", "one", T1)).await;
    let operator = app.token("oskar", shared::access::Role::Operator).await;

    for reason in [json!({}), json!({ "reason": "" }), json!({ "reason": "       x" }), json!({ "reason": 7 })] {
        app.owner("POST", "/admin/auth/reveal", reason).await.expect(422, "validation_failed");
    }
    app.call(&operator, "POST", "/admin/auth/reveal", json!({ "reason": "curiosity is a reason" })).await.expect(403, "role_required");
    app.owner("GET", "/admin/hosts/1/auth?include_body=1", json!({})).await.expect(403, "reveal_required");
    let shown = app.owner("POST", "/admin/auth/reveal", json!({ "reason": "moving to another server" })).await.data();

    assert_eq!(shown["auth"]["tokens"]["refresh_token"], "rt_one_real_refresh_token");
    let entries = app.owner("GET", "/admin/audit?action=admin.auth.reveal", json!({})).await.data();
    assert_eq!(entries["entries"].as_array().unwrap().len(), 1);
    assert_eq!(entries["entries"][0]["after"]["reason"], "moving to another server");
    let plain =
        app.send(Request::get("/admin/hosts/1/auth").header("authorization", format!("Bearer {operator}")).body(Body::empty()).unwrap());
    assert!(!plain.await.text().contains("token"));
}
