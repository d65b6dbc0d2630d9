//! `/mcp`: the protocol, its tools, and what a caller must not get.

use axum::body::Body;
use axum::http::Request;
use e2e::api::TestApp;
use e2e::mcp::Client;
use serde_json::{Value, json};
use shared::mcp::log;
use sqlx::MySqlPool;

const NO_LIMIT: (&str, &str) = ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0");

async fn unlimited(pool: MySqlPool) -> TestApp {
    TestApp::with(pool, &[NO_LIMIT]).await
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_version_is_negotiated_and_others_get_the_newest_with_a_handshake(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    for (asked, given) in [
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("2024-11-05", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let info = json!({ "protocolVersion": asked, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let result = alice.result("initialize", info).await;
        assert_eq!(result["protocolVersion"], given, "{asked}");
        assert_eq!(result["serverInfo"]["name"], "codex-auth-central");
        assert!(result["capabilities"]["tools"].is_object() && result["capabilities"]["resources"].is_object());
        assert!(result["instructions"].as_str().unwrap().contains("memory_search"));
    }
    let newest = alice.with("mcp-protocol-version", "2026-07-28").with("mcp-method", "server/discover");
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" } });
    let found = newest.result("server/discover", json!({ "_meta": meta })).await;
    assert_eq!(found["supportedVersions"], json!(["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]), "{found}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn both_ways_to_show_a_key_work_and_a_stranger_stays_out(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    assert_eq!(alice.result("ping", json!({})).await, json!({}));
    let other = alice.with("authorization", "-").with("x-api-key", &alice.key);
    assert_eq!(other.result("ping", json!({})).await, json!({}));

    let nobody = alice.with("authorization", "-").post("{}").await;
    nobody.expect(401, "api_key_missing");
    let elsewhere = app.at("198.51.100.7");
    let moved = Client { app: &elsewhere, ..alice.clone() };
    moved.post("{}").await.expect(403, "ip_mismatch");
    app.owner("POST", "/admin/api/state", json!({ "disabled": true })).await.data();
    alice.post("{}").await.expect(503, "api_disabled");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_page_is_let_in_by_a_list_and_never_by_its_own_name(pool: MySqlPool) {
    let app = TestApp::with(pool, &[NO_LIMIT, ("MCP_ALLOWED_ORIGINS", "http://localhost:5173")]).await;
    let alice = Client::register(&app, "a.example").await;
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string();
    for origin in ["https://codex.example", "http://localhost:5173", ""] {
        assert_eq!(alice.with("origin", origin).post(ping.clone()).await.status, 200, "{origin}");
    }
    // W13: a page of evil.example that has made its name point here has Host and Origin agree.
    for (origin, host) in [("https://evil.example", "codex.example"), ("http://evil.example", "evil.example"), ("null", "codex.example")] {
        let answer = alice.with("origin", origin).with("host", host).post(ping.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"]["code"].as_i64()), (403, Some(-32099)), "{origin}");
        assert_eq!(answer.json()["id"], Value::Null);
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    for (host, status) in [("codex.example:443", 200), ("127.0.0.1:8488", 200), ("localhost", 200), ("evil.example", 403)] {
        assert_eq!(alice.with("host", host).post(ping.clone()).await.status, status, "{host}");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_is_no_message_is_told_in_the_words_of_json_rpc(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    let table = [
        ("", 400, -32700),
        ("{", 400, -32700),
        ("[]", 200, -32600),
        ("{}", 200, -32600),
        ("7", 200, -32600),
        ("null", 200, -32600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, 200, -32600),
    ];
    for (body, status, code) in table {
        let answer = alice.post(body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"]["code"].as_i64()), (status, Some(code)), "{body}");
        assert_eq!(answer.json()["id"], Value::Null, "{body}");
    }
    let deep = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    assert_eq!(alice.post(deep).await.json()["error"]["code"], -32700);
    for (method, params, code) in [
        ("nothing", json!({}), -32601),
        ("prompts/list", json!({}), -32601),
        ("resources/read", json!({}), -32602),
        ("resources/read", json!({ "uri": "memory://none" }), -32002),
        ("resources/read", json!({ "uri": "file:///etc/passwd" }), -32602),
        ("resources/list", json!({ "cursor": "x" }), -32602),
        ("resources/create", json!({ "uri": "memory://x" }), -32602),
        ("tools/call", json!({ "name": "nothing" }), -32602),
        ("tools/call", json!([]), -32602),
    ] {
        assert_eq!(alice.rpc(method, params.clone()).await["error"]["code"], code, "{method} {params}");
    }
    let large = alice.post(format!("\"{}\"", "x".repeat(4 * 1024 * 1024))).await;
    assert_eq!((large.status.as_u16(), large.json()["error"]["code"].as_i64()), (413, Some(-32600)));
    assert_eq!(alice.with("content-type", "text/plain").post("{}").await.status, 415);
    assert_eq!(alice.with("accept", "text/html").post("{}").await.status, 406);
    assert_eq!(alice.with("mcp-protocol-version", "1999-01-01").post(ping(1).to_string()).await.json()["error"]["code"], -32600);
}

fn ping(id: u64) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "ping" })
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn clients_that_say_less_are_served_as_well(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    for (name, value) in [("accept", "-"), ("accept", "application/json"), ("accept", "*/*"), ("content-type", "-")] {
        let answer = alice.with(name, value).post(ping(1).to_string()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["result"]), (200, &json!({})), "{name}: {value}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(!answer.headers.contains_key("mcp-session-id"));
    }
    for alias in ["tools.list", "list_tools", "tools/list"] {
        assert_eq!(alice.result(alias, json!({})).await["tools"].as_array().unwrap().len(), 19);
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn there_is_no_stream_and_no_session(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    for method in ["GET", "DELETE", "PUT"] {
        let answer = app.call(&alice.key, method, "/mcp", json!({})).await;
        answer.expect(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], "POST");
    }
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/oauth-protected-resource/mcp",
    ] {
        let answer = app.send(Request::get(path).body(Body::empty()).unwrap()).await;
        answer.expect(404, "route_not_found");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_notification_is_answered_with_nothing(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    let store = json!({ "jsonrpc": "2.0", "id": null, "method": "tools/call",
        "params": { "name": "memory_store", "arguments": { "id": "quiet", "content": "done all the same" } } });
    for note in [
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "method": "notifications.initialized" }),
        store,
    ] {
        let answer = alice.post(note.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (202, &b""[..]), "{note}");
        assert!(!answer.headers.contains_key("content-type"), "{note}");
    }
    assert_eq!(alice.tool("memory_retrieve", json!({ "id": "quiet" })).await["status"], "found");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_batch_is_of_one_version_and_one_bad_message_spoils_no_other(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    let read = |id: u64, uri: &str| json!({ "jsonrpc": "2.0", "id": id, "method": "resources/read", "params": { "uri": uri } });
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let bad_id = format!("memory://{}", "x".repeat(200));
    let batch = json!([ping(1), note, {}, read(2, &bad_id), { "jsonrpc": "2.0", "id": 3, "method": "initialize" }, ping(4)]);

    let answer = alice.with("mcp-protocol-version", "2025-03-26").post(batch.to_string()).await;

    assert_eq!(answer.status, 200);
    let list = answer.json();
    let told: Vec<_> = list.as_array().unwrap().iter().map(|one| (one["id"].clone(), one["error"]["code"].clone())).collect();
    let expected = [
        (json!(1), Value::Null),
        (Value::Null, json!(-32600)),
        (json!(2), json!(-32602)),
        (json!(3), json!(-32600)),
        (json!(4), Value::Null),
    ];
    assert_eq!(told, expected, "W60: a rule that is broken is one message's error");
    let quiet = alice.post(json!([note]).to_string()).await;
    assert_eq!((quiet.status.as_u16(), quiet.bytes.len()), (202, 0));
    let later = alice.with("mcp-protocol-version", "2025-06-18").post(batch.to_string()).await;
    assert_eq!((later.status.as_u16(), later.json()["error"]["code"].as_i64()), (400, Some(-32600)));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn memories_are_kept_found_and_deleted(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await.with("mcp-session-id", "session-1");

    let stored = alice
        .tool("memory_store", json!({ "id": "Build", "content": "make all before make install", "tags": ["CI"], "metadata": {} }))
        .await;
    assert_eq!((&stored["status"], &stored["memory"]["version"]), (&json!("created"), &json!(1)));
    let memory = &stored["memory"];
    assert_eq!((&memory["metadata"], &memory["scope"]), (&json!({}), &json!("host")), "W61: an empty object is an object");
    assert_eq!((&memory["written_by"], &memory["session"]), (&json!("a.example"), &json!("session-1")));
    app.app.clock.advance(chrono::TimeDelta::seconds(90));
    let same = alice
        .tool("memory.store", json!({ "id": "build", "content": "make all before make install", "tags": ["ci"], "metadata": {} }))
        .await;
    assert_eq!((&same["status"], &same["memory"]), (&json!("unchanged"), memory), "W63: nothing is written, not even the time");

    for query in ["install", "al", "MAKE", "before nothing", "ci"] {
        alice.tool("memory_store", json!({ "id": "al", "content": "al is short" })).await;
        let found = alice.tool("memory_search", json!({ "query": query })).await;
        assert_ne!(found["count"], 0, "W62: {query}");
    }
    assert_eq!(alice.tool("memory_search", json!({ "query": "nowhere" })).await["count"], 0);
    let conflict = alice.refused("memory_store", json!({ "id": "build", "content": "x", "if_version": 7 })).await;
    assert!(conflict.contains("changed since"), "{conflict}");
    let next = alice.tool("memory_store", json!({ "id": "build", "content": "make it", "if_version": 1 })).await;
    assert_eq!((&next["status"], &next["memory"]["version"], &next["memory"]["id"]), (&json!("updated"), &json!(2), &json!("Build")));

    assert_eq!(alice.tool("memory_delete", json!({ "id": "BUILD" })).await["status"], "deleted");
    assert_eq!(alice.tool("memory_delete", json!({ "id": "build" })).await["status"], "missing");
    assert_eq!(alice.tool("memory_retrieve", json!({ "id": "build" })).await["status"], "missing");
    assert_eq!(alice.tool("memory_search", json!({ "query": "make" })).await["count"], 0);
    let again = alice.tool("memory_store", json!({ "id": "build", "content": "back" })).await;
    assert_eq!((&again["status"], &again["memory"]["created_at"]), (&json!("created"), &memory["created_at"]));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn tags_are_asked_for_before_anything_is_cut(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    alice.tool("memory_store", json!({ "id": "old", "content": "deploy with care", "tags": ["rare", "x"] })).await;
    for number in 0..60 {
        app.app.clock.advance(chrono::TimeDelta::seconds(1));
        alice.tool("memory_store", json!({ "id": format!("n{number}"), "content": "deploy deploy deploy", "tags": ["x"] })).await;
    }
    for query in ["deploy", ""] {
        let found = alice.tool("memory_search", json!({ "query": query, "tags": ["RARE", "x"], "limit": 1 })).await;
        assert_eq!((&found["count"], &found["matches"][0]["id"]), (&json!(1), &json!("old")), "W62: {query}");
    }
    let newest = alice.tool("memory_list", json!({ "top_k": 2 })).await;
    let ids: Vec<_> = newest["matches"].as_array().unwrap().iter().map(|memory| memory["id"].clone()).collect();
    assert_eq!(ids, ["n59", "n58"]);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_resource_collects_memories(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    for text in ["the first step", "the second step"] {
        let added = alice.tool("memory_append", json!({ "resource_id": "ticket-7", "text": text, "tags": ["t"] })).await;
        assert!(added["id"].as_str().unwrap().starts_with("ticket-7:"), "{added}");
        assert_eq!(added["memory"]["tags"], json!(["resource:ticket-7", "t"]));
    }
    alice.tool("memory_store", json!({ "content": "another step" })).await;
    assert_eq!(alice.tool("memory_list", json!({ "resource_id": "ticket-7" })).await["count"], 2);
    let found = alice.tool("memory_query", json!({ "resource_id": "ticket-7", "query": "second" })).await;
    assert_eq!((&found["count"], &found["limit"]), (&json!(1), &json!(5)));
    for (tool, arguments) in [
        ("memory_append", json!({ "resource_id": "a b", "text": "x" })),
        ("memory_append", json!({ "resource_id": "x".repeat(56), "text": "x" })),
        ("memory_append", json!({ "text": "x" })),
        ("memory_query", json!({ "resource_id": "x", "query": " " })),
        ("memory_store", json!({ "content": 7 })),
        ("memory_store", json!({ "content": "x", "scope": "fleet" })),
        ("memory_store", json!({ "content": "x", "scope": 7 })),
        ("memory_store", json!({ "content": "see https://bob:hunter2@example.org" })),
        ("memory_search", json!({ "query": 7 })),
        ("memory_retrieve", json!({})),
        ("resource_read", json!({ "uri": "memory://none" })),
    ] {
        let why = alice.refused(tool, arguments.clone()).await;
        assert!(!why.is_empty() && !why.contains("hunter2") && !why.contains("Error"), "{tool} {arguments}: {why}");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn memories_are_resources(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    let long = "é".repeat(200);
    let made = alice.tool("resource_create", json!({ "uri": "memory://project%3Aone", "text": long })).await;
    assert_eq!(made["resource"]["result"]["status"], "created");
    alice.tool("memory_store", json!({ "id": "project:one", "content": "two", "tags": ["keep"] })).await;
    let put = alice.tool("resource_update", json!({ "uri": "memory://project:one", "text": long })).await;
    assert_eq!(put["resource"]["result"]["memory"]["tags"], json!(["keep"]));
    for number in 0..25 {
        app.app.clock.advance(chrono::TimeDelta::seconds(1));
        alice.tool("memory_store", json!({ "id": format!("m{number}"), "content": "x" })).await;
    }
    let first = alice.result("resources/list", json!({})).await;
    let second = alice.result("resources/list", json!({ "cursor": first["nextCursor"] })).await;
    let all: Vec<_> = [&first, &second].iter().flat_map(|page| page["resources"].as_array().unwrap().clone()).collect();
    assert_eq!((first["resources"].as_array().unwrap().len(), all.len()), (20, 26));
    assert!(second["nextCursor"].is_null());
    let last = all.last().unwrap();
    assert_eq!(last["description"], format!("{}...", "é".repeat(77)), "W60: cut between characters");
    let read = alice.result("resources/read", json!({ "uri": last["uri"] })).await;
    assert_eq!(read["contents"][0], json!({ "uri": "memory://project:one", "mimeType": "text/plain", "text": long }));
    let templates = alice.result("resources/templates/list", json!({})).await;
    assert_eq!(templates["resourceTemplates"][0]["uriTemplate"], "memory://{id}");
    let text = alice.result("tools/call", json!({ "name": "resource_list", "arguments": {} })).await;
    let list: Value = serde_json::from_str(text["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!((list.as_array().unwrap().len(), &text["structuredContent"]["resources"]), (20, &list));
    let gone = alice.result("resources.delete", json!({ "uri": "memory://m1" })).await;
    assert_eq!(gone["resource"], json!({ "uri": "memory://m1", "name": "m1", "deleted": true }));
    assert_eq!(alice.rpc("delete_resource", json!({ "uri": "memory://m1" })).await["error"]["code"], -32002);
    let created = alice.result("create_resource", json!({ "uri": "memory://m1", "contents": [{ "text": "back" }] })).await;
    assert_eq!(created["resource"]["result"]["status"], "created");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn files_lie_in_the_database_and_stay_inside(pool: MySqlPool) {
    let app = TestApp::with(pool, &[NO_LIMIT, ("MCP_FILE_MAX_BYTES", "1000"), ("MCP_FILES_MAX_BYTES", "1500")]).await;
    let alice = Client::register(&app, "a.example").await;
    let written = alice.tool("fs_write_file", json!({ "path": "./notes//a.md", "content": "One\ntwo deploys\n" })).await;
    assert_eq!((&written["path"], &written["status"], &written["written_bytes"]), (&json!("notes/a.md"), &json!("created"), &json!(16)));
    let binary = alice.tool("fs_write_file", json!({ "path": "notes/b.bin", "content": "AP+A", "encoding": "base64" })).await;
    assert_eq!(binary["size_bytes"], 3);
    let read = alice.tool("fs_read_file", json!({ "path": "notes/b.bin" })).await;
    assert_eq!((&read["encoding"], &read["content"]), (&json!("base64"), &json!("AP+A")), "W60: a binary file is no empty object");
    assert_eq!(alice.tool("fs_read_file", json!({ "path": "notes/a.md" })).await["content"], "One\ntwo deploys\n");
    let listed = alice.tool("fs_list_dir", json!({ "path": "" })).await;
    assert_eq!(listed["entries"][0]["type"], "dir");
    let listed = alice.tool("fs_list_dir", json!({ "path": "notes", "glob": "*.md" })).await;
    assert_eq!((listed["entries"].as_array().unwrap().len(), &listed["entries"][0]["name"]), (1, &json!("a.md")));
    assert_eq!(alice.tool("fs_file_exists", json!({ "path": "notes/c" })).await, json!({ "exists": false, "path": "notes/c" }));
    assert_eq!(alice.tool("fs_file_exists", json!({ "path": "notes" })).await["type"], "dir");
    assert_eq!(alice.tool("fs_stat", json!({ "path": "notes/a.md" })).await["size_bytes"], 16);
    assert_eq!(alice.refused("fs_stat", json!({ "path": "x" })).await, "path not found");
    let found = alice.tool("fs_search_in_files", json!({ "root": "", "pattern": "DEPLOY", "file_glob": ["*.md"] })).await;
    assert_eq!(found["matches"], json!([{ "file": "notes/a.md", "line": 2, "snippet": "two deploys" }]));
    assert_eq!(alice.tool("fs_search_in_files", json!({ "root": "notes", "pattern": "^o.e$", "regex": true })).await["count"], 1);

    // W2, W3: nothing of the server's disk is named, asked about or reached.
    for path in ["/etc/passwd", "../.env", "notes/../../x", "~/.ssh/id", "C:/x", "/proc/self/environ", "a\u{0}b"] {
        for (tool, more) in [
            ("fs_read_file", json!({})),
            ("fs_write_file", json!({ "content": "x" })),
            ("fs_file_exists", json!({})),
            ("fs_delete", json!({})),
        ] {
            let mut arguments = json!({ "path": path });
            arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let why = alice.refused(tool, arguments).await;
            assert!(why.contains("path"), "{tool} {path}: {why}");
        }
    }
    for (arguments, why) in [
        (json!({ "path": "big", "content": "x".repeat(1001) }), "1000 bytes"),
        (json!({ "path": "notes", "content": "x" }), "is a directory"),
        (json!({ "path": "notes/a.md/x", "content": "x" }), "is a file"),
        (json!({ "path": "notes/a.md", "content": "x", "overwrite": false }), "overwrite is false"),
        (json!({ "path": "new", "content": "x", "create_if_missing": false }), "file not found"),
        (json!({ "path": "notes/a.md", "content": "x", "if_version": 7 }), "changed since"),
        (json!({ "path": "fleet/b.example/x", "content": "x" }), "read-only"),
        (json!({ "path": "shared", "content": "x" }), "is a directory"),
        (json!({ "path": "k", "content": "-----BEGIN PRIVATE KEY-----" }), "a private key"),
        (json!({ "path": "dir/", "content": "x" }), "must name a file"),
    ] {
        let told = alice.refused("fs_write_file", arguments.clone()).await;
        assert!(told.contains(why), "{arguments}: {told}");
    }
    alice.tool("fs_write_file", json!({ "path": "one", "content": "x".repeat(1000) })).await;
    let full = alice.refused("fs_write_file", json!({ "path": "two", "content": "x".repeat(1000) })).await;
    assert!(full.contains("1500 bytes"), "{full}");
    assert!(alice.refused("fs_delete", json!({ "path": "notes" })).await.contains("recursive"));
    assert_eq!(alice.tool("fs_delete", json!({ "path": "notes", "recursive": true })).await["files"], 2);
    alice.tool("fs_write_file", json!({ "path": "two", "content": "x".repeat(500) })).await;
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_file_is_shared_where_its_host_puts_it_and_an_operator_grants_it(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let (alice, bob) = (Client::register(&app, "a.example").await, Client::register(&app, "b.example").await);
    alice.tool("fs_write_file", json!({ "path": "shared/how/to.md", "content": "turn it off" })).await;
    alice.tool("fs_write_file", json!({ "path": "mine.md", "content": "mine" })).await;
    for path in ["fleet", "fleet/a.example", "fleet/a.example/how/to.md", "fleet/c.example/x"] {
        let why = bob.refused("fs_stat", json!({ "path": path })).await;
        assert!(why.contains("not granted"), "{path}: {why}");
    }
    assert_eq!(bob.refused("fs_read_file", json!({ "path": "shared/how/to.md" })).await, "file not found");

    app.owner("POST", "/admin/mcp/grants", json!({ "scope": "fleet", "host_id": 2, "access": "read" })).await.data();

    assert_eq!(bob.tool("fs_read_file", json!({ "path": "fleet/a.example/how/to.md" })).await["content"], "turn it off");
    let hosts = bob.tool("fs_list_dir", json!({ "path": "fleet" })).await;
    assert_eq!(hosts["entries"][0]["path"], "fleet/a.example");
    let listed = bob.tool("fs_list_dir", json!({ "path": "fleet/a.example/how" })).await;
    assert_eq!(listed["entries"][0]["path"], "fleet/a.example/how/to.md");
    let found = bob.tool("fs_search_in_files", json!({ "root": "fleet/a.example", "pattern": "off" })).await;
    assert_eq!(found["matches"][0]["file"], "fleet/a.example/how/to.md");
    for path in ["fleet/a.example/mine.md", "fleet/a.example/../mine.md", "fleet/nobody/x"] {
        bob.refused("fs_read_file", json!({ "path": path })).await;
    }
    let why = bob.refused("fs_write_file", json!({ "path": "fleet/a.example/how/to.md", "content": "x" })).await;
    assert!(why.contains("read-only"), "{why}");
    assert!(bob.refused("fs_delete", json!({ "path": "fleet/a.example/how/to.md" })).await.contains("read-only"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn calls_are_noted_without_what_was_said(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    Client::register(&app, "b.example").await.result("ping", json!({})).await;
    alice.tool("memory_store", json!({ "id": "m", "content": "the word is swordfish" })).await;
    alice.refused("fs_read_file", json!({ "path": "swordfish" })).await;
    alice.rpc("nothing", json!({})).await;
    // W60: a name that is too long for the log spoils nothing.
    alice.rpc("resources/read", json!({ "uri": format!("memory://{}", "é".repeat(400)) })).await;
    alice.rpc(&"m".repeat(300), json!({})).await;
    alice.post("{}").await;
    assert!(log::flush(&app.app).await);

    let data = app.owner("GET", "/admin/mcp/logs?host_id=1", json!({})).await.data();

    let logs = data["logs"].as_array().unwrap();
    let told: Vec<_> =
        logs.iter().map(|log| (log["method"].as_str().unwrap().len(), log["success"].clone(), log["error_code"].clone())).collect();
    let expected = [(64, 0, json!(-32601)), (14, 0, json!(-32602)), (7, 0, json!(-32601)), (10, 0, Value::Null), (10, 1, Value::Null)];
    assert_eq!(told, expected.map(|(length, success, code)| (length, json!(success), code)));
    assert_eq!(
        (&logs[4]["name"], &logs[4]["host_fqdn"], &logs[4]["client_ip"]),
        (&json!("memory_store"), &json!("a.example"), &json!("192.0.2.1"))
    );
    assert_eq!(logs[3]["error_message"], "tool_error");
    assert!(!data.to_string().contains("swordfish"), "{data}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn where_the_process_may_stop_a_call_is_noted_before_its_answer(pool: MySqlPool) {
    let app = TestApp::with(pool, &[NO_LIMIT, ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")]).await;
    let alice = Client::register(&app, "a.example").await;
    alice.result("ping", json!({})).await;
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM mcp_calls").fetch_one(&app.app.db).await.unwrap();
    assert_eq!(count, 1);
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_log_that_cannot_be_written_waits(pool: MySqlPool) {
    let app = unlimited(pool).await;
    let alice = Client::register(&app, "a.example").await;
    sqlx::query("RENAME TABLE mcp_calls TO elsewhere").execute(&app.app.db).await.unwrap();
    alice.result("ping", json!({})).await;
    assert!(!log::flush(&app.app).await);
    sqlx::query("RENAME TABLE elsewhere TO mcp_calls").execute(&app.app.db).await.unwrap();
    while !log::flush(&app.app).await {}
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM mcp_calls").fetch_one(&app.app.db).await.unwrap();
    assert_eq!(count, 1);
}
