//! Administrators: what they show, what they may, and what other sites cannot do with it.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use e2e::api::{Answer, TestApp, login};
use serde_json::{Value, json};
use shared::access::{Certificate, Role, tokens};
use shared::audit::Actor;
use shared::client::{Fingerprint, Peer};
use shared::single_use::{self, Purpose};
use sqlx::MySqlPool;

use crate::{NEVER, T1};

/// Signs in with an admin token; gives the cookie.
async fn sign_in(app: &TestApp, token: &str) -> String {
    let opened = app.call("", "POST", "/admin/session", json!({ "token": token })).await;
    let cookie = opened.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Secure"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

/// A browser's request with that cookie; `origin` is the page it comes from.
async fn browse(app: &TestApp, cookie: &str, method: &str, path: &str, origin: Option<&str>) -> Answer {
    let request = Request::builder().method(method).uri(path).header("cookie", cookie).header("content-type", "application/json");
    let request = if let Some(origin) = origin { request.header("origin", origin) } else { request };
    app.send(request.body(Body::from(r#"{"fqdn":"b.example"}"#)).unwrap()).await
}

const OWN: Option<&str> = Some("https://codex.example");

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_sign_in_link_opens_one_session_that_other_sites_cannot_use(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let id = tokens::id_of(&app.app, &app.owner).await.unwrap();
    let mut conn = app.app.db.acquire().await.unwrap();
    let (link, _) = single_use::mint(&mut conn, app.app.clock.now(), Purpose::SignIn, 900, None, id).await.unwrap();
    drop(conn);

    let cookie = sign_in(&app, &link).await;

    app.call("", "POST", "/admin/session", json!({ "token": link })).await.expect(410, "token_used");
    let register = async |origin| browse(&app, &cookie, "POST", "/admin/hosts/register", origin).await;
    register(None).await.expect(403, "cross_site");
    register(Some("https://evil.example")).await.expect(403, "cross_site");
    register(Some("null")).await.expect(403, "cross_site");
    register(OWN).await.data();
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn where_the_dashboard_has_a_name_of_its_own_changes_come_from_there(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("ADMIN_BASE_URL", "https://admin.example")]).await;
    let cookie = sign_in(&app, &app.owner).await;
    let register = async |origin| browse(&app, &cookie, "POST", "/admin/hosts/register", Some(origin)).await;

    register("https://codex.example").await.expect(403, "cross_site");
    let registered = register("https://admin.example").await.data();

    let url = registered["installer"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://codex.example/install/"), "hosts have the other name: {url}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_form_of_another_site_changes_nothing(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let cookie = sign_in(&app, &app.owner).await;
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        for (path, body) in
            [("/admin/api/state", r#"{"disabled":true}"#), ("/admin/auth/seed-command", ""), ("/admin/hosts/register", r#"{"fqdn":"x"}"#)]
        {
            for (origin, status, code) in
                [("https://evil.example", 403, "cross_site"), ("https://codex.example", 415, "unsupported_media_type")]
            {
                let request = Request::post(path).header("cookie", &cookie).header("content-type", kind).header("origin", origin);
                app.send(request.body(Body::from(body)).unwrap()).await.expect(status, code);
            }
        }
    }
    assert_eq!(app.owner("GET", "/admin/api/state", json!({})).await.data()["disabled"], false);
    assert_eq!(app.owner("GET", "/admin/hosts", json!({})).await.data()["hosts"], json!([]));
    assert_eq!(app.owner("GET", "/admin/pending-tokens", json!({})).await.data()["tokens"], json!([]));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_session_ends_by_leaving_idling_age_and_revocation(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let olga = app.token("olga", Role::Operator).await;
    let look = async |cookie: &str| browse(&app, cookie, "GET", "/admin/session", None).await;
    let pass = |minutes| app.app.clock.advance(TimeDelta::minutes(minutes));

    let left = sign_in(&app, &olga).await;
    assert_eq!(look(&left).await.data(), json!({ "signed_in": true, "name": "olga", "role": "operator", "credential": "session" }));
    let gone = browse(&app, &left, "DELETE", "/admin/session", OWN).await;
    assert!(gone.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    look(&left).await.expect(401, "sign_in_required");

    let idle = sign_in(&app, &olga).await;
    pass(119);
    look(&idle).await.data();
    pass(119);
    look(&idle).await.data();
    pass(121);
    look(&idle).await.expect(401, "sign_in_required");

    let old = sign_in(&app, &olga).await;
    for _ in 0..11 {
        pass(60);
        look(&old).await.data();
    }
    pass(60);
    look(&old).await.expect(401, "sign_in_required");

    assert_eq!(shared::access::sessions::sweep(&app.app).await.unwrap(), 2, "what idled away and what got old");

    let ended = sign_in(&app, &olga).await;
    let sessions = app.owner("GET", "/admin/access/sessions", json!({})).await;
    let id = sessions.data()["sessions"][0]["id"].clone();
    assert!(!sessions.text().contains(&ended[12..]), "no list shows a session");
    app.owner("DELETE", &format!("/admin/access/sessions/{id}"), json!({})).await.data();
    look(&ended).await.expect(401, "sign_in_required");
    app.owner("DELETE", &format!("/admin/access/sessions/{id}"), json!({})).await.expect(404, "not_found");

    let revoked = sign_in(&app, &olga).await;
    let id = tokens::id_of(&app.app, &olga).await.unwrap().unwrap();
    app.owner("DELETE", &format!("/admin/access/tokens/{id}"), json!({})).await.data();
    look(&revoked).await.expect(401, "sign_in_required");
    app.call("", "POST", "/admin/session", json!({ "token": olga })).await.expect(401, "sign_in_required");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_token_is_shown_once_works_until_its_end_and_can_be_revoked(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let made = app.owner("POST", "/admin/access/tokens", json!({ "name": "ci", "role": "viewer", "expires_in_days": 30 })).await.data();
    let token = made["token"].as_str().unwrap().to_owned();

    app.call(&token, "GET", "/admin/hosts", json!({})).await.data();
    app.app.clock.advance(TimeDelta::days(30));
    app.call(&token, "GET", "/admin/hosts", json!({})).await.expect(401, "sign_in_required");

    let list = app.owner("GET", "/admin/access/tokens", json!({})).await;
    let ci = list.data()["tokens"][0].clone();
    assert_eq!((ci["name"].as_str(), ci["last_used_at"].as_str()), (Some("ci"), Some("2026-11-24T12:00:00+00:00")));
    for secret in [&*token, &hex::encode(shared::crypto::hash(&token))] {
        assert!(!list.text().contains(secret));
    }
    for bad in [
        json!({ "name": "", "role": "viewer" }),
        json!({ "name": "x".repeat(65), "role": "viewer" }),
        json!({ "name": "x", "role": "emperor" }),
        json!({ "name": "x" }),
        json!({ "name": "x", "role": "viewer", "expires_in_days": 0 }),
        json!({ "name": "x", "role": "viewer", "expires_in_days": 4000 }),
    ] {
        app.owner("POST", "/admin/access/tokens", bad).await.expect(422, "validation_failed");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_last_owner_cannot_be_revoked_even_by_two_at_once(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let id = async |token: &str| tokens::id_of(&app.app, token).await.unwrap().unwrap();
    let alone = format!("/admin/access/tokens/{}", id(&app.owner).await);
    app.owner("DELETE", &alone, json!({})).await.expect(409, "last_owner");

    let second = app.token("otto", Role::Owner).await;
    let theirs = format!("/admin/access/tokens/{}", id(&second).await);
    let (mine, theirs) = tokio::join!(app.call(&second, "DELETE", &alone, json!({})), app.owner("DELETE", &theirs, json!({})));

    let won = [&mine, &theirs].iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1, "{} {}", mine.text(), theirs.text());
    let left = shared::access::tokens::list(&app.app).await.unwrap().iter().filter(|token| token.revoked_at.is_none()).count();
    assert_eq!(left, 1);
}

/// A request over a connection whose client certificate was verified.
async fn with_certificate(app: &TestApp, fingerprint: Fingerprint, method: &str, path: &str, origin: Option<&str>) -> Answer {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = if let Some(origin) = origin { request.header("origin", origin) } else { request };
    let peer = Peer { address: [192, 0, 2, 9].into(), certificate: Some(fingerprint) };
    app.send(request.extension(peer).body(Body::from("{}")).unwrap()).await
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_certificate_administers_when_an_owner_has_registered_it(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("ADMIN_ACCESS_MODE", "mtls")]).await;
    let (anna, otto) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
    let id = Certificate::register(&app.app, &Actor::system("test"), "anna", Role::Owner, anna, None).await.unwrap();

    with_certificate(&app, otto, "GET", "/admin/hosts", None).await.expect(401, "certificate_required");
    app.owner("GET", "/admin/hosts", json!({})).await.expect(401, "certificate_required");
    app.call("", "POST", "/admin/session", json!({ "token": app.owner })).await.expect(401, "certificate_required");
    let who = with_certificate(&app, anna, "GET", "/admin/session", None).await.data();
    assert_eq!((who["name"].as_str(), who["credential"].as_str()), (Some("anna"), Some("certificate")));
    with_certificate(&app, anna, "POST", "/admin/auth/seed-command", Some("https://evil.example")).await.expect(403, "cross_site");
    with_certificate(&app, anna, "POST", "/admin/auth/seed-command", None).await.data();

    let body = json!({ "name": "otto", "role": "viewer", "fingerprint": vec!["02"; 32].join(":") }).to_string();
    let peer = Peer { address: [192, 0, 2, 9].into(), certificate: Some(anna) };
    let register = || {
        Request::post("/admin/access/certificates")
            .header("content-type", "application/json")
            .extension(peer)
            .body(Body::from(body.clone()))
    };
    app.send(register().unwrap()).await.data();
    app.send(register().unwrap()).await.expect(409, "certificate_known");
    with_certificate(&app, otto, "POST", "/admin/auth/seed-command", None).await.expect(403, "role_required");
    let list = with_certificate(&app, anna, "GET", "/admin/access/certificates", None).await.data();
    assert_eq!(list["certificates"][0]["fingerprint"], "02".repeat(32));
    let revoke = async |id: u64| with_certificate(&app, anna, "DELETE", &format!("/admin/access/certificates/{id}"), None).await;
    revoke(list["certificates"][0]["id"].as_u64().unwrap()).await.data();
    with_certificate(&app, otto, "GET", "/admin/hosts", None).await.expect(401, "certificate_required");
    revoke(id).await.expect(409, "last_owner");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_certificate_header_counts_only_from_a_trusted_proxy_that_is_configured(pool: MySqlPool) {
    let proxy = [("ADMIN_ACCESS_MODE", "mtls"), ("TRUSTED_PROXIES", "10.0.0.1"), ("ADMIN_CERT_HEADER", "X-MTLS-Fingerprint")];
    let app = TestApp::with(pool.clone(), &proxy).await;
    Certificate::register(&app.app, &Actor::system("test"), "anna", Role::Owner, Fingerprint([1; 32]), None).await.unwrap();
    let not_configured = TestApp::with(pool, &proxy[..2]).await;
    let ask = async |app: TestApp, fingerprint: &str| {
        let request = Request::get("/admin/hosts").header("x-mtls-fingerprint", fingerprint).header("x-mtls-present", fingerprint);
        app.send(request.body(Body::empty()).unwrap()).await
    };

    ask(app.at("10.0.0.1"), &"01".repeat(32)).await.data();
    ask(app.at("10.0.0.1"), &"02".repeat(32)).await.expect(401, "certificate_required");
    ask(app.at("203.0.113.9"), &"01".repeat(32)).await.expect(401, "certificate_required");
    ask(not_configured.at("10.0.0.1"), &"01".repeat(32)).await.expect(401, "certificate_required");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn open_administration_is_for_this_machine_alone(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("ADMIN_ACCESS_MODE", "none")]).await;
    let ask = async |address: &str, host: &str, extra: Option<(&str, &str)>| {
        let request = Request::post("/admin/auth/seed-command").header("host", host);
        let request = if let Some((name, value)) = extra { request.header(name, value) } else { request };
        app.at(address).send(request.body(Body::empty()).unwrap()).await
    };

    ask("127.0.0.1", "127.0.0.1:8488", None).await.data();
    ask("::1", "[::1]:8488", None).await.data();
    ask("127.0.0.1", "localhost", None).await.data();
    ask("192.0.2.1", "127.0.0.1:8488", None).await.expect(403, "loopback_only");
    ask("127.0.0.1", "rebound.example:8488", None).await.expect(403, "loopback_only");
    ask("127.0.0.1", "127.0.0.1.evil.example", None).await.expect(403, "loopback_only");
    ask("127.0.0.1", "127.0.0.1", Some(("x-forwarded-for", "127.0.0.1"))).await.expect(403, "loopback_only");
    ask("127.0.0.1", "127.0.0.1", Some(("origin", "https://evil.example"))).await.expect(403, "cross_site");
    ask("127.0.0.1", "127.0.0.1", Some(("sec-fetch-site", "cross-site"))).await.expect(403, "cross_site");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn lists_carry_no_secret(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, installer) = app.register("a.example").await;
    app.seed(&login("acct", "one", T1)).await;
    let auth = app.retrieve(&key, &"0".repeat(64), NEVER).await.data()["auth"].clone();
    let cookie = sign_in(&app, &app.owner).await;
    let handle = auth["tokens"]["refresh_token"].as_str().unwrap();
    let hashes = [&*key, &app.owner, handle, &cookie[12..]].map(|secret| hex::encode(shared::crypto::hash(secret)));
    let secrets =
        [&*key, installer.rsplit('/').next().unwrap(), &app.owner, &cookie[12..], handle, "sbox:v1:", "access-token", "real_refresh"];
    for path in [
        "/admin/hosts",
        "/admin/hosts/1",
        "/admin/hosts/1/auth",
        "/admin/hosts/insecure",
        "/admin/pending-tokens",
        "/admin/access/tokens",
        "/admin/access/sessions",
        "/admin/access/certificates",
        "/admin/audit?limit=500",
        "/admin/session",
    ] {
        let text = app.owner("GET", path, Value::Null).await.text();
        for secret in secrets.iter().copied().chain(hashes.iter().map(String::as_str)) {
            assert!(!text.contains(secret), "{path}: {text}");
        }
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_kill_switch_stops_hosts_and_not_operators(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, installer) = app.register("a.example").await;
    app.owner("POST", "/admin/api/state", json!({ "disabled": true })).await.data();

    for (method, path) in
        [("POST", "/auth"), ("DELETE", "/auth"), ("POST", "/sync"), ("POST", "/push"), ("POST", "/host/users"), ("GET", "/wrapper")]
    {
        app.call(&key, method, path, json!({})).await.expect(503, "api_disabled");
    }
    app.call("", "GET", "/versions", Value::Null).await.expect(503, "api_disabled");
    assert_eq!(app.call("", "GET", &installer, Value::Null).await.status, 503);

    for path in ["/admin/hosts", "/admin/api/state", "/admin/audit"] {
        app.owner("GET", path, Value::Null).await.data();
    }
    for path in ["/healthz", "/readyz", "/admin/"] {
        assert!(app.call("", "GET", path, Value::Null).await.status.is_success(), "{path}");
    }
}
