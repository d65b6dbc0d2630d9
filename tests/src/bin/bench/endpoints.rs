//! What hosts ask for all day, and what an operator's first look asks.

use e2e::wire::FORM;
use serde_json::json;
use shared::access::{Role, tokens};
use shared::audit::Actor;

use crate::server::{Member, Server, retrieve_body};
use crate::{Done, sync};

const JSON: &str = "application/json";

/// The most frequent request of old clients.
pub const AUTH: &str = "POST /auth: valid";

/// A kind of request.
pub struct Endpoint {
    pub name: &'static str,
    method: &'static str,
    kind: &'static str,
    path: Box<dyn Fn(&Member) -> String>,
    body: Box<dyn Fn(&Member) -> String>,
    /// Instead of the host's key.
    token: Option<String>,
}

impl Endpoint {
    fn get(name: &'static str, path: impl Fn(&Member) -> String + 'static) -> Self {
        Self { name, method: "GET", kind: JSON, path: Box::new(path), body: Box::new(|_| String::new()), token: None }
    }

    fn post(name: &'static str, path: &'static str, body: impl Fn(&Member) -> String + 'static) -> Self {
        Self { name, method: "POST", kind: JSON, path: Box::new(|_| path.to_owned()), body: Box::new(body), token: None }
    }

    /// A host's request, as Lua writes it.
    pub fn lua(&self, member: &Member) -> String {
        let who = match &self.token {
            Some(token) => format!("['Authorization'] = 'Bearer {token}'"),
            None => format!("['X-API-Key'] = '{}'", member.key),
        };
        let headers = format!("{{ {who}, ['Content-Type'] = '{}', ['Accept'] = 'application/json, text/event-stream' }}", self.kind);
        let body = (self.body)(member).replace('\\', "\\\\").replace('\'', "\\'").replace('\r', "\\r").replace('\n', "\\n");
        format!("wrk.format('{}', '{}', {headers}, '{body}')", self.method, (self.path)(member))
    }
}

/// One indexed read and nothing else.
pub fn control() -> Endpoint {
    Endpoint::get("control", |member| format!("/bench/control?id={}", member.id))
}

/// [`AUTH`].
pub fn auth() -> Endpoint {
    Endpoint::post(AUTH, "/auth", |member| retrieve_body(&member.digest))
}

/// A launch with nothing to change.
pub async fn launch(server: &Server) -> Done<Endpoint> {
    let bodies = sync::bodies(server).await?;
    Ok(Endpoint { kind: FORM, ..Endpoint::post("POST /sync: nothing to change", "/sync", move |member| bodies[&member.id].clone()) })
}

/// The dashboard's.
pub async fn dashboard(server: &Server) -> Done<[Endpoint; 2]> {
    let token = tokens::mint(&server.app, &Actor::system("bench"), "bench reader", Role::Viewer, None).await?.1;
    let page = |name, path: &'static str| Endpoint { token: Some(token.clone()), ..Endpoint::get(name, |_| path.to_owned()) };
    Ok([page("GET /admin/overview", "/admin/overview"), page("GET /admin/hosts: first page", "/admin/hosts?limit=100")])
}

/// All, the control first.
pub async fn all(server: &Server) -> Done<Vec<Endpoint>> {
    server.check_valid().await?;
    let call =
        |method: &str, params: serde_json::Value| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let list = call("tools/list", json!({}));
    let search = call("tools/call", json!({ "name": "memory_search", "arguments": { "query": "word7 the", "limit": 20 } }));
    let remember = json!({ "content": "the word7 of word9", "tags": ["bench"] }).to_string();
    server.each_posts("/mcp/memories/store", &remember).await?;
    let usage = json!({ "usages": [{ "input": 1000, "cached": 400, "output": 70, "reasoning": 30, "total": 1070, "model": "gpt-5.1" }] })
        .to_string();
    let [overview, hosts] = dashboard(server).await?;
    Ok(vec![
        control(),
        auth(),
        Endpoint::post("POST /auth: outdated", "/auth", |_| retrieve_body(&"0".repeat(64))),
        Endpoint::post("POST /oauth/token", "/oauth/token", |member| {
            json!({ "grant_type": "refresh_token", "refresh_token": member.handle, "client_id": "app" }).to_string()
        }),
        launch(server).await?,
        Endpoint::post("POST /usage: one entry", "/usage", move |_| usage.clone()),
        Endpoint::post("POST /config/retrieve", "/config/retrieve", |_| "{}".to_owned()),
        Endpoint::get("GET /versions", |_| "/versions".to_owned()),
        Endpoint::post("POST /mcp: tools/list", "/mcp", move |_| list.clone()),
        Endpoint::post("POST /mcp: memory_search", "/mcp", move |_| search.clone()),
        overview,
        hosts,
    ])
}
