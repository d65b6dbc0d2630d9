//! Calls that the documents name in passing: `METHOD /path`, perhaps with a body behind it.

use serde_json::Value;
use shared::access::matrix::MATRIX;

use crate::pages::{pages, read, spans};
use crate::schema::Shape;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The runner is a program of its own: `functions/runner/src/lib.rs`.
const RUNNER: [&str; 4] = ["GET /health", "POST /verify", "GET /codex", "POST /config"];

/// A call as a document writes it.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    method: String,
    path: String,
    body: Option<String>,
}

/// Reads a span, and the next one when that is the body.
fn call(span: &str, after: &str, next: Option<&str>) -> Option<Call> {
    let (method, rest) = span.split_once(' ').filter(|(method, _)| METHODS.contains(method))?;
    let (address, body) = rest.split_once(' ').map_or((rest, None), |(address, body)| (address, Some(body)));
    let body = body.or(next.filter(|_| matches!(after.trim(), "" | "with" | ", perhaps"))).filter(|body| body.starts_with('{'));
    let path = address.split('?').next().unwrap_or_default();
    let is_whole = path.starts_with('/') && !path.contains('…');
    is_whole.then(|| Call { method: method.to_owned(), path: path.to_owned(), body: body.map(str::to_owned) })
}

fn calls(prose: &str) -> Vec<Call> {
    let found = spans(prose);
    let next = found.iter().skip(1).map(|(span, _)| Some(span.as_str())).chain([None]);
    found.iter().zip(next).filter_map(|((span, after), next)| call(span, after, next)).collect()
}

/// The path of a route, whatever its parameters are called.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let one = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
    template.len() == path.len() && template.iter().zip(&path).all(one)
}

fn template(call: &Call) -> Option<&'static str> {
    let routes = MATRIX.iter().filter(|(method, ..)| method.as_str() == call.method).map(|(_, template, _)| *template);
    // A fixed path goes before one with a parameter.
    let mut found: Vec<_> = routes.filter(|template| fits(template, &call.path)).collect();
    found.sort_by_key(|template| template.contains('{'));
    found.first().copied()
}

fn problem(call: &Call, document: &Value) -> Option<String> {
    let Some(template) = template(call) else {
        let named = format!("{} {}", call.method, call.path);
        return (!RUNNER.contains(&&*named)).then(|| format!("there is no {named}"));
    };
    let body: Value = match serde_json::from_str(call.body.as_deref()?) {
        Ok(body) => body,
        Err(error) => return Some(format!("the body of {template} is no JSON: {error}")),
    };
    let schema = &document["paths"][template][call.method.to_lowercase()]["requestBody"]["content"]["application/json"]["schema"];
    let known = Shape::of(document, schema);
    let strange = body.as_object()?.keys().find(|name| !known.members.iter().any(|(known, _)| known == *name))?;
    Some(format!("{} {template} does not take {strange}", call.method))
}

#[test]
fn every_call_that_is_named_is_there_and_takes_what_it_is_given() {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let (mut named, mut wrong) = (0, Vec::new());
    for page in pages() {
        for call in calls(&page.prose) {
            named += 1;
            wrong.extend(problem(&call, &document).map(|why| format!("{}: {why}", page.name)));
        }
    }
    assert!(named > 80, "only {named} calls were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_call_that_is_not_there_is_seen() {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let of = |prose: &str| calls(prose).iter().find_map(|call| problem(call, &document));
    assert_eq!(of("`POST /admin/api/state`\n   `{\"disabled\":true}` and `GET /admin/hosts?only=insecure`"), None);
    assert_eq!(of("`POST /admin/hosts/{id}/key/rotate`, perhaps"), None);
    assert_eq!(of("`GET /admin/host`").as_deref(), Some("there is no GET /admin/host"));
    assert!(of("`POST /admin/api/state` `{\"off\":true}`").unwrap().contains("does not take off"));
    assert!(of("`POST /admin/budget {\"month\":1,\"week\":2}`").unwrap().contains("does not take week"));
}
