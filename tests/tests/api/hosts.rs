//! Rules about hosts: where they call from, when they may, and when they go.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use e2e::api::{Answer, TestApp, login, manifest};
use serde_json::{Value, json};
use shared::access::Role;
use shared::hosts::prune;
use sqlx::MySqlPool;

use crate::{NEVER, T1, digest_of, statements};

const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

async fn change(app: &TestApp, path: &str, body: Value) -> Value {
    app.owner("POST", &format!("/admin/hosts/1/{path}"), body).await.data()["host"].clone()
}

async fn shown(app: &TestApp) -> Value {
    app.owner("GET", "/admin/hosts/1", json!({})).await.data()["host"].clone()
}

async fn ask(app: &TestApp, key: &str) -> Answer {
    app.retrieve(key, ZERO, NEVER).await
}

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
async fn an_insecure_host_lives_by_its_window(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    let data = app.owner("POST", "/admin/hosts/register", json!({ "fqdn": "a.example", "secure": false })).await.data();
    let key = data["host"]["api_key"].as_str().unwrap().to_owned();
    let until = async || shown(&app).await["insecure_enabled_until"].as_str().map(|text| text[11..16].to_owned());
    let minutes = |n| app.app.clock.advance(TimeDelta::minutes(n));

    ask(&app, &key).await.data();
    assert_eq!(until().await.as_deref(), Some("12:30"), "the first call does not shorten the provisioning window");
    minutes(25);
    ask(&app, &key).await.data();
    assert_eq!(until().await.as_deref(), Some("12:35"), "a call moves it ahead");
    minutes(8);
    let cron = format!("protocol 1\nrun {}\nreason cron\n", "0".repeat(32));
    app.sync(&key, "/sync", &cron, None).await;
    assert_eq!(until().await.as_deref(), Some("12:35"), "a timer does not");
    app.sync(&key, "/sync", &manifest(""), None).await;
    assert_eq!(until().await.as_deref(), Some("12:43"));
    minutes(11);

    let closed = ask(&app, &key).await;
    let body = closed.expect(403, "insecure_api_disabled");
    assert_eq!(body["details"]["enabled_until"], "2026-11-24T12:43:00+00:00");
    for (method, path) in [("GET", "/wrapper"), ("GET", "/wrapper/download"), ("POST", "/host/users")] {
        app.call(&key, method, path, json!({})).await.expect(403, "insecure_api_disabled");
    }
    app.sync(&key, "/push", &manifest(""), None).await.expect(403, "insecure_api_disabled");
    let opened = change(&app, "insecure/enable", json!({ "duration_minutes": 9999 })).await;
    assert_eq!(
        (&opened["insecure_window_minutes"], opened["insecure_enabled_until"].as_str()),
        (&json!(480), Some("2026-11-24T20:44:00+00:00"))
    );
    ask(&app, &key).await.data();
    assert_eq!(change(&app, "insecure/disable", json!({})).await["insecure_enabled_until"], Value::Null);
    ask(&app, &key).await.expect(403, "insecure_api_disabled");
    app.call(&key, "DELETE", "/auth", Value::Null).await.data();
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_window_that_is_closed_stays_closed_whatever_was_under_way(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let data = app.owner("POST", "/admin/hosts/register", json!({ "fqdn": "a.example", "secure": false })).await.data();
    let key = data["host"]["api_key"].as_str().unwrap().to_owned();
    ask(&app, &key).await.data();
    app.app.clock.advance(TimeDelta::minutes(25));
    let mut conn = app.app.db.acquire().await.unwrap();
    let read = shared::hosts::sql::find(&mut conn, 1).await.unwrap().unwrap();
    drop(conn);
    change(&app, "insecure/disable", json!({})).await;

    // A call that was let in before, and writes its contact only now.
    let mut late = read;
    shared::hosts::contact::note(&app.app, &mut late, shared::hosts::contact::Report::PLAIN).await.unwrap();

    assert_eq!(shown(&app).await["insecure_enabled_until"], Value::Null);
    ask(&app, &key).await.expect(403, "insecure_api_disabled");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_secure_host_has_no_window_and_becoming_insecure_opens_none(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    app.owner("POST", "/admin/hosts/1/insecure/enable", json!({})).await.expect(422, "validation_failed");
    ask(&app, &key).await.data();
    change(&app, "secure", json!({ "secure": false })).await;
    ask(&app, &key).await.expect(403, "insecure_api_disabled");
    let list = app.owner("GET", "/admin/hosts/insecure", json!({})).await.data();
    assert_eq!((&list["count"], &list["active"], &list["hosts"][0]["fqdn"]), (&json!(1), &json!(0), &json!("a.example")));
    change(&app, "secure", json!({ "secure": true })).await;
    ask(&app, &key).await.data();
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_suspended_host_is_refused_until_it_is_resumed(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    assert_eq!(change(&app, "suspend", json!({})).await["status"], "suspended");
    let refused = ask(&app, &key).await;
    refused.expect(403, "host_suspended");
    assert!(refused.text().contains("Host is disabled"), "old clients look for this sentence");
    let listed = app.owner("GET", "/admin/hosts?status=suspended", json!({})).await.data();
    assert_eq!(listed["hosts"].as_array().unwrap().len(), 1);
    change(&app, "resume", json!({})).await;
    ask(&app, &key).await.data();
}

/// An instance remembers hosts it has let in; what another one or a person at the database changes counts at once.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_one_instance_changes_every_other_knows_at_once(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let other = app.instance();
    let (key, _) = app.register("a.example").await;
    let warm = async || {
        for _ in 0..3 {
            ask(&other, &key).await.data();
        }
    };
    for (path, body, code, back) in [
        ("/admin/hosts/1/suspend", json!({}), "host_suspended", "/admin/hosts/1/resume"),
        ("/admin/hosts/1/secure", json!({ "secure": false }), "insecure_api_disabled", "/admin/hosts/1/insecure/enable"),
        ("/admin/api/state", json!({ "disabled": true }), "api_disabled", "/admin/api/state"),
    ] {
        warm().await;
        app.owner("POST", path, body).await.data();
        assert_eq!(ask(&other, &key).await.json()["code"], code, "{path}");
        app.owner("POST", back, json!({ "disabled": false })).await.data();
    }
    warm().await;
    sqlx::query("UPDATE hosts SET status = 'suspended'").execute(&app.app.db).await.unwrap();
    ask(&other, &key).await.expect(403, "host_suspended");
    sqlx::query("UPDATE hosts SET status = 'active'").execute(&app.app.db).await.unwrap();
    warm().await;
    app.owner("POST", "/admin/hosts/1/key/rotate", json!({ "overlap_minutes": 1 })).await.data();
    warm().await;
    app.app.clock.advance(TimeDelta::seconds(61));
    ask(&other, &key).await.expect(401, "invalid_api_key");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_temporary_host_idles_away_and_its_life_can_be_edited(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let data = app.owner("POST", "/admin/hosts/register", json!({ "fqdn": "a.example", "temporary": true })).await.data();
    let key = data["host"]["api_key"].as_str().unwrap().to_owned();
    let hours = |n| app.app.clock.advance(TimeDelta::hours(n));
    hours(1);
    ask(&app, &key).await.data();
    assert_eq!(shown(&app).await["expires_at"], "2026-11-24T15:00:00+00:00", "a call gives it two more hours");
    app.register("a.example").await;
    assert_eq!(shown(&app).await["expires_idle_minutes"], 120, "another installer does not make it permanent");

    let dated = change(&app, "expiry", json!({ "expires_at": "2026-11-25T00:00:00Z" })).await;
    assert_eq!((dated["expires_at"].as_str(), &dated["expires_idle_minutes"]), (Some("2026-11-25T00:00:00+00:00"), &Value::Null));
    hours(3);
    ask(&app, &key).await.data();
    assert_eq!(shown(&app).await["prune_reason"], "expired");
    for bad in [
        json!({ "expires_at": "2020-01-01T00:00:00Z" }),
        json!({ "expires_at": "9999-01-01T00:00:00Z" }),
        json!({ "idle_minutes": 0 }),
        json!({ "idle_minutes": 9, "expires_at": "2027-01-01T00:00:00Z" }),
        json!({ "expires_at": "soon" }),
    ] {
        app.owner("POST", "/admin/hosts/1/expiry", bad).await.expect(422, "validation_failed");
    }
    change(&app, "expiry", json!({ "idle_minutes": 30 })).await;
    app.app.clock.advance(TimeDelta::minutes(31));
    ask(&app, &key).await.expect(401, "invalid_api_key");
    assert_eq!(shown(&app).await["archived_at"], Value::Null, "a refusal archives nothing: that is the scheduler's");
    change(&app, "expiry", json!({})).await;
    ask(&app, &key).await.data();
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_rotated_key_can_overlap_with_the_old_one(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (old, installer) = app.register("a.example").await;
    ask(&app, &old).await.data();
    let (_, pending) = app.register("a.example").await;
    let rotate = async |minutes: u64| app.owner("POST", "/admin/hosts/1/key/rotate", json!({ "overlap_minutes": minutes })).await;

    let first = rotate(60).await.data();
    let new = first["api_key"].as_str().unwrap().to_owned();

    assert_eq!(first["old_key_until"], "2026-11-24T13:00:00+00:00");
    for installer in [installer, pending] {
        assert_ne!(app.call("", "GET", &installer, Value::Null).await.status, 200, "no installer is left that would retire the new key");
    }
    ask(&app, &old).await.data();
    ask(&app, &new).await.data();
    app.app.clock.advance(TimeDelta::minutes(61));
    ask(&app, &old).await.expect(401, "invalid_api_key");
    ask(&app, &new).await.data();
    let second = rotate(0).await.data();
    ask(&app, &new).await.expect(401, "invalid_api_key");
    ask(&app, second["api_key"].as_str().unwrap()).await.data();
    rotate(10_081).await.expect(422, "validation_failed");
    rotate(u64::MAX).await.expect(422, "validation_failed");
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

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn pending_installers_and_seed_links_can_be_listed_and_revoked(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, installer) = app.register("a.example").await;
    let command = app.owner("POST", "/admin/auth/seed-command", json!({})).await.data()["command"].as_str().unwrap().to_owned();
    let seed = command.split('\'').nth(1).unwrap().strip_prefix("https://codex.example").unwrap().to_owned();

    let list = app.owner("GET", "/admin/pending-tokens", json!({})).await;

    let tokens = list.data()["tokens"].as_array().unwrap().clone();
    let shown: Vec<_> = tokens.iter().map(|t| (t["purpose"].as_str().unwrap(), t["fqdn"].as_str())).collect();
    assert_eq!(shown, [("seed", None), ("install", Some("a.example"))]);
    for secret in [installer.rsplit('/').next().unwrap(), seed.rsplit('/').next().unwrap(), &key] {
        assert!(!list.text().contains(secret));
    }
    for token in &tokens {
        app.owner("DELETE", &format!("/admin/pending-tokens/{}", token["id"]), json!({})).await.data();
        app.owner("DELETE", &format!("/admin/pending-tokens/{}", token["id"]), json!({})).await.expect(404, "not_found");
    }
    assert_eq!(app.call("", "GET", &installer, Value::Null).await.status, 404);
    app.call("", "POST", &seed, login("acct", "one", T1)).await.expect(404, "not_found");
    ask(&app, &key).await.expect(401, "invalid_api_key");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn pruning_archives_and_a_registration_brings_back(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (used, _) = app.register("used.example").await;
    app.register("never.example").await;
    ask(&app, &used).await.data();
    app.call(&used, "POST", "/host/users", json!({ "username": "ada" })).await.data();
    let listed = async |query: &str| -> Vec<String> {
        let data = app.owner("GET", &format!("/admin/hosts{query}"), json!({})).await.data();
        data["hosts"].as_array().unwrap().iter().map(|host| host["fqdn"].as_str().unwrap().to_owned()).collect()
    };
    app.app.clock.advance(TimeDelta::minutes(31));

    listed("").await;
    ask(&app, &used).await.data();
    assert_eq!(listed("").await, ["never.example", "used.example"], "neither reading nor calling prunes");
    let soon = app.owner("GET", "/admin/prune-policy", json!({})).await.data();
    assert_eq!(
        (soon["soon"][0]["fqdn"].as_str(), soon["soon"][0]["prune_reason"].as_str()),
        (Some("never.example"), Some("unprovisioned"))
    );
    assert_eq!(prune::run(&app.app).await.unwrap(), 1);
    assert_eq!((listed("").await, listed("?status=archived").await), (vec!["used.example".into()], vec!["never.example".into()]));

    for _ in 0..31 {
        app.app.clock.advance(TimeDelta::days(1));
        let cron = format!("protocol 1\nrun {}\nreason cron\n", "0".repeat(32));
        app.sync(&used, "/sync", &cron, None).await;
    }
    assert_eq!(prune::run(&app.app).await.unwrap(), 1, "a timer's calls keep no host");
    ask(&app, &used).await.expect(401, "invalid_api_key");
    let gone = app.owner("GET", "/admin/audit?action=host.pruned&target=used.example", json!({})).await.data();
    assert_eq!(gone["entries"][0]["after"]["reason"], "inactive");

    let (again, _) = app.register("used.example").await;
    ask(&app, &used).await.expect(401, "invalid_api_key");
    ask(&app.at("198.51.100.7"), &again).await.data();
    let host = shown(&app).await;
    assert_eq!((host["users"][0]["username"].as_str(), host["archived_at"].as_str()), (Some("ada"), None), "with its history");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_prune_policy_is_chosen_and_told_in_advance(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    ask(&app, &key).await.data();
    let set = async |days: Value| app.owner("POST", "/admin/prune-policy", json!({ "inactivity_days": days })).await;

    for (asked, got) in [(json!(5), 5), (json!(500), 60), (json!(-3), 0), (json!(6.9), 6)] {
        assert_eq!(set(asked).await.data()["inactivity_window_days"], got);
    }
    assert_eq!(shown(&app).await["prune_at"], "2026-11-30T12:00:00+00:00");
    set(json!("many")).await.expect(422, "validation_failed");
    set(json!(0)).await.data();
    assert_eq!(shown(&app).await["prune_at"], Value::Null);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn contact_login_and_timer_are_three_facts(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    let (key, _) = app.register("a.example").await;
    let times = async || {
        let host = shown(&app).await;
        ["last_contact_at", "last_login_sync_at", "last_cron_at"].map(|name| host[name].as_str().map(|text| text[11..16].to_owned()))
    };
    let auth = ask(&app, &key).await.data()["auth"].clone();
    app.app.clock.advance(TimeDelta::hours(1));
    app.call(&key, "POST", "/host/users", json!({})).await.data();
    app.app.clock.advance(TimeDelta::hours(1));
    app.sync(&key, "/sync", &format!("protocol 1\nrun {}\nreason cron\n{}  auth.json\n", "0".repeat(32), digest_of(&auth)), None).await;

    let expected = ["13:00", "14:00", "14:00"].map(|text| Some(text.to_owned()));
    assert_eq!(times().await, expected, "called by a person, held the login, called by a timer");
    let seen = times().await;
    app.owner("POST", "/admin/hosts/1/vip", json!({ "vip": true })).await.data();
    assert_eq!(times().await, seen, "an operator's edit is no contact");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_users_of_a_host_are_kept_by_name(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let (other, _) = app.register("b.example").await;
    let seen = async |key: &str, body: Value| app.call(key, "POST", "/host/users", body).await.data()["users"].clone();
    seen(&key, json!({ "username": "zoe", "hostname": "a" })).await;
    app.app.clock.advance(TimeDelta::hours(1));

    let users = seen(&key, json!({ "username": " ada ", "hostname": "" })).await;

    assert_eq!(
        users[0],
        json!({ "username": "ada", "hostname": null, "first_seen": "2026-11-24T13:00:00+00:00", "last_seen": "2026-11-24T13:00:00+00:00" })
    );
    assert_eq!((&users[1]["username"], &users[1]["hostname"]), (&json!("zoe"), &json!("a")));
    assert_eq!(seen(&key, json!({ "username": "  " })).await.as_array().unwrap().len(), 2, "a blank name only lists");
    assert_eq!(seen(&other, json!({ "username": "é".repeat(200) })).await[0]["username"], "é".repeat(127));
    assert_eq!(seen(&other, json!({ "username": 7 })).await[0]["username"], "7", "the contract takes numbers for text");
    assert_eq!(seen(&other, json!({})).await.as_array().unwrap().len(), 2, "and another host's are its own");
    app.sync(&other, "/sync", &manifest("user eve\nhostname b\n"), None).await;
    assert_eq!(seen(&other, json!({})).await[1]["username"], "eve", "a launch says who it is");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_attribute_can_be_edited_and_bad_ones_are_refused(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("a.example").await;
    for (path, body, field, expected) in [
        ("vip", json!({ "vip": 1 }), "vip", json!(true)),
        ("curl-insecure", json!({ "allow": true }), "curl_insecure", json!(true)),
        ("model", json!({ "model_override": "gpt-5.2", "reasoning_effort_override": " " }), "model_override", json!("gpt-5.2")),
        ("model", json!({}), "model_override", Value::Null),
        ("codex-version", json!({ "selection": "rust-v0.63.0" }), "client_version_override", json!("0.63.0")),
        ("codex-version", json!({ "client_version_override": "fleet" }), "client_version_override", Value::Null),
        ("labels", json!({ "tags": ["b", "A"], "notes": "in the cellar" }), "tags", json!(["a", "b"])),
        ("labels", json!({ "tags": ["c"] }), "notes", json!("in the cellar")),
    ] {
        assert_eq!(change(&app, path, body.clone()).await[field], expected, "{path} {body}");
    }
    for (path, body) in [
        ("vip", json!({})),
        ("vip", json!({ "vip": null })),
        ("vip", json!([true])),
        ("roaming", json!({ "allow": "perhaps" })),
        ("model", json!({ "model_override": "x".repeat(129) })),
        ("model", json!({ "reasoning_effort_override": "x".repeat(33) })),
        ("codex-version", json!({ "selection": "0.63.0-alpha" })),
        ("codex-version", json!({ "selection": "$(id)" })),
        ("labels", json!({ "tags": ["a,b"] })),
        ("labels", json!({ "notes": "x".repeat(2001) })),
        ("labels", json!({ "notes": "\u{1b}[31m" })),
    ] {
        app.owner("POST", &format!("/admin/hosts/1/{path}"), body.clone()).await.expect(422, "validation_failed");
    }
    let missing = app.owner("POST", "/admin/hosts/1/vip", json!({})).await.json();
    assert_eq!(missing["errors"], json!({ "vip": ["vip is required"] }), "the field is named");
    let warned = shown(&app).await;
    assert!(warned["warnings"][0].as_str().unwrap().contains("curl_insecure"), "{warned}");
    let by_tag = app.owner("GET", "/admin/hosts?tag=C", json!({})).await.data();
    assert_eq!(by_tag["hosts"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_that_is_cleared_gets_its_login_anew(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    let (key, _) = app.register("a.example").await;
    let auth = ask(&app, &key).await.data()["auth"].clone();
    assert_eq!(change(&app, "clear", json!({})).await["last_refresh"], Value::Null);
    assert_eq!(app.retrieve(&key, &digest_of(&auth), T1).await.data()["status"], "valid", "what it holds is what it would get");
    assert_eq!(shown(&app).await["ip"], "192.0.2.1", "key and address stay");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_that_leaves_or_is_removed_is_archived(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (leaves, _) = app.register("a.example").await;
    let (removed, installer) = app.register("b.example").await;
    assert_eq!(app.call(&leaves, "DELETE", "/auth?force=1", Value::Null).await.data()["deleted"], "a.example");
    assert_eq!(app.owner("DELETE", "/admin/hosts/2", json!({})).await.data()["deleted"], 2);

    for key in [leaves, removed] {
        app.call(&key, "DELETE", "/auth", Value::Null).await.expect(401, "invalid_api_key");
    }
    assert_eq!(app.call("", "GET", &installer, Value::Null).await.status, 404);
    app.owner("DELETE", "/admin/hosts/2", json!({})).await.expect(404, "not_found");
    assert_eq!(app.owner("GET", "/admin/hosts", json!({})).await.data()["hosts"], json!([]));
    let archived = app.owner("GET", "/admin/hosts?status=archived", json!({})).await.data();
    let reasons: Vec<_> = archived["hosts"].as_array().unwrap().iter().map(|host| host["archived_reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["left", "deleted"]);
    assert_eq!(app.owner("GET", "/admin/hosts/2/auth", json!({})).await.data()["host"]["status"], "archived");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn hosts_are_paged_in_three_statements(_: sqlx::mysql::MySqlPoolOptions, options: sqlx::mysql::MySqlConnectOptions) {
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let app = TestApp::new(one).await;
    let mut conn = app.app.db.acquire().await.unwrap();
    for n in 0..250 {
        shared::hosts::sql::insert(&mut conn, app.app.clock.now(), &format!("h{n:03}.example")).await.unwrap();
    }
    drop(conn);
    let viewer = app.token("vera", Role::Viewer).await;
    let get = async |query: &str| app.call(&viewer, "GET", &format!("/admin/hosts{query}"), json!({})).await;
    get("").await.data();

    let before = statements(&app.app.db).await;
    let first = get("?limit=100").await.data();
    let used = statements(&app.app.db).await - before - 1;

    assert_eq!(used, 4, "who asks, settings, hosts, users: however many hosts");
    assert_eq!((first["hosts"].as_array().unwrap().len(), first["next"].as_str()), (100, Some("h099.example")));
    let last = get("?limit=100&after=h199.example").await.data();
    assert_eq!((last["hosts"].as_array().unwrap().len(), &last["next"]), (50, &Value::Null));
    assert_eq!(get("").await.data()["hosts"].as_array().unwrap().len(), 250, "without a limit all come, as in the contract");
    assert_eq!(get("?q=H01").await.data()["hosts"].as_array().unwrap().len(), 10);
    for bad in ["?limit=0", "?limit=1001", "?status=gone"] {
        get(bad).await.expect(422, "validation_failed");
    }
}
