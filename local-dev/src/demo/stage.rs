//! The product in this process, with a clock that is moved: the demo's past is played through its real routes.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use chrono::{DateTime, Utc};
use fake_openai::FakeOpenAi;
use serde_json::Value;
use shared::clock::Clock;
use shared::schedule::registry::job;
use shared::{App, http};
use tower::ServiceExt;

use super::DemoError;

/// Where the past is played.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The state, with the clock that is moved.
    pub app: App,
    router: Router,
}

/// Who calls: the holder of a token or key, and where they are.
#[derive(Clone, Debug)]
pub struct Caller {
    /// An admin token or a host key.
    pub token: String,
    /// The address they call from.
    pub address: IpAddr,
}

impl Stage {
    /// The same installation as `app`, at another time.
    pub fn new(app: &App, at: DateTime<Utc>) -> Self {
        let app = App::with_pool((*app.config).clone(), app.db.clone(), Clock::fixed(at));
        Self { router: http::service(crate::api().0, app.clone()), app }
    }

    /// Moves the clock, and that of OpenAI's stand-in.
    pub fn at(&self, at: DateTime<Utc>, openai: &FakeOpenAi) {
        self.app.clock.advance(at - self.app.clock.now());
        openai.set_time(Some(at));
    }

    /// Runs a job of the scheduler if it is due. One that fails is part of the story.
    pub async fn job(&self, name: &str) {
        let known = job(name).zip(scheduler::WORK.iter().find(|(known, _)| *known == name));
        if let Some((job, (_, work))) = known {
            scheduler::offer(&self.app, job, *work).await;
        }
    }

    /// Sends a request and gives its status and body, whatever they are.
    pub async fn attempt(
        &self,
        who: &Caller,
        method: &str,
        path: &str,
        kind: &str,
        body: String,
    ) -> Result<(StatusCode, Vec<u8>), DemoError> {
        let request = Request::builder().method(method).uri(path).header("content-type", kind).header("host", "127.0.0.1");
        let request =
            request.header("authorization", format!("Bearer {}", who.token)).header("accept", "application/json, text/event-stream");
        let mut request = request.body(Body::from(body)).map_err(|error| DemoError(format!("{method} {path}: {error}")))?;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(who.address, 40_000)));
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.map_err(|error| DemoError(format!("{method} {path}: {error}")))?;
        Ok((status, bytes.to_vec()))
    }

    /// Sends JSON, which has to go well; gives the answer's `data`, or all of it where there is none.
    pub async fn call(&self, who: &Caller, method: &str, path: &str, body: Value) -> Result<Value, DemoError> {
        let (status, bytes) = self.attempt(who, method, path, "application/json", body.to_string()).await?;
        let wrong = |what: &str| DemoError(format!("{method} {path}: {status} {what}"));
        let mut answer: Value = serde_json::from_slice(&bytes).map_err(|_| wrong(&String::from_utf8_lossy(&bytes)))?;
        if !status.is_success() {
            return Err(wrong(&answer.to_string()));
        }
        Ok(if answer["data"].is_null() { answer } else { answer["data"].take() })
    }

    /// Sends a multipart body of these names and contents, which has to go well; gives the answer's shell variables.
    pub async fn form(&self, who: &Caller, path: &str, parts: &[(&str, &str)]) -> Result<Vars, DemoError> {
        let mut body = String::new();
        for (name, content) in parts {
            body.extend(["--B\r\nContent-Disposition: form-data; name=\"", name, "\"\r\n\r\n", content, "\r\n"]);
        }
        body.push_str("--B--\r\n");
        let (status, bytes) = self.attempt(who, "POST", path, "multipart/form-data; boundary=B", body).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if status.is_success() { Ok(Vars(text)) } else { Err(DemoError(format!("POST {path}: {status} {text}"))) }
    }
}

/// The variables of an answer to a host.
#[derive(Debug)]
pub struct Vars(String);

impl Vars {
    /// The value of `cdx_<name>`, where it is there and not empty.
    pub fn get(&self, name: &str) -> Option<String> {
        let start = format!("cdx_{name}='");
        let value = self.0.lines().find_map(|line| line.rsplit_once(&start).map(|(_, rest)| rest))?;
        Some(value.trim_end_matches('\'').to_owned()).filter(|value| !value.is_empty())
    }
}
