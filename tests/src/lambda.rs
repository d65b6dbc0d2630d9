//! AWS, as far as the functions can tell: the runtime API that a function polls, and an HTTP API in front of several.
//! Sources: "Using the Lambda runtime API" and "Working with AWS Lambda proxy integrations for HTTP APIs" (payload 2.0) of AWS.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path as Part, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local_dev::ca::{self, Authority};
use local_dev::database::{self, Database};
use local_dev::state_dir::StateDir;
use reqwest::Client;
use serde_json::{Map, Value, json};
use shared::clock::Clock;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::gateway::{Route, choose};

/// A database that takes encrypted connections, as RDS is.
pub async fn encrypted_database(state: &StateDir) -> Database {
    let own = Authority::open(state, Clock::System).unwrap();
    own.ensure_server(&ca::names_of([])).unwrap();
    let file = |name: &str| own.path(name).display().to_string();
    let tls = [format!("--ssl-cert={}", file(ca::SERVER.0)), format!("--ssl-key={}", file(ca::SERVER.1))];
    database::start_with(state, &tls).await.unwrap()
}

/// A function's program as cargo-lambda has built it: optimised, without the API document, and a panic ends it.
pub fn function(name: &str) -> PathBuf {
    let running = std::env::current_exe().unwrap();
    let target = running.ancestors().find(|folder| folder.join("functions").is_dir());
    let found = target.map(|target| target.join("functions").join(name).join("bootstrap"));
    let made = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    match found {
        Some(found) if made(&found) >= made(&crate::process::program(name)) => found,
        _ => panic!("the function {name} is not built, or older than the code: run `local-dev/test -E 'binary(lambda)'`"),
    }
}

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(29);

/// What a function answers: its value, or its error.
type Answer = Result<Value, Value>;

/// An event on its way to the function.
struct Invocation {
    event: Value,
    answer: oneshot::Sender<Answer>,
}

/// One running copy of a function, which has one event at a time.
#[derive(Debug)]
pub struct Sandbox {
    child: Child,
    events: mpsc::UnboundedSender<Invocation>,
    polled: Mutex<Option<oneshot::Receiver<Instant>>>,
    started: Instant,
}

/// What the routes of the runtime API share.
struct Runtime {
    events: Mutex<mpsc::UnboundedReceiver<Invocation>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Answer>>>,
    polled: Mutex<Option<oneshot::Sender<Instant>>>,
}

impl Sandbox {
    /// Starts a function's program with these variables and no others.
    pub async fn start(program: &Path, variables: &[(&str, String)]) -> Self {
        let (events, receiver) = mpsc::unbounded_channel();
        let (poll, polled) = oneshot::channel();
        let runtime = Runtime { events: Mutex::new(receiver), waiting: Mutex::default(), polled: Mutex::new(Some(poll)) };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(Arc::new(runtime));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let name = program.file_name().unwrap().to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.env_clear().env("AWS_LAMBDA_RUNTIME_API", address.to_string()).env("AWS_LAMBDA_FUNCTION_NAME", name);
        command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256").env("AWS_LAMBDA_FUNCTION_VERSION", "1").env("AWS_REGION", "eu-central-1");
        command.env("AWS_LAMBDA_LOG_GROUP_NAME", "g").env("AWS_LAMBDA_LOG_STREAM_NAME", "s");
        command.envs(variables.iter().cloned()).stdin(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        Self { child: command.spawn().unwrap(), events, polled: Mutex::new(Some(polled)), started }
    }

    /// From the start of the program to its first question for an event.
    pub async fn init_time(&self) -> Duration {
        let polled = self.polled.lock().await.take().expect("it is asked once");
        polled.await.expect("the function asks for an event") - self.started
    }

    /// The most memory it has had, in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Hands it an event and waits for what it says.
    pub async fn invoke(&self, event: Value) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.events.send(Invocation { event, answer }).unwrap();
        tokio::time::timeout(DEADLINE, answered).await.expect("an answer in time").expect("the function runs")
    }
}

async fn next(State(runtime): State<Arc<Runtime>>) -> Response {
    if let Some(polled) = runtime.polled.lock().await.take() {
        polled.send(Instant::now()).ok();
    }
    let Some(Invocation { event, answer }) = runtime.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let id = uuid::Uuid::new_v4().to_string();
    runtime.waiting.lock().await.insert(id.clone(), answer);
    let deadline = (Clock::System.now() + DEADLINE).timestamp_millis();
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:1:function:f:1".to_owned()),
        ("lambda-runtime-trace-id", "Root=1-0-0".to_owned()),
    ];
    (headers, Json(event)).into_response()
}

async fn response(State(runtime): State<Arc<Runtime>>, Part(id): Part<String>, body: Bytes) -> StatusCode {
    answered(&runtime, &id, Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))).await
}

async fn error(State(runtime): State<Arc<Runtime>>, Part(id): Part<String>, body: Bytes) -> StatusCode {
    answered(&runtime, &id, Err(serde_json::from_slice(&body).unwrap_or(Value::Null))).await
}

async fn answered(runtime: &Runtime, id: &str, answer: Answer) -> StatusCode {
    let Some(waiting) = runtime.waiting.lock().await.remove(id) else { return StatusCode::BAD_REQUEST };
    waiting.send(answer).ok();
    StatusCode::ACCEPTED
}

