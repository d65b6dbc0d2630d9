//! Documents that are nested until a stack ends.

use e2e::process::Server;

use crate::target::{Target, statuses};

/// How deep.
const DEEP: usize = 100_000;

async fn post(target: &Target, path: &str, body: &str) -> String {
    let headers = format!("Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    let headers = format!("{headers}Accept: application/json, text/event-stream\r\n");
    target.send(&target.request(&format!("POST {path}"), &headers, body.as_bytes())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_is_refused() {
    let target = Target::plain();
    let deep = [
        "[".repeat(DEEP),
        format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        "{\"a\":".repeat(DEEP),
        format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP)),
    ];
    for inner in deep {
        for (path, body) in [
            ("/auth", format!("{{\"command\":\"store\",\"auth\":{inner}}}")),
            ("/auth", inner.clone()),
            ("/usage", format!("{{\"usages\":{inner}}}")),
            ("/otel/v1/logs", format!("{{\"resourceLogs\":{inner}}}")),
            ("/oauth/token", inner.clone()),
            ("/mcp", format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{inner}}}")),
            ("/mcp/memories/store", format!("{{\"content\":{inner}}}")),
        ] {
            let answer = post(&target, path, &body).await;
            assert!(matches!(statuses(&answer)[..], [400 | 415 | 422]), "{path} {}: {answer}", &body[..40.min(body.len())]);
        }
    }
    let unknown = format!("{{\"unknown\":{}{}}}", "[".repeat(DEEP), "]".repeat(DEEP));
    assert_eq!(statuses(&post(&target, "/otel/v1/logs", &unknown).await), [200], "what is not read is passed over, however deep");
    target.is_well_within(100);
}

fn sync(target: &Target, config: &str) -> Vec<u8> {
    let manifest = format!("protocol 1\nrun {}\nreason launch\ncodex 0.169.0\nconfig own\nfiles none\n", "0".repeat(32));
    let part = |name: &str, text: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let body = format!("{}{}{}--b--\r\n", part("manifest", &manifest), part("have", ""), part("config.toml", config));
    let headers = format!("Content-Type: multipart/form-data; boundary=b\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    target.request("POST /sync", &headers, body.as_bytes())
}

fn settle(server: &Server) {
    let auth = serde_json::json!({ "auth": { "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "last_refresh": "2026-01-01T00:00:00Z", "tokens": {
        "access_token": "access-token-of-nobody-0123456789", "refresh_token": "rt_of_nobody", "account_id": "account-of-nobody" } } });
    server.admin("POST", "/admin/auth/upload", &auth);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_toml_is_the_hosts_own_trouble() {
    let target = Target::plain();
    settle(&target.server);
    let whole = target.send(&sync(&target, "model = \"mine\"\n")).await;
    assert_eq!(statuses(&whole), [200], "{whole}");
    assert!(whole.contains("home/config.toml"), "the fleet has something to merge: {whole}");
    let dotted = vec!["a"; DEEP].join(".");
    for config in [
        format!("a = {}", "[".repeat(DEEP)),
        format!("a = {}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("a = {}1{}", "{ a = ".repeat(DEEP), "}".repeat(DEEP)),
        format!("{dotted} = 1"),
        format!("[{dotted}]\nb = 1"),
        format!("[[{dotted}]]\nb = 1"),
        "[[a]]\n".repeat(DEEP),
        (0..DEEP).fold(String::new(), |text, n| text + "k" + &n.to_string() + "=1\n"),
    ] {
        let answer = target.send(&sync(&target, &config)).await;
        assert_eq!(statuses(&answer), [200], "{}: {answer}", &config[..40]);
    }
    target.is_well_within(200);
}
