//! The real server in this process, and its hosts.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use axum::{Json, Router};
use chrono::SecondsFormat;
use e2e::api::{TEST_KEY, login};
use local_dev::prepare;
use serde_json::{Value, json};
use shared::access::{Role, tokens};
use shared::artifacts::edit;
use shared::artifacts::sql::Origin;
use shared::artifacts::{Draft, Kind, Name, Text};
use shared::audit::{Actor, Change};
use shared::auth::canonical::Login;
use shared::auth::decide::Authority;
use shared::auth::document::Node;
use shared::auth::sql::Source;
use shared::auth::store::store;
use shared::config::Config;
use shared::hosts::fqdn::Fqdn;
use shared::hosts::register::{Registration, register};
use shared::{App, AppError, AppResult, http, random};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::Done;

/// How many hosts call in turn.
const HOSTS: usize = 32;
/// What an empty client claims; older than every login.
const NEVER: &str = "2000-01-01T00:00:00Z";

/// A host that holds its view of the login.
pub struct Member {
    pub id: u64,
    pub fqdn: String,
    pub key: String,
    pub digest: String,
    /// What its view has as refresh token.
    pub handle: String,
}

/// The real server in this process.
pub struct Server {
    pub url: String,
    pub installation: String,
    /// The state, for what is measured without HTTP.
    pub app: App,
    router: Router,
    pub requests: Arc<AtomicU64>,
    pub members: Vec<Member>,
    pub database_pid: u32,
    pub client: reqwest::Client,
}

impl Server {
    /// Starts it over an empty database, with its members.
    pub async fn start(database_url: &str, database_pid: u32) -> Done<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let installation = random::uuid();
        let app = App::new(Config::from_lookup(|name| match name {
            "DATABASE_URL" => Some(database_url.to_owned()),
            "AUTH_ENCRYPTION_KEY" => Some(TEST_KEY.to_owned()),
            "INSTALLATION_ID" => Some(installation.clone()),
            "PUBLIC_BASE_URL" => Some(url.clone()),
            // On, and out of the way.
            "RATE_LIMIT_GLOBAL_PER_MINUTE" => Some("1000000000".to_owned()),
            _ => None,
        })?)?;
        prepare::database(&app).await?;
        seed(&app).await?;
        let requests = Arc::new(AtomicU64::new(0));
        let router = router(&app, &requests);
        let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let mut server = Self {
            url,
            installation,
            app: app.clone(),
            router,
            requests,
            members: Vec::new(),
            database_pid,
            client: shared::http::client::new().build()?,
        };
        server.grow(HOSTS).await?;
        Ok(server)
    }

    /// Registers hosts until there are so many members.
    pub async fn grow(&mut self, size: usize) -> Done<()> {
        for _ in self.members.len()..size {
            let member = self.join(&self.app, &format!("bench-{}.example.com", random::uuid())).await?;
            self.members.push(member);
        }
        Ok(())
    }

    /// The same body from each host, which has to be taken.
    pub async fn each_posts(&self, path: &str, body: &str) -> Done<()> {
        for member in &self.members {
            let request = self.client.post(format!("{}{path}", self.url)).header("x-api-key", &member.key);
            request.header("content-type", "application/json").body(body.to_owned()).send().await?.error_for_status()?;
        }
        Ok(())
    }

    /// Serves on, for somebody with a browser; Ctrl-C ends the whole measurement.
    pub async fn stay(&self) -> Done<()> {
        let (_, token) = tokens::mint(&self.app, &Actor::system("bench"), "bench owner", Role::Owner, None).await?;
        println!("\nserving at {}: node admin-static/e2e/overview-time.mjs {} {token}", self.url, self.url);
        std::future::pending().await
    }

    /// Gives the fleet so many skills and slash commands.
    pub async fn fill(&self, skills: u32, commands: u32) -> Done<()> {
        let skill = |n| (Kind::Skill, format!("skill-{n}"), format!("---\nname: skill-{n}\ndescription: Number {n}\n---\nDo {n}.\n"));
        let command = |n| (Kind::Command, format!("command-{n}.md"), format!("Do {n}."));
        let mut change = Change::begin(&self.app, &Actor::system("bench")).await?;
        for (kind, name, main) in (0..skills).map(skill).chain((0..commands).map(command)) {
            let text = Text { main, files: BTreeMap::new() };
            let name = Name::parse(kind, &name)?;
            let draft = Draft { kind, name, text, description: None, argument_hint: None, display_name: None };
            edit::store(&self.app, &mut change, &draft, Origin { author: "bench", host: None, note: None }).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Registers a host and gives it its view of the login.
    async fn join(&self, app: &App, fqdn: &str) -> Done<Member> {
        let wanted = Registration::plain(Fqdn::parse(fqdn)?);
        let registered = register(app, &Actor::system("bench"), &wanted).await?;
        let key = registered.key.reveal().to_owned();
        let answer = self.retrieve(&key, &"0".repeat(64)).await?;
        let digest = answer["canonical_digest"].as_str().ok_or_else(|| format!("no digest: {answer}"))?.to_owned();
        let handle = answer["auth"]["tokens"]["refresh_token"].as_str().ok_or_else(|| format!("no handle: {answer}"))?.to_owned();
        Ok(Member { id: registered.host.id, fqdn: registered.host.fqdn, key, digest, handle })
    }

    /// `POST /auth` in process; gives `data`.
    async fn retrieve(&self, key: &str, digest: &str) -> Done<Value> {
        let peer = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0)));
        let request = Request::post("/auth").header("x-api-key", key).header("content-type", "application/json").extension(peer);
        let response = self.router.clone().oneshot(request.body(Body::from(retrieve_body(digest)))?).await?;
        let mut answer: Value = serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await?)?;
        Ok(answer["data"].take())
    }

    /// What is measured must be the answer `valid`.
    pub async fn check_valid(&self) -> Done<()> {
        for member in &self.members {
            let answer = self.retrieve(&member.key, &member.digest).await?;
            if answer["status"] != "valid" {
                return Err(format!("{} is not valid: {answer}", member.fqdn).into());
            }
        }
        Ok(())
    }
}

