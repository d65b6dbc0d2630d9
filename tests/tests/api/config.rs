//! The fleet's config.toml: stored, checked, rendered for each host, merged with what a host has.

use std::collections::BTreeMap;
use std::io::Read;

use axum::body::Body;
use axum::http::Request;
use e2e::api::{TestApp, login, manifest};
use serde_json::{Value, json};
use shared::access::Role;
use shared::crypto::sha256_hex;
use sqlx::MySqlPool;

use crate::{T1, ZERO, statements};

async fn store(app: &TestApp, settings: Value) -> Value {
    app.owner("POST", "/admin/config/store", json!({ "settings": settings })).await.data()
}

/// `/sync` with these parts; the answer's members by name.
async fn sync(app: &TestApp, key: &str, lines: &str, parts: &[(&str, &str)]) -> BTreeMap<String, String> {
    let manifest = manifest(lines);
    let all: Vec<_> = [("manifest", manifest.as_str())].into_iter().chain(parts.iter().copied()).collect();
    let answer = app.form(key, "/sync", &all).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut archive = tar::Archive::new(answer.bytes.as_slice());
    let read = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let (mut entry, mut bytes) = (entry.unwrap(), Vec::new());
        entry.read_to_end(&mut bytes).unwrap();
        // Signatures are no text.
        (entry.path().unwrap().display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
    };
    archive.entries().unwrap().map(read).collect()
}

