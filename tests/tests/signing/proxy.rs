//! Somebody between a host and its server, who changes what comes back.

use std::io::Read;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use tokio::runtime::Runtime;

/// A file in the answer: path, mode, bytes.
pub type Member = (String, u32, Vec<u8>);

type Change = Box<dyn Fn(Vec<Member>) -> Vec<Member> + Send>;

/// Where it listens.
pub struct Between {
    pub url: String,
    change: Arc<Mutex<Change>>,
    /// The members' names of the last answer that was a tar, as the server sent it.
    pub sent: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Between {
    /// Begins to listen; it changes nothing yet.
    pub fn start(server: String) -> Self {
        let change: Arc<Mutex<Change>> = Arc::new(Mutex::new(Box::new(|members| members)));
        let sent = Arc::<Mutex<Vec<String>>>::default();
        let runtime = Runtime::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (known, seen, client) = (change.clone(), sent.clone(), shared::http::client::new().build().unwrap());
        let pass = move |method, uri, headers, body| {
            forward(client.clone(), server.clone(), known.clone(), seen.clone(), (method, uri, headers, body))
        };
        runtime.spawn(async move { axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), Router::new().fallback(pass)).await });
        Self { url, change, sent, _runtime: runtime }
    }

    /// From now on answers go through `change`.
    pub fn changes(&self, change: impl Fn(Vec<Member>) -> Vec<Member> + Send + 'static) {
        *self.change.lock().unwrap() = Box::new(change);
    }

    /// Whether the server's last answer had this file.
    pub fn has_sent(&self, name: &str) -> bool {
        self.sent.lock().unwrap().iter().any(|sent| sent == name)
    }
}

async fn forward(
    client: reqwest::Client,
    server: String,
    change: Arc<Mutex<Change>>,
    sent: Arc<Mutex<Vec<String>>>,
    (method, uri, mut headers, body): (Method, Uri, HeaderMap, Bytes),
) -> Response {
    headers.remove("host");
    let answer = client.request(method, format!("{server}{uri}")).headers(headers).body(body).send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
    let mut bytes = answer.bytes().await.unwrap().to_vec();
    if status == StatusCode::OK && kind.as_ref().is_some_and(|kind| kind == "application/x-tar") {
        let members = unpack(&bytes);
        *sent.lock().unwrap() = members.iter().map(|(path, ..)| path.clone()).collect();
        bytes = pack(change.lock().unwrap()(members));
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    if let Some(kind) = kind {
        response.headers_mut().insert("content-type", kind);
    }
    response
}

fn unpack(tar: &[u8]) -> Vec<Member> {
    let read = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap(), bytes)
    };
    tar::Archive::new(tar).entries().unwrap().map(read).collect()
}

fn pack(members: Vec<Member>) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, mode, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        header.set_mtime(0);
        builder.append_data(&mut header, &path, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}
