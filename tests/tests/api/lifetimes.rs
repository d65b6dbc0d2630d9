//! When hosts may call, and when they go.

use chrono::TimeDelta;
use e2e::api::{TestApp, login, manifest};
use serde_json::{Value, json};
use shared::hosts::prune;
use sqlx::MySqlPool;

use crate::{T1, ask, change, digest_of, shown};

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
