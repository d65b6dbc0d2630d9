//! One caller: a host's key or the owner's token, one server after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Client as Http, RequestBuilder};
use serde_json::{Value, json};

use super::book::Book;
use crate::wire::{FORM, form};

/// Longer than anybody waits who is not exchanging a handle.
const PATIENCE: Duration = Duration::from_secs(12);

/// Who calls what.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    servers: Arc<Vec<String>>,
    turn: Arc<AtomicUsize>,
    book: Arc<Mutex<Book>>,
    /// The key or token it calls with.
    pub key: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// 0: none came.
    pub status: u16,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Success.
    pub fn is_ok(&self) -> bool {
        self.status == 200
    }

    /// The body as JSON, or null.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// `data` of a success; null otherwise.
    pub fn data(&self) -> Value {
        if self.is_ok() { self.json()["data"].clone() } else { Value::Null }
    }
}

impl Client {
    /// Calls these servers in turn.
    pub fn new(servers: &[String], book: &Arc<Mutex<Book>>, key: &str) -> Self {
        let http = shared::http::client::new().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { http, servers: Arc::new(servers.to_vec()), turn: Arc::default(), book: book.clone(), key: key.to_owned() }
    }

    /// The same way with another key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// Only this server.
    #[must_use]
    pub fn only(&self, server: usize) -> Self {
        Self { servers: Arc::new(vec![self.servers[server].clone()]), ..self.clone() }
    }

    /// The book everybody writes in; never held across an await.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn url(&self, path: &str) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        format!("{}{path}", self.servers[turn % self.servers.len()])
    }

    async fn send(&self, what: &str, request: RequestBuilder) -> Answer {
        let answer = async {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            Ok::<_, reqwest::Error>(Answer { status, bytes: answer.bytes().await?.to_vec() })
        };
        let answer = answer.await.unwrap_or(Answer { status: 0, bytes: Vec::new() });
        let mut book = self.book();
        book.requests += 1;
        if !answer.is_ok() {
            book.refused(answer.status);
        }
        // An honest caller is never a stranger, never wrong and never too many, whatever fails behind the server. What was
        // signed in later than a server's wrong clock says is another matter.
        let text = String::from_utf8_lossy(&answer.bytes);
        if matches!(answer.status, 400..=404 | 412..=429) && !text.contains("timestamp is in the future") {
            book.wrongs.push(format!("{what}: {} {}", answer.status, text));
        }
        answer
    }

    /// A call with JSON.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.http.request(method.parse().unwrap(), self.url(path)).bearer_auth(&self.key);
        let request = request.header("content-type", "application/json");
        self.send(path, if body.is_null() { request } else { request.body(body.to_string()) }).await
    }

    /// `POST /sync` or `/push`: a manifest of these lines, and perhaps usage.
    pub async fn form(&self, path: &str, run: &str, lines: &str, usage: Option<&str>) -> Answer {
        let wrapper = &*shared::wrapper::SHA256;
        let manifest = format!("protocol 1\nrun {run}\ncodex 0.169.0\nuser me\nfiles none\n{wrapper}  cdx\n{lines}");
        let parts: Vec<_> = [("manifest", manifest.as_str())].into_iter().chain(usage.map(|usage| ("usage", usage))).collect();
        let request = self.http.post(self.url(path)).header("x-api-key", &self.key).header("content-type", FORM);
        self.send(path, request.body(form(&parts))).await
    }

    /// Exchanges a handle, as Codex does.
    pub async fn exchange(&self, handle: &str) -> Answer {
        let body = json!({ "grant_type": "refresh_token", "refresh_token": handle, "refresh_reason": "proactive_expiry" });
        let request = self.http.post(self.url("/oauth/token")).header("content-type", "application/json").body(body.to_string());
        self.send("/oauth/token", request).await
    }
}
