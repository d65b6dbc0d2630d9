//! The whole API in process, over the database of one test.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::access::{Role, tokens};
use shared::audit::Actor;
use shared::client::Peer;
use shared::clock::Clock;
use shared::config::Config;
use shared::{App, http};
use sqlx::MySqlPool;
use tower::ServiceExt;

use crate::wire::{FORM, form};

/// The key of every test: a database made by one test is never read by another.
pub const TEST_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server and its owner.
#[derive(Clone, Debug)]
pub struct TestApp {
    /// The state, for looking behind the API.
    pub app: App,
    router: axum::Router,
    /// The owner's token.
    pub owner: String,
    /// Where requests come from.
    address: IpAddr,
}

/// Where callers are unless a test says so.
const ALICE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// `data` of a success.
    pub fn data(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()["data"].clone()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Asserts a failure with this status and code.
    pub fn expect(&self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.json()["code"].as_str().unwrap_or("")), (status, code), "{}", self.text());
        assert!(self.json()["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{}", self.text());
        self.json()
    }
}

/// The moment at which the clock of every test stands.
pub fn noon() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-24T12:00:00Z").unwrap().to_utc()
}

impl TestApp {
    /// A server over `pool`, with an owner.
    pub async fn new(pool: MySqlPool) -> Self {
        Self::with(pool, &[]).await
    }

    /// The same, with variables set.
    pub async fn with(pool: MySqlPool, variables: &[(&str, &str)]) -> Self {
        let given = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let config = Config::from_lookup(|name| match name {
            _ if given(name).is_some() => given(name),
            "DATABASE_URL" => Some("mysql://unused".to_owned()),
            "AUTH_ENCRYPTION_KEY" => Some(TEST_KEY.to_owned()),
            "INSTALLATION_ID" => Some("11111111-2222-4333-8444-555555555555".to_owned()),
            "PUBLIC_BASE_URL" => Some("https://codex.example".to_owned()),
            // Nobody listens there: a test that refreshes says where.
            "CODEX_RELEASES_API_URL" | "CHATGPT_BASE_URL" => Some("http://127.0.0.1:9".to_owned()),
            "OPENAI_TOKEN_URL" => Some("http://127.0.0.1:9/oauth/token".to_owned()),
            _ => None,
        });
        let app = App::with_pool(config.unwrap(), pool, Clock::fixed(noon()));
        let router = http::service(local_dev::api().0, app.clone());
        let mut one = Self { app, router, owner: String::new(), address: ALICE };
        one.owner = one.token("olivia", Role::Owner).await;
        one
    }

    /// A second instance of the server, over the same database and clock.
    #[must_use]
    pub fn instance(&self) -> Self {
        let app = App::with_pool((*self.app.config).clone(), self.app.db.clone(), self.app.clock.clone());
        Self { router: http::service(local_dev::api().0, app.clone()), app, ..self.clone() }
    }

    /// The same server with other routes.
    #[must_use]
    pub fn serving(&self, router: axum::Router<App>) -> Self {
        Self { router: http::service(router, self.app.clone()), ..self.clone() }
    }

    /// The same server, called from elsewhere.
    #[must_use]
    pub fn at(&self, address: &str) -> Self {
        Self { address: address.parse().unwrap(), ..self.clone() }
    }

    /// Makes an admin token.
    pub async fn token(&self, name: &str, role: Role) -> String {
        tokens::mint(&self.app, &Actor::system("test"), name, role, None).await.unwrap().1
    }

    /// Sends one request, and gives the answer as it begins.
    pub async fn begin(&self, mut request: Request<Body>) -> axum::response::Response {
        // What the listener says, unless the test says it.
        if request.extensions().get::<Peer>().is_none() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 40_000)));
        }
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends one request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.begin(request).await.into_parts();
        // A stream has no end to wait for.
        let is_stream = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_stream { Vec::new() } else { to_bytes(body, usize::MAX).await.unwrap().to_vec() };
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// A request as the holder of `token` (a host key or an admin token), with a JSON body.
    pub async fn call(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    /// A request as the owner.
    pub async fn owner(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call(&self.owner, method, path, body).await
    }

    /// Registers a host. Returns its key and its installer's path.
    pub async fn register(&self, fqdn: &str) -> (String, String) {
        let data = self.owner("POST", "/admin/hosts/register", json!({ "fqdn": fqdn })).await.data();
        let url = data["installer"]["url"].as_str().unwrap();
        (data["host"]["api_key"].as_str().unwrap().to_owned(), url.strip_prefix("https://codex.example").unwrap().to_owned())
    }

    /// Gives the server a login, as the owner.
    pub async fn seed(&self, login: &Value) -> Value {
        self.owner("POST", "/admin/auth/upload", json!({ "auth": login })).await.data()
    }

    /// `POST /auth` retrieve.
    pub async fn retrieve(&self, key: &str, digest: &str, last_refresh: &str) -> Answer {
        self.call(key, "POST", "/auth", json!({ "command": "retrieve", "digest": digest, "last_refresh": last_refresh })).await
    }

    /// `POST /auth` store.
    pub async fn store(&self, key: &str, login: &Value) -> Answer {
        self.call(key, "POST", "/auth", json!({ "command": "store", "auth": login })).await
    }

    /// `POST /sync` or `/push` with a manifest and, perhaps, an `auth.json`.
    pub async fn sync(&self, key: &str, path: &str, manifest: &str, auth: Option<&str>) -> Answer {
        let parts: Vec<_> = [("manifest", manifest)].into_iter().chain(auth.map(|auth| ("auth.json", auth))).collect();
        self.form(key, path, &parts).await
    }

    /// A multipart body of these names and contents.
    pub async fn form(&self, key: &str, path: &str, parts: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header("x-api-key", key).header("content-type", FORM);
        self.send(request.body(Body::from(form(parts))).unwrap()).await
    }
}

/// A ChatGPT login as Codex writes it, for `account`; `name` makes its tokens its own.
pub fn login(account: &str, name: &str, last_refresh: &str) -> Value {
    json!({
        "auth_mode": "chatgpt", "OPENAI_API_KEY": null,
        "tokens": {
            "id_token": shared::auth::jwt::placeholder(account), "access_token": format!("access-token-of-{name}-0123456789"),
            "refresh_token": format!("rt_{name}_real_refresh_token"), "account_id": account,
        },
        "last_refresh": last_refresh,
    })
}

/// A manifest with these lines after the first two.
pub fn manifest(lines: &str) -> String {
    format!("protocol 1\nrun {}\nreason launch\n{lines}", "0".repeat(32))
}
