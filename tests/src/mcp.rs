//! Speaking MCP to the API in process.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use shared::App;

use crate::api::{Answer, TestApp};

/// One host's client.
#[derive(Clone, Debug)]
pub struct Client<'a> {
    /// The server.
    pub app: &'a TestApp,
    /// The host's key.
    pub key: String,
    /// Headers besides the usual ones.
    pub headers: Vec<(&'static str, String)>,
}

impl<'a> Client<'a> {
    /// A new host of this name.
    pub async fn register(app: &'a TestApp, fqdn: &str) -> Self {
        let (key, _) = app.register(fqdn).await;
        // The first call of that kind makes the key the host's.
        app.sync(&key, "/sync", &crate::api::manifest(""), None).await;
        Self { app, key, headers: Vec::new() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value.to_owned()));
        Self { headers, ..self.clone() }
    }

    /// Posts these bytes.
    pub async fn post(&self, body: impl Into<Body>) -> Answer {
        let mut usual = vec![
            ("host", "codex.example".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json, text/event-stream".to_owned()),
            ("authorization", format!("Bearer {}", self.key)),
        ];
        usual.retain(|(name, _)| !self.headers.iter().any(|(known, _)| known == name));
        let mut request = Request::post("/mcp");
        for (name, value) in usual.into_iter().chain(self.headers.clone()).filter(|(_, value)| value != "-") {
            request = request.header(name, value);
        }
        self.app.send(request.body(body.into()).unwrap()).await
    }

    /// Sends a request and gives its answer, which is of JSON-RPC.
    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let answer = self.post(json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string()).await;
        let value = answer.json();
        assert_eq!((&value["jsonrpc"], &value["id"]), (&json!("2.0"), &json!(7)), "{value}");
        value
    }

    /// The result of a request that goes well.
    pub async fn result(&self, method: &str, params: Value) -> Value {
        let answer = self.rpc(method, params).await;
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// What a tool gives.
    pub async fn tool(&self, name: &str, arguments: Value) -> Value {
        let result = self.result("tools/call", json!({ "name": name, "arguments": arguments })).await;
        assert_eq!(result["isError"], false, "{name}: {result}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        if text.is_object() {
            assert_eq!(text, result["structuredContent"]);
        }
        text
    }

    /// Why a tool says no.
    pub async fn refused(&self, name: &str, arguments: Value) -> String {
        let result = self.result("tools/call", json!({ "name": name, "arguments": arguments })).await;
        assert_eq!(result["isError"], true, "{name}: {result}");
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        assert_eq!(result["structuredContent"]["error"]["message"], json!(text));
        text
    }
}

/// A server that answers on a port of the loopback address until it is dropped.
#[derive(Debug)]
pub struct Listening {
    /// Its `/mcp`.
    pub url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `router` for clients that cannot be told a key: every request gets this one.
pub fn listen(listener: tokio::net::TcpListener, app: &TestApp, router: axum::Router<App>, key: Option<&str>) -> Listening {
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let key = key.map(|key| axum::http::HeaderValue::from_str(key).unwrap());
    let give = move |mut request: Request<Body>| {
        request.headers_mut().extend(key.clone().map(|key| (axum::http::HeaderName::from_static("x-api-key"), key)));
        request
    };
    let service = tower::ServiceBuilder::new().map_request(give).service(shared::http::service(router, app.app.clone()));
    let service = axum::Router::new().fallback_service(service);
    let task = tokio::spawn(async move {
        axum::serve(listener, service.into_make_service_with_connect_info::<std::net::SocketAddr>()).await.unwrap();
    });
    Listening { url, task }
}

/// A server at this port of the loopback address and a host of it; nothing is limited.
pub async fn at_loopback(pool: sqlx::MySqlPool) -> (tokio::net::TcpListener, TestApp, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = TestApp::with(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0"), ("PUBLIC_BASE_URL", &url)]).await.at("127.0.0.1");
    let data = app.owner("POST", "/admin/hosts/register", json!({ "fqdn": "a.example" })).await.data();
    let key = data["host"]["api_key"].as_str().unwrap().to_owned();
    app.sync(&key, "/sync", &crate::api::manifest(""), None).await;
    (listener, app, key)
}