/// What the answer calls the home's files.
fn files(answer: &BTreeMap<String, String>) -> String {
    let line = answer["vars"].lines().find_map(|line| line.strip_prefix("cdx_files='")).unwrap();
    line.trim_end_matches('\'').to_owned()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_configuration_has_a_history_and_no_lost_update(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    assert_eq!(app.owner("GET", "/admin/config", json!({})).await.data()["status"], "missing");
    let first = store(&app, json!({ "model": "gpt-one" })).await;
    assert_eq!((&first["status"], &first["version"]), (&json!("created"), &json!(1)));
    assert_eq!(store(&app, json!({ "model": "gpt-one" })).await["status"], "unchanged");
    let second = json!({ "settings": { "model": "gpt-two" }, "sha256": first["sha256"], "note": "why not" });
    assert_eq!(app.owner("POST", "/admin/config/store", second.clone()).await.data()["status"], "updated");

    app.owner("POST", "/admin/config/store", second).await.expect(422, "validation_failed");
    let request = Request::post("/admin/config/store").header("authorization", format!("Bearer {}", app.owner)).header("if-match", "\"1\"");
    let body = Body::from(json!({ "settings": { "orchestrator_mcp_enabled": false } }).to_string());
    let stale = app.send(request.header("content-type", "application/json").body(body).unwrap()).await;
    stale.expect(412, "precondition_failed");

    let list = app.owner("GET", "/admin/config/versions", json!({})).await.data();
    assert_eq!(
        (&list["current"], &list["versions"][0]["note"], &list["versions"][0]["author"]),
        (&json!(2), &json!("why not"), &json!("olivia"))
    );
    let detail = app.owner("GET", "/admin/config/versions/2", json!({})).await.data();
    assert!(detail["diff"].as_str().unwrap().contains("-model = \"gpt-one\"\n+model = \"gpt-two\""), "{detail}");
    let restored = app.owner("POST", "/admin/config/versions/1/restore", json!({})).await.data();
    assert_eq!((&restored["version"], &restored["settings"]["model"]), (&json!(3), &json!("gpt-one")));
    let (sealed,): (String,) = sqlx::query_as("SELECT settings_sealed FROM config_versions LIMIT 1").fetch_one(&app.app.db).await.unwrap();
    assert!(sealed.starts_with("sbox:v1:"), "headers may hold secrets");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_would_stop_codex_is_refused_with_the_path_of_the_field(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    for (settings, field) in [
        (json!({ "approval_policy": "sometimes" }), "approval_policy"),
        (json!({ "sandbox_mode": "none" }), "sandbox_mode"),
        (json!({ "mcp_servers": [{ "name": "x", "url": "https://x.example", "args": ["-y"] }] }), "mcp_servers"),
        (json!({ "profiles": [{ "name": "a" }, { "name": "a" }] }), "profiles"),
        (json!({ "custom_toml": "[features\n" }), "custom_toml"),
        (json!({ "model": "x", "custom_toml": "model = \"y\"" }), "custom_toml"),
    ] {
        let refused = app.owner("POST", "/admin/config/store", json!({ "settings": settings })).await;
        let errors = refused.expect(422, "validation_failed")["errors"].clone();
        assert!(
            errors.as_object().unwrap().keys().any(|key| key.strip_prefix("settings.").is_some_and(|key| key.starts_with(field))),
            "{settings}: {errors}"
        );
    }
    assert_eq!(app.owner("GET", "/admin/config", json!({})).await.data()["status"], "missing");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_client_of_the_reference_gets_its_config(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    let retrieve = async |sha: Value| app.call(&key, "POST", "/config/retrieve", json!({ "sha256": sha })).await;
    assert_eq!(retrieve(Value::Null).await.data()["status"], "missing");
    let stored = store(&app, json!({ "model": "gpt-one" })).await;
    app.owner("POST", "/admin/hosts/1/model", json!({ "model_override": "gpt-mine" })).await.data();

    let first = retrieve(json!("")).await.data();

    assert_eq!((&first["status"], &first["base_sha256"]), (&json!("updated"), &stored["sha256"]));
    let content = first["content"].as_str().unwrap();
    assert!(content.contains("model = \"gpt-mine\"") && first["sha256"] == json!(sha256_hex(content)), "{content}");
    let again = retrieve(first["sha256"].clone()).await.data();
    assert_eq!((&again["status"], again.get("content")), (&json!("unchanged"), None));
    assert_eq!(retrieve(json!(ZERO)).await.data()["status"], "updated");
    retrieve(json!("x")).await.expect(422, "validation_failed");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_hosts_own_settings_survive_every_publish(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    let (key, _) = app.register("a.example").await;
    store(&app, json!({ "model": "gpt-one", "model_verbosity": "low" })).await;
    let own = "# mine\nmodel = \"old\" # replaced\n\n[projects.\"/w\"]\ntrust_level = \"trusted\"\n";

    let first = sync(&app, &key, "codex 0.169.0\nfiles none\n", &[("config.toml", own)]).await;

    let merged = &first["home/config.toml"];
    assert!(
        merged.contains("# mine") && merged.contains("model = \"gpt-one\"") && merged.contains("trust_level = \"trusted\""),
        "{merged}"
    );
    assert_eq!(first["files"], "config.toml\n");
    assert!(first["given"].contains(&format!("{}  config.toml\n", sha256_hex(merged))));
    let line = format!("codex 0.169.0\nfiles {}\n", files(&first));
    let quiet = sync(&app, &key, &line, &[]).await;
    assert!(!quiet.contains_key("given") && files(&quiet) == files(&first), "nothing to do");

    // The fleet drops a key and changes another; the host's file comes from what the server remembers.
    store(&app, json!({ "model": "gpt-two" })).await;
    let behind = app.owner("GET", "/admin/content/drift", json!({})).await.data()["behind"].clone();
    assert_eq!((&behind[0]["fqdn"], &behind[0]["config_version"]), (&json!("a.example"), &json!(1)));
    let second = sync(&app, &key, &line, &[]).await;
    let merged = &second["home/config.toml"];
    assert!(
        merged.contains("model = \"gpt-two\"") && !merged.contains("model_verbosity") && merged.contains("[projects.\"/w\"]"),
        "{merged}"
    );

    let drift = app.owner("GET", "/admin/content/drift", json!({})).await.data();
    assert_eq!((&drift["config_version"], &drift["current"], &drift["behind"]), (&json!(2), &json!(1), &json!([])));

    // Codex writes into it: nothing has to be sent back, and the list knows the new text.
    let written = format!("{merged}\n[projects.\"/v\"]\ntrust_level = \"trusted\"\n");
    let line = format!("codex 0.169.0\nfiles {}\n", files(&second));
    let have = format!("{}  config.toml\n", sha256_hex(&written));
    let third = sync(&app, &key, &line, &[("config.toml", &written), ("have", &have), ("given", &second["given"])]).await;
    assert!(!third.contains_key("home/config.toml"));
    assert_eq!(third["given"].lines().find(|line| line.ends_with("  config.toml")).unwrap(), have.trim_end());

    // What is no TOML stays as it is, and is told.
    let line = format!("codex 0.169.0\nfiles {}\n", files(&third));
    let broken = sync(&app, &key, &line, &[("config.toml", "[x"), ("have", &format!("{}  config.toml\n", sha256_hex("[x")))]).await;
    assert!(!broken.contains_key("home/config.toml") && broken["vars"].contains("cannot be read"), "{}", broken["vars"]);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn each_codex_gets_profiles_where_it_looks_for_them(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.seed(&login("acct", "one", T1)).await;
    let (key, _) = app.register("a.example").await;
    store(&app, json!({ "profiles": [{ "name": "work", "model": "gpt-work" }] })).await;

    let old = sync(&app, &key, "codex 0.80.0\nfiles none\n", &[]).await;
    assert!(old["home/config.toml"].contains("[profiles.work]") && !old.contains_key("home/work.config.toml"));
    let new = sync(&app, &key, &format!("codex 0.169.0\nfiles {}\n", files(&old)), &[]).await;
    assert!(!new["home/config.toml"].contains("[profiles.work]"), "{}", new["home/config.toml"]);
    assert!(new["home/work.config.toml"].contains("gpt-work"));
    let back = sync(&app, &key, &format!("codex 0.80.0\nfiles {}\n", files(&new)), &[]).await;
    assert!(back["delete"].ends_with("  work.config.toml\n"), "{}", back["delete"]);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn without_anybody_to_ask_a_configuration_is_published_and_says_so(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("AUTH_RUNNER_URL", "http://127.0.0.1:9/verify")]).await;
    assert_eq!(store(&app, json!({ "model": "gpt-one" })).await["state"], "checking");
    assert_eq!(app.owner("GET", "/admin/config/versions", json!({})).await.data()["current"], 0, "hosts do not have it yet");

    shared::codex_config::gate::tend(&app.app).await.unwrap();

    let shown = app.owner("GET", "/admin/config", json!({})).await.data();
    assert!(shown["state"] == "published" && shown["problem"].as_str().unwrap().starts_with("not checked"), "{shown}");
    assert_eq!(app.owner("GET", "/admin/config/versions", json!({})).await.data()["current"], 1);
    store(&app, json!({ "model": "gpt-two" })).await;
    app.owner("POST", "/admin/config/versions/1/publish", json!({})).await.expect(409, "not_the_newest");
    app.owner("POST", "/admin/config/versions/9/publish", json!({})).await.expect(404, "not_found");
    app.owner("POST", "/admin/config/versions/2/publish", json!({})).await.data();
    assert_eq!(app.owner("GET", "/admin/config/versions", json!({})).await.data()["current"], 2);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_launch_asks_the_database_as_often_with_three_hundred_files_as_with_none(
    _: sqlx::mysql::MySqlPoolOptions,
    options: sqlx::mysql::MySqlConnectOptions,
) {
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let app = TestApp::with(one, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    app.seed(&login("acct", "one", T1)).await;
    let (key, _) = app.register("a.example").await;
    store(&app, json!({ "model": "gpt-one" })).await;
    let view = sync(&app, &key, "codex 0.169.0\nfiles none\n", &[]).await["home/auth.json"].clone();
    let launch = async |files: &str| {
        let lines = format!("codex 0.169.0\n{}  auth.json\nfiles {files}\n", sha256_hex(&view));
        let before = statements(&app.app.db).await;
        let answer = sync(&app, &key, &lines, &[]).await;
        (answer, statements(&app.app.db).await - before - 1)
    };
    let (few, _) = launch("none").await;
    // What changed about the host is read once; then nothing is.
    let (_, first) = launch(&files(&few)).await;
    let (_, with_one) = launch(&files(&few)).await;
    for number in 0..200 {
        let manifest = format!("---\nname: s{number}\ndescription: Number {number}\n---\nDo {number}.\n");
        app.owner("POST", "/admin/skills/store", json!({ "slug": format!("s{number}"), "manifest": manifest })).await.data();
    }
    for number in 0..100 {
        let command = json!({ "filename": format!("c{number}.md"), "prompt": format!("Do {number}.") });
        app.owner("POST", "/admin/slash-commands/store", command).await.data();
    }
    let (many, _) = launch(&files(&few)).await;
    assert_eq!(many["files"].lines().filter(|path| path.starts_with("skills/")).count(), 400, "200 skills, and two files for each command");

    let (_, first_of_many) = launch(&files(&many)).await;
    let (_, with_many) = launch(&files(&many)).await;

    assert_eq!((with_one, with_many), (1, 1));
    assert!(first <= 2 && first_of_many <= 2, "{first} and {first_of_many}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn each_host_gets_the_managed_server_with_its_own_key_and_nobody_else_sees_that(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let ((alice, _), (bob, _)) = (app.register("a.example").await, app.register("b.example").await);
    let stored = store(&app, json!({ "model": "gpt-one" })).await;
    let content =
        async |key: &str| app.call(key, "POST", "/config/retrieve", json!({})).await.data()["content"].as_str().unwrap().to_owned();

    let (first, second) = (content(&alice).await, content(&bob).await);

    let entry = format!(
        "[mcp_servers.cdx]\nurl = \"https://codex.example/mcp\"\nhttp_headers = {{ Authorization = \"Bearer {alice}\" }}\ndefault_tools_approval_mode = \"approve\""
    );
    assert!(first.contains(&entry), "{first}");
    assert!(second.contains(&bob) && !second.contains(&alice), "{second}");
    let preview = app.owner("POST", "/admin/config/render", json!({ "settings": { "model": "x" }, "host_id": 1 })).await.data();
    let text = preview.to_string();
    assert!(text.contains("https://codex.example/mcp") && text.contains("Bearer KEY-OF-THE-HOST") && !text.contains(&alice), "{text}");
    for shown in [
        stored,
        app.owner("GET", "/admin/config", json!({})).await.data(),
        app.owner("GET", "/admin/config/versions/1", json!({})).await.data(),
    ] {
        assert!(!shown.to_string().contains("mcp_servers.cdx"), "baked only: {shown}");
    }

    store(&app, json!({ "model": "gpt-one", "managed": { "approve_managed_tools": false } })).await;
    let asks = content(&alice).await;
    assert!(asks.contains("[mcp_servers.cdx]") && !asks.contains("default_tools_approval_mode"), "{asks}");
    store(&app, json!({ "model": "gpt-one", "orchestrator_mcp_enabled": false })).await;
    assert!(!content(&alice).await.contains("mcp_servers"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn viewers_see_what_is_set_and_no_value_that_may_be_a_secret(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let settings = json!({
        "model": "gpt-one", "custom_toml": "[tui]\ntheme = \"s3cret-1\"\n", "shell_environment_policy": { "set": { "TOKEN": "s3cret-2" } },
        "mcp_servers": [{ "name": "a", "url": "https://a.example", "bearer_token": "s3cret-3" },
            { "name": "b", "command": "b", "env": { "B_KEY": "s3cret-4" } }, { "name": "c", "url": "https://c.example", "http_headers": { "X-C": "s3cret-5" } }],
        "model_providers": [{ "id": "p", "base_url": "https://p.example", "http_headers": { "X-P": "s3cret-6" }, "query_params": { "key": "s3cret-7" } }],
        "otel": { "exporter": "otlp-http", "endpoint": "https://o.example", "protocol": "json", "headers": { "X-O": "s3cret-8" } },
    });
    store(&app, json!({ "model": "gpt-zero" })).await;
    store(&app, settings).await;
    let viewer = app.token("vera", Role::Viewer).await;

    for path in ["/admin/config", "/admin/config/versions/2"] {
        let seen = app.call(&viewer, "GET", path, json!({})).await.data().to_string();
        assert!(!seen.contains("s3cret"), "{path}: {seen}");
        for name in ["gpt-one", "B_KEY", "X-C", "https://p.example", "(hidden)"] {
            assert!(seen.contains(name), "{path}: {name} of {seen}");
        }
        assert!(app.owner("GET", path, json!({})).await.data().to_string().contains("s3cret-4"), "an operator's form needs it");
    }
}
