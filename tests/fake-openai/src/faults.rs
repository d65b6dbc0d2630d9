//! Misbehaviour on demand: slow, refusing, silent or babbling answers.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{ConnectInfo, Request, State as Shared},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{connection::Hangup, server::Fake, state::State};

/// What the next requests under a path suffer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A request path must start with this.
    pub path: String,
    /// Only requests with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// How many requests it lets pass first.
    #[serde(default)]
    pub skip: u32,
    /// How many requests it hits before it is gone.
    #[serde(default = "once")]
    pub times: u32,
    /// Waiting before the request is looked at.
    #[serde(default)]
    pub delay_ms: u64,
    /// Waiting after the request was processed, so a client that gives up has still changed state.
    #[serde(default)]
    pub delay_answer_ms: u64,
    #[serde(default)]
    pub kind: FaultKind,
}

/// What becomes of the answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Only the delays.
    #[default]
    Slow,
    /// Not processed: this status and body instead.
    Status { status: u16, body: Value },
    /// Processed, so tokens are spent, but the connection closes without an answer.
    DropConnection,
    /// Processed, answered 200 with something that is no JSON.
    Garbage,
}

fn once() -> u32 {
    1
}

impl Fault {
    pub fn new(path: &str, kind: FaultKind) -> Self {
        Self { path: path.to_owned(), method: None, skip: 0, times: once(), delay_ms: 0, delay_answer_ms: 0, kind }
    }

    /// A status with an empty JSON object as body.
    pub fn status(path: &str, status: u16) -> Self {
        let body = Value::Object(serde_json::Map::new());
        Self::new(path, FaultKind::Status { status, body })
    }

    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    #[must_use]
    pub fn skip(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    #[must_use]
    pub fn delay_ms(mut self, delay_ms: u64) -> Self {
        self.delay_ms = delay_ms;
        self
    }
}

impl State {
    /// The oldest fault for this path, one use of it taken.
    fn take_fault(&mut self, method: &str, path: &str) -> Option<Fault> {
        let meant = |fault: &Fault| fault.method.as_deref().is_none_or(|meant| meant == method);
        let fits = |fault: &Fault| fault.times > 0 && path.starts_with(&fault.path) && meant(fault);
        let index = self.faults.iter().position(fits)?;
        let fault = self.faults.get_mut(index)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        let taken = fault.clone();
        self.faults.retain(|fault| fault.times > 0);
        Some(taken)
    }
}

/// Middleware that lets a fault happen.
pub async fn apply(Shared(fake): Shared<Arc<Fake>>, request: Request, next: Next) -> Response {
    let fault = fake.state().take_fault(request.method().as_str(), request.uri().path());
    let Some(fault) = fault else {
        return next.run(request).await;
    };
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    let line = request.extensions().get::<ConnectInfo<Hangup>>().cloned();
    let answer = match fault.kind {
        FaultKind::Status { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(body)).into_response()
        }
        FaultKind::Slow => next.run(request).await,
        FaultKind::Garbage => {
            next.run(request).await;
            "<html>not what you \u{fffd} expected".into_response()
        }
        FaultKind::DropConnection => {
            let mut answer = next.run(request).await;
            if let Some(ConnectInfo(line)) = line {
                line.hang_up();
                answer.extensions_mut().insert(Dropped);
            }
            answer
        }
    };
    tokio::time::sleep(Duration::from_millis(fault.delay_answer_ms)).await;
    answer
}

/// Marks an answer nobody will receive.
#[derive(Clone, Copy)]
pub struct Dropped;