/// The body of a `POST /auth` retrieve.
pub fn retrieve_body(digest: &str) -> String {
    json!({ "command": "retrieve", "digest": digest, "last_refresh": NEVER }).to_string()
}

/// Everything the product serves, the control beside it, and a count of requests around both.
fn router(app: &App, requests: &Arc<AtomicU64>) -> Router {
    let control: Router<App> = Router::new().route("/bench/control", get(control));
    let counter = Arc::clone(requests);
    let product = http::service(local_dev::api().0, app.clone());
    product.merge(control.with_state(app.clone())).layer(from_fn(move |request: Request, next: Next| {
        counter.fetch_add(1, Ordering::Relaxed);
        next.run(request)
    }))
}

/// One indexed read and nothing else: what this machine can do at best.
async fn control(State(app): State<App>, Query(query): Query<HashMap<String, u64>>) -> AppResult<Json<Value>> {
    let id = query.get("id").copied().unwrap_or_default();
    let found: Option<(u64,)> = sqlx::query_as("SELECT id FROM hosts WHERE id = ?").bind(id).fetch_optional(&app.db).await?;
    let (id,) = found.ok_or(AppError::NotFound("host"))?;
    Ok(Json(json!({ "id": id })))
}

async fn seed(app: &App) -> Done<()> {
    let now = app.clock.now();
    let document = login("acct-bench", "bench", &now.to_rfc3339_opts(SecondsFormat::Secs, true)).to_string();
    let login = Login::parse(Node::parse(document.as_bytes())?, app.config.token_min_length, now).map_err(|e| format!("{e:?}"))?;
    let mut change = Change::begin(app, &Actor::system("bench")).await?;
    store(app, &mut change, &login, Source::Upload, Authority::Owner).await?;
    change.commit().await?;
    Ok(())
}
