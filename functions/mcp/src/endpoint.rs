//! `POST /mcp`: from a request to its messages, each of them answered and noted.

use std::time::Instant;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use rmcp::ServerHandler;
use serde_json::Value;
use shared::App;
use shared::extract::{Caller, Client, is_json};
use shared::hosts::contact::{self, Report};
use shared::mcp::log::{self, Call};
use shared::mcp::origin;

use crate::batch::{Incoming, sort};
use crate::message::{self, Kind, Message};
use crate::outcome::Outcome;
use crate::server::Server;
use crate::transport::{self, Answer, BODY_LIMIT, FORBIDDEN, VERSION, refuse};

/// Speak the Model Context Protocol: JSON-RPC over streamable HTTP, without sessions; versions 2025-03-26, 2025-06-18,
/// 2025-11-25 and 2026-07-28. `docs/MCP.md` has the tools. Failures past the door are errors of JSON-RPC.
#[utoipa::path(post, path = "/mcp", request_body(content = Object, content_type = "application/json"),
    responses((status = 200, body = Object), (status = 202, description = "A notification: no body"), (status = 400, body = Object),
        (status = 403, body = Object), (status = 404, body = Object), (status = 406, body = Object, description = "The client takes no JSON"),
        (status = 413, body = Object), (status = 415, body = Object)))]
#[tracing::instrument(name = "handler.mcp.post", skip_all, fields(host.id = caller.who.host.id))]
pub async fn post_mcp(Caller(caller): Caller, Client(client): Client, State(app): State<App>, request: Request) -> Response<Body> {
    let mut host = caller.who.host.clone();
    if let Err(error) = contact::note(&app, &mut host, Report::PLAIN).await {
        tracing::warn!(%error, "a contact of {} was not noted", host.fqdn);
    }
    let address = client.address.to_string();
    let server = Server::new(app.clone(), host, request.headers());
    serve(&app, server, (caller.who.host.id, &address), request).await
}

/// The same for any server: what is asked of a request, its messages in order, and the log.
pub async fn serve<S>(app: &App, server: S, (host_id, address): (u64, &str), request: Request) -> Response<Body>
where
    S: ServerHandler + Clone,
{
    let (parts, body) = request.into_parts();
    let body = match check(app, &parts.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let version = parts.headers.get(VERSION).and_then(|version| version.to_str().ok());
    let mut calls = Vec::new();
    let desk = Desk { app, server, headers: &parts.headers, host_id, address };
    let response = match sort(body, version) {
        Incoming::Refused(why) => refuse(StatusCode::BAD_REQUEST, -32600, why),
        Incoming::One(value) => desk.one(value, version, &mut calls).await,
        Incoming::Many(values) => desk.many(values, &mut calls).await,
    };
    log::note(app, calls).await;
    response
}

/// What is asked of every request, in the order of the contract. Returns its body.
async fn check(app: &App, headers: &HeaderMap, body: Body) -> Result<Value, Response<Body>> {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if !origin::is_allowed(text(header::ORIGIN), &app.config.mcp.origins) {
        return Err(refuse(StatusCode::FORBIDDEN, FORBIDDEN, "Origin not allowed"));
    }
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| !is_json(kind)) {
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, -32600, "this endpoint takes application/json"));
    }
    if !transport::takes_json(headers) {
        return Err(refuse(StatusCode::NOT_ACCEPTABLE, -32600, "this endpoint answers with application/json"));
    }
    let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, -32600, &format!("the body is larger than {BODY_LIMIT} bytes"));
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| too_large())?;
    serde_json::from_slice(&bytes).map_err(|_| refuse(StatusCode::BAD_REQUEST, -32700, "Parse error"))
}

/// What answers the messages of one request.
struct Desk<'a, S> {
    app: &'a App,
    server: S,
    headers: &'a HeaderMap,
    host_id: u64,
    address: &'a str,
}

impl<S: ServerHandler + Clone> Desk<'_, S> {
    async fn one(&self, value: Value, version: Option<&str>, calls: &mut Vec<Call>) -> Response<Body> {
        let message = match message::read(value) {
            Ok(message) => message,
            Err(invalid) => {
                // The contract has 200; the newest version wants an error to be one for HTTP as well.
                let strict = version.is_some_and(|version| version >= "2026-07-28");
                let status = if strict { StatusCode::BAD_REQUEST } else { StatusCode::OK };
                let text = format!("Invalid Request: {}", invalid.why);
                return transport::json_response(status, &message::error(&invalid.id, -32600, &text));
            }
        };
        let answer = self.answer(&message, calls).await;
        match (message.kind, answer) {
            (Kind::Request, Answer::Whole(status, bytes)) => transport::respond(status, bytes),
            (Kind::Request, Answer::Stream(response)) => response,
            (Kind::Notification, Answer::Whole(status, bytes)) if !status.is_success() => transport::respond(status, bytes),
            _ => transport::respond(StatusCode::ACCEPTED, Bytes::new()),
        }
    }

    async fn many(&self, values: Vec<Value>, calls: &mut Vec<Call>) -> Response<Body> {
        let mut answers = Vec::new();
        for value in values {
            match message::read(value) {
                Err(invalid) => answers.push(message::error(&invalid.id, -32600, &format!("Invalid Request: {}", invalid.why))),
                Ok(message) if message.method == "initialize" => {
                    let id = message.value.get("id").cloned().unwrap_or_default();
                    answers.push(message::error(&id, -32600, "Invalid Request: initialize is not part of a batch"));
                }
                Ok(message) => {
                    let answer = self.answer(&message, calls).await;
                    if let (Kind::Request, Answer::Whole(_, bytes)) = (message.kind, answer) {
                        answers.extend(serde_json::from_slice::<Value>(&bytes).ok());
                    }
                }
            }
        }
        if answers.is_empty() {
            return transport::respond(StatusCode::ACCEPTED, Bytes::new());
        }
        transport::json_response(StatusCode::OK, &Value::Array(answers))
    }

    async fn answer(&self, message: &Message, calls: &mut Vec<Call>) -> Answer {
        let began = Instant::now();
        let answer = transport::send(self.server.clone(), &self.app.config.public_base_url, self.headers, &message.value).await;
        let outcome = match &answer {
            Answer::Whole(status, bytes) => Outcome::of(bytes, status.is_success()),
            Answer::Stream(_) => Outcome::FINE,
        };
        calls.push(Call {
            host_id: self.host_id,
            client_ip: self.address.to_owned(),
            method: message.method.clone(),
            name: message.name.clone(),
            duration_us: u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX),
            success: outcome.success,
            error_code: outcome.code,
            error_message: outcome.word,
            at: self.app.clock.now(),
        });
        answer
    }
}
