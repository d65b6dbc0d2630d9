//! What administrators see of the files that hosts keep over MCP.

use e2e::api::TestApp;
use e2e::mcp::Client;
use serde_json::{Value, json};
use shared::access::Role;
use sqlx::MySqlPool;

async fn get(app: &TestApp, rest: &str) -> Value {
    app.owner("GET", &format!("/admin/mcp/files{rest}"), Value::Null).await.data()
}

fn names(listing: &Value) -> Vec<&str> {
    listing["entries"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect()
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn administrators_look_at_files_and_delete_them(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    let (alice, bob) = (Client::register(&app, "a.example").await, Client::register(&app, "b.example").await);
    for (path, content) in [("notes/one.md", "swordfish"), ("notes/two.md", "two"), ("top.md", "top")] {
        alice.tool("fs_write_file", json!({ "path": path, "content": content })).await;
    }
    bob.tool("fs_write_file", json!({ "path": "shared/b.bin", "content": "AP8=", "encoding": "base64" })).await;

    let spaces = get(&app, "").await;
    let told: Vec<_> =
        spaces["spaces"].as_array().unwrap().iter().map(|space| (&space["fqdn"], &space["files"], &space["size_bytes"])).collect();
    assert_eq!(told, [(&json!("a.example"), &json!(3), &json!(15)), (&json!("b.example"), &json!(1), &json!(2))]);
    assert_eq!(get(&app, "?q=B.EX").await["spaces"][0]["host_id"], 2);
    assert_eq!(names(&get(&app, "/1").await), ["notes", "top.md"]);
    assert_eq!(names(&get(&app, "/1?path=notes").await), ["notes/one.md", "notes/two.md"]);
    assert_eq!(get(&app, "/1/content?path=notes/one.md").await["content"], "swordfish");
    let binary = get(&app, "/2/content?path=shared/b.bin").await;
    assert_eq!((&binary["encoding"], &binary["content"]), (&json!("base64"), &json!("AP8=")));
    for (path, status, code) in [
        ("/1?path=nowhere", 404, "not_found"),
        ("/1/content?path=notes", 404, "not_found"),
        ("/1/content", 422, "validation_failed"),
        ("/1?path=../x", 422, "validation_failed"),
        ("/1?path=fleet/b.example", 403, "scope_not_granted"),
        ("/9", 404, "not_found"),
    ] {
        app.owner("GET", &format!("/admin/mcp/files{path}"), Value::Null).await.expect(status, code);
    }

    let viewer = app.token("vera", Role::Viewer).await;
    app.call(&viewer, "DELETE", "/admin/mcp/files/1?path=top.md", Value::Null).await.expect(403, "role_required");
    let delete = async |rest: &str| app.owner("DELETE", &format!("/admin/mcp/files{rest}"), Value::Null).await;
    assert_eq!(delete("/1?path=notes").await.data()["deleted"], 2);
    assert_eq!(delete("/1?path=notes").await.data()["deleted"], 0);
    delete("/1").await.expect(422, "validation_failed");
    delete("/9?path=x").await.expect(404, "not_found");
    assert_eq!(names(&get(&app, "/1").await), ["top.md"]);
    assert_eq!(get(&app, "?q=a.").await["spaces"][0]["size_bytes"], 3);
    let audit = app.owner("GET", "/admin/audit?action=mcp.file.admin.delete", Value::Null).await.data();
    assert_eq!((audit["entries"].as_array().unwrap().len(), &audit["entries"][0]["target"]), (1, &json!("a.example")));
    assert!(!audit.to_string().contains("swordfish"));
}
