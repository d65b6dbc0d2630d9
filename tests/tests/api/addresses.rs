//! Where hosts call from.

use std::collections::BTreeMap;

use e2e::api::TestApp;
use serde_json::{Value, json};
use sqlx::MySqlPool;

use crate::{ask, change, shown};

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_is_bound_to_where_it_first_calls_from(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    ask(&app, &key).await.data();

    let elsewhere = ask(&app.at("198.51.100.7"), &key).await;

    let details = elsewhere.expect(403, "ip_mismatch")["details"].clone();
    assert_eq!(details, json!({ "expected_ip": "192.0.2.1", "received_ip": "198.51.100.7" }));
    assert!(elsewhere.text().contains("API key not allowed from this IP"), "old clients look for this sentence");
    for (method, path) in [("GET", "/wrapper"), ("POST", "/host/users"), ("DELETE", "/auth")] {
        app.at("198.51.100.7").call(&key, method, path, json!({})).await.expect(403, "ip_mismatch");
    }
    ask(&app.at("::ffff:192.0.2.1"), &key).await.data();
    let host = shown(&app).await;
    assert_eq!(
        (host["ip"].as_str(), host["refused_code"].as_str(), host["refused_from"].as_str()),
        (Some("192.0.2.1"), Some("ip_mismatch"), Some("198.51.100.7"))
    );
    change(&app, "address/forget", json!({})).await;
    ask(&app.at("198.51.100.7"), &key).await.data();
    ask(&app, &key).await.expect(403, "ip_mismatch");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_dual_stack_machine_keeps_both_its_addresses(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;

    for address in ["192.0.2.1", "2001:db8:0:1::5", "192.0.2.1", "2001:db8:0:1:aaaa:bbbb:cccc:dddd"] {
        ask(&app.at(address), &key).await.data();
    }

    ask(&app.at("2001:db8:0:2::5"), &key).await.expect(403, "ip_mismatch");
    let host = shown(&app).await;
    assert_eq!((host["bound_ipv4"].as_str(), host["bound_ipv6"].as_str()), (Some("192.0.2.1"), Some("2001:db8:0:1::/64")));
    let narrowed = change(&app, "ipv4", json!({ "force": true })).await;
    assert_eq!((&narrowed["force_ipv4"], &narrowed["ip"]), (&json!(true), &Value::Null));
    ask(&app.at("2001:db8:0:1::5"), &key).await.expect(403, "ip_mismatch");
    ask(&app, &key).await.data();
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn two_hundred_first_calls_from_two_addresses_bind_one(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    for (fqdn, rotated) in [("new.example", false), ("rotated.example", true)] {
        let (mut key, _) = app.register(fqdn).await;
        if rotated {
            let id = app.owner("GET", &format!("/admin/hosts?q={fqdn}"), json!({})).await.data()["hosts"][0]["id"].clone();
            let data = app.owner("POST", &format!("/admin/hosts/{id}/key/rotate"), json!({})).await.data();
            key = data["api_key"].as_str().unwrap().to_owned();
        }
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let (at, key) = (app.at(if n % 2 == 0 { "192.0.2.1" } else { "198.51.100.7" }), key.clone());
                tokio::spawn(async move { (n % 2, ask(&at, &key).await) })
            })
            .collect();
        let mut answers: BTreeMap<(i32, u16), u32> = BTreeMap::new();
        for task in tasks {
            let (address, answer) = task.await.unwrap();
            *answers.entry((address, answer.status.as_u16())).or_default() += 1;
        }
        let (winner, loser) = if answers.contains_key(&(0, 200)) { (0, 1) } else { (1, 0) };
        assert_eq!(answers, BTreeMap::from([((winner, 200), 100), ((loser, 403), 100)]), "{fqdn}");
        let bound = app.owner("GET", &format!("/admin/audit?action=auth.bind_ip&target={fqdn}"), json!({})).await.data();
        assert_eq!(bound["entries"].as_array().unwrap().len(), 1, "{fqdn}: bound once");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn roaming_force_and_the_runner_pass_each_in_its_way(pool: MySqlPool) {
    let runner = [("AUTH_RUNNER_IP_BYPASS", "1"), ("AUTH_RUNNER_BYPASS_SUBNETS", "10.0.0.0/24")];
    let app = TestApp::with(pool, &runner).await;
    let (key, _) = app.register("a.example").await;
    ask(&app, &key).await.data();

    ask(&app.at("10.0.0.9"), &key).await.data();
    assert_eq!(shown(&app).await["ip"], "192.0.2.1", "the runner binds nothing");
    ask(&app.at("10.0.1.9"), &key).await.expect(403, "ip_mismatch");
    change(&app, "roaming", json!({ "allow": "yes" })).await;
    ask(&app.at("198.51.100.7"), &key).await.data();
    assert_eq!(shown(&app).await["ip"], "198.51.100.7");
    change(&app, "roaming", json!({ "allow": false })).await;
    ask(&app, &key).await.expect(403, "ip_mismatch");
    app.call(&key, "DELETE", "/auth?force=false", Value::Null).await.expect(403, "ip_mismatch");
    assert_eq!(app.call(&key, "DELETE", "/auth?force=1", Value::Null).await.data()["deleted"], "a.example");

    let audit = app.owner("GET", "/admin/audit?action=auth.&limit=50", json!({})).await.data();
    let actions: Vec<_> = audit["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["auth.force_ip_override", "auth.roaming_ip", "auth.bind_ip"]);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn headers_that_anyone_can_type_move_nobody(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("TRUSTED_PROXIES", "10.0.0.1")]).await;
    let (key, _) = app.register("a.example").await;
    ask(&app, &key).await.data();
    let from = async |socket: &str, name: &str, value: &str| {
        let request = axum::http::Request::get("/wrapper").header("x-api-key", &key).header(name, value);
        app.at(socket).send(request.body(axum::body::Body::empty()).unwrap()).await
    };

    from("203.0.113.9", "x-forwarded-for", "192.0.2.1").await.expect(403, "ip_mismatch");
    from("203.0.113.9", "x-real-ip", "192.0.2.1").await.expect(403, "ip_mismatch");
    from("10.0.0.1", "x-forwarded-for", "192.0.2.1, 203.0.113.9").await.expect(403, "ip_mismatch");
    from("10.0.0.1", "x-forwarded-for", "203.0.113.9, 192.0.2.1").await.data();
    from("10.0.0.1", "x-real-ip", "192.0.2.1").await.data();
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_new_installer_moves_a_host_to_where_it_is_used(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (old, _) = app.register("a.example").await;
    ask(&app, &old).await.data();
    let (new, _) = app.register("a.example").await;
    let moved = app.at("198.51.100.7");

    moved.call(&new, "GET", "/wrapper/download", Value::Null).await;
    ask(&app, &old).await.data();
    ask(&moved, &new).await.data();

    assert_eq!(shown(&app).await["ip"], "198.51.100.7");
    ask(&app, &old).await.expect(401, "invalid_api_key");
    ask(&app, &new).await.expect(403, "ip_mismatch");
}