/// A running function behind the emulator of `cargo lambda watch`, which turns requests into events in its own way.
#[derive(Debug)]
pub struct Watched {
    _emulator: Child,
    _function: Child,
    url: String,
    client: Client,
}

impl Watched {
    /// Starts both; `cargo_lambda` is the emulator's program.
    pub async fn start(cargo_lambda: &Path, program: &Path, variables: &[(&str, String)]) -> Self {
        let port = crate::process::free_port();
        let mut emulator = Command::new(cargo_lambda);
        emulator.args(["lambda", "watch", "--only-lambda-apis", "--disable-cors", "-A", "127.0.0.1", "-P", &port.to_string()]);
        emulator.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).stdout(Stdio::null()).stderr(Stdio::null());
        let emulator = emulator.stdin(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let client = shared::http::client::new().build().unwrap();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // What it says that a function needs.
        let mut function = Command::new(program);
        function.env_clear().env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{port}/.rt")).env("AWS_LAMBDA_FUNCTION_NAME", "_");
        function.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "4096").env("AWS_LAMBDA_FUNCTION_VERSION", "1");
        let function = function.envs(variables.iter().cloned()).stdin(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        Self { _emulator: emulator, _function: function, url: format!("http://127.0.0.1:{port}"), client }
    }

    async fn forward(&self, parts: &Parts, body: Bytes) -> Response {
        let url = format!("{}{}", self.url, parts.uri);
        let asked = self.client.request(parts.method.clone(), url).headers(parts.headers.clone()).body(body).send().await;
        let answer = asked.unwrap_or_else(|error| panic!("{} {}: {error}", parts.method, parts.uri));
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = Response::new(Body::from(answer.bytes().await.unwrap()));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response.headers_mut().remove(header::TRANSFER_ENCODING);
        response
    }
}

/// Where a route leads.
#[derive(Clone, Debug)]
pub enum Function {
    /// To a function that gets events of payload 2.0 from us.
    Sandbox(Arc<Sandbox>),
    /// To one behind cargo-lambda.
    Watched(Arc<Watched>),
}

/// An HTTP API on a loopback port: the routes of the template, and the functions they lead to.
#[derive(Debug)]
pub struct HttpApi {
    routes: Vec<Route>,
    functions: Vec<Function>,
}

impl HttpApi {
    /// One that leads each route key to its function.
    pub fn new(routes: impl IntoIterator<Item = (String, Function)>) -> Self {
        let (routes, functions) = routes.into_iter().map(|(key, function)| (Route::parse(&key), function)).unzip();
        Self { routes, functions }
    }

    /// Serves it; what it answers is what the functions say.
    pub fn serve(self, listener: TcpListener) {
        let router = Router::new().fallback(forward).with_state(Arc::new(self));
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
}

async fn forward(State(api): State<Arc<HttpApi>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 10 * 1024 * 1024).await.unwrap();
    let Some(at) = choose(&api.routes, parts.method.as_str(), parts.uri.path()) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "message": "Not Found" }))).into_response();
    };
    let sandbox = match &api.functions[at] {
        Function::Watched(watched) => return watched.forward(&parts, body).await,
        Function::Sandbox(sandbox) => sandbox,
    };
    let query = parts.uri.query().unwrap_or_default();
    match sandbox.invoke(event(parts.method.as_str(), parts.uri.path(), query, &parts.headers, &body, None)).await {
        Ok(answer) => reply(&answer),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "message": "Internal Server Error" }))).into_response(),
    }
}

/// An event as an HTTP API sends it. `certificate`: what mutual TLS has verified, PEM.
pub fn event(method: &str, path: &str, query: &str, headers: &HeaderMap, body: &[u8], certificate: Option<&str>) -> Value {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut told = Map::new();
    for name in headers.keys() {
        let values: Vec<_> = headers.get_all(name).iter().map(text).collect();
        told.insert(name.to_string(), values.join(",").into());
    }
    let mut context = json!({
        "accountId": "1", "apiId": "a", "domainName": "c.example", "domainPrefix": "c", "requestId": "r", "routeKey": "$default",
        "stage": "$default", "time": "24/Nov/2026:12:00:00 +0000", "timeEpoch": 1_795_521_600_000_i64,
        "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test" },
    });
    if let Some(pem) = certificate {
        let validity = json!({ "notBefore": "May 28 12:30:02 2026 GMT", "notAfter": "Aug  5 09:36:04 2027 GMT" });
        context["authentication"]["clientCert"] = json!({
            "clientCertPem": pem, "subjectDN": "CN=ada", "issuerDN": "CN=ca", "serialNumber": "1", "validity": validity,
        });
    }
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": told, "requestContext": context,
        "body": STANDARD.encode(body), "isBase64Encoded": true,
    })
}

/// What a caller gets of a function's answer.
fn reply(answer: &Value) -> Response {
    let status = answer["statusCode"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
    let mut response = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        response = response.header(header::SET_COOKIE, cookie);
    }
    response.body(Body::from(body_of(answer))).unwrap()
}

/// The body of a function's answer.
pub fn body_of(answer: &Value) -> Vec<u8> {
    let body = answer["body"].as_str().unwrap_or_default();
    if answer["isBase64Encoded"] == true { STANDARD.decode(body).unwrap() } else { body.as_bytes().to_vec() }
}
