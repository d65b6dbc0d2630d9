//! What every operation of the API document has in common: who may call it and how it fails. Taken from the table of
//! routes, so that the document cannot say anything else.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Header, Info, License, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use axum::http::Method;

use crate::access::SESSION_COOKIE;
use crate::access::matrix::{Access, Declared, declared};

/// How every operation fails.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is only described: error.rs writes it")]
pub struct Failure {
    /// Always `error`.
    #[schema(pattern = "^error$")]
    status: String,
    /// For programs: it stays the same.
    code: String,
    /// For people: what happened and what to do.
    message: String,
    /// Quote it when you report a problem.
    request_id: String,
    /// What the code is about.
    #[schema(value_type = Option<Object>)]
    details: Option<()>,
    /// 422: messages by field.
    #[schema(value_type = Option<std::collections::HashMap<String, Vec<String>>>)]
    errors: Option<()>,
    /// 429: the same as `details`, for old clients.
    #[schema(value_type = Option<Object>)]
    data: Option<()>,
}

/// Completes the merged document of all functions.
pub fn finish(doc: &mut OpenApi) {
    doc.info = Info::new("Codex Auth Central", env!("CARGO_PKG_VERSION"));
    doc.info.description = Some(
        "One login for the OpenAI Codex CLI on many machines. A success is `{\"status\":\"ok\",\"data\":…}`, a failure the \
         schema `Failure`. Hosts send their key as `X-API-Key` or as a bearer token; administrators send an admin token as \
         a bearer token, a session cookie, or a client certificate."
            .to_owned(),
    );
    doc.info.license = Some(License::new("MIT"));
    let components = doc.components.get_or_insert_default();
    components.schemas.insert("Failure".to_owned(), Failure::schema());
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    for (path, item) in &mut doc.paths.paths {
        for (method, operation) in operations(item) {
            if let Declared::Access(access) = declared(&method, path) {
                describe(path, operation, access);
            }
        }
    }
}

fn schemes() -> [(&'static str, SecurityScheme); 4] {
    let key = |header| SecurityScheme::ApiKey(header);
    [
        ("host_key", key(ApiKey::Header(ApiKeyValue::new("X-API-Key")))),
        ("bearer", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build())),
        ("session", key(ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE)))),
        ("certificate", SecurityScheme::MutualTls { description: None, deprecated: None, extensions: None }),
    ]
}

/// The operations of a path.
pub fn operations(item: &mut PathItem) -> Vec<(Method, &mut Operation)> {
    let slots = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    slots.into_iter().filter_map(|(method, slot)| Some((method, slot.as_mut()?))).collect()
}

fn describe(path: &str, operation: &mut Operation, access: Access) {
    operation.tags = Some(vec![group(path).to_owned()]);
    let (names, statuses): (&[&str], &[u16]) = match access {
        Access::Host(_) => (&["host_key", "bearer"], &[401, 403, 429, 503]),
        Access::Admin(_) => (&["bearer", "session", "certificate"], &[401, 403, 429]),
        Access::Link => (&[], &[404, 410, 429, 503]),
        Access::Public | Access::Page if path.starts_with("/admin") => (&[], &[401, 429]),
        Access::Public | Access::Page | Access::Handle => (&[], &[429, 503]),
    };
    let any_of = names.iter().map(|name| SecurityRequirement::new::<_, [&str; 0], _>(*name, []));
    operation.security = Some(any_of.collect());
    if let Access::Admin(role) = access {
        let text = operation.description.get_or_insert_default();
        format!("{text}\n\nNeeds the role {}.", role.name()).trim_start().clone_into(text);
    }
    let body: &[u16] = if operation.request_body.is_some() && access != Access::Handle { &[400, 413, 415, 422] } else { &[] };
    let content: &[u16] = if matches!(access, Access::Admin(_)) { &[415] } else { &[] };
    let parameters = operation.parameters.iter().flatten();
    let query = parameters.filter(|p| matches!(p, RefOr::T(p) if p.parameter_in == utoipa::openapi::path::ParameterIn::Query)).count();
    let query: &[u16] = if query > 0 { &[422] } else { &[] };
    let has_name = ["{id}", "{host_id}", "{filename}", "{slug}"].iter().any(|name| path.contains(name));
    let missing: &[u16] = if has_name { &[404] } else { &[] };
    for status in [statuses, body, content, query, missing].concat() {
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| RefOr::T(ResponseBuilder::new().build()));
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        response
            .headers
            .insert("x-request-id".to_owned(), RefOr::T(text_header("The id of this request: quote it when you report a problem")));
        if status == "429" {
            response.headers.insert("retry-after".to_owned(), RefOr::T(text_header("Seconds until it is worth trying again")));
        }
        if response.description.is_empty() {
            meaning(status).clone_into(&mut response.description);
        }
        if !status.starts_with('2') && response.content.is_empty() {
            let failure = ContentBuilder::new().schema(Some(Ref::from_schema_name("Failure"))).build();
            response.content.insert("application/json".to_owned(), RefOr::T(failure));
        }
    }
}

fn text_header(description: &str) -> Header {
    let mut header = Header::new(String::schema());
    header.description = Some(description.to_owned());
    header
}

/// The heading under which a reader looks for a path.
fn group(path: &str) -> &'static str {
    match path.trim_start_matches('/').split('/').take(2).collect::<Vec<_>>()[..] {
        ["admin", "hosts" | "pending-tokens"] => "admin: hosts",
        ["admin", "access" | "session"] => "admin: access",
        ["admin", "audit"] => "admin: audit",
        ["admin", "agents" | "slash-commands" | "skills" | "reviews" | "push-policy"] => "admin: content",
        ["admin", "auth"] => "admin: login",
        ["admin", "chatgpt" | "quota-mode" | "cdx-silent"] => "admin: quota",
        ["admin", "alerts"] => "admin: alerts",
        ["admin", "usage" | "tokens" | "pricing" | "budget"] => "admin: usage",
        ["admin", "mcp"] => "admin: mcp",
        ["admin", ..] => "admin: fleet",
        ["install" | "seed" | "wrapper", ..] => "install",
        ["mcp", ..] => "mcp",
        _ => "hosts",
    }
}

fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "Done",
        "400" => "The body cannot be decoded",
        "401" => "No key or token, or not one of ours",
        "403" => "Known, and not allowed",
        "404" => "Not there",
        "409" => "The state it was based on is another",
        "410" => "Used or expired",
        "412" => "It has changed since it was read",
        "413" => "Over a limit",
        "415" => "Another content type",
        "422" => "Well-formed and wrong, by field",
        "429" => "Too many: see Retry-After",
        "502" => "A service this needs did not answer",
        "503" => "Switched off by an operator",
        _ => "",
    }
}
