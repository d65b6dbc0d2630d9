//! The second half of `docs/interface-api.md` is made from the API document.

use std::fs;

use serde_json::Value;
use shared::access::matrix::{Access, MATRIX};
use shared::config::variable;
use shared::hosts::gate::Door;

use crate::pages::{read, root};
use crate::schema::Shape;

const PAGE: &str = "docs/interface-api.md";
const BEGIN: &str = "<!-- generated: UPDATE_SNAPSHOTS=1 local-dev/test -E 'binary(document_facts)' -->\n";
const END: &str = "<!-- end of generated -->";

/// Who calls; `None`: no client of a host.
const fn caller(access: Access) -> Option<&'static str> {
    match access {
        Access::Host(Door::Leave) => Some("A host's key; `?force=1` from anywhere"),
        Access::Host(Door::Settle) => Some("A host's key; the first call with a new one settles it"),
        Access::Host(Door::Visit) => Some("A host's key"),
        Access::Handle => Some("A handle, in the body"),
        Access::Link => Some("The token in the path"),
        Access::Public => Some("Anybody"),
        Access::Page | Access::Admin(_) => None,
    }
}

fn endpoint(method: &str, path: &str, who: &str, operation: &Value, document: &Value) -> String {
    let line = |text: &Value| text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut lines = Vec::new();
    for (name, content) in [("request", &operation["requestBody"]["content"]), ("answer", &operation["responses"]["200"]["content"])] {
        for (kind, body) in content.as_object().into_iter().flatten() {
            let shape = Shape::of(document, &body["schema"]);
            let data = shape.members.iter().find(|(name, _)| name == "data").map(|(_, data)| data.clone());
            match data.filter(|_| name == "answer") {
                Some(data) => Shape { about: String::new(), ..data }.lines("data", 0, &mut lines),
                None => Shape { about: kind.clone(), ..shape }.lines(name, 0, &mut lines),
            }
        }
    }
    let body = if lines.is_empty() { String::new() } else { format!("\n```text\n{}\n```\n", lines.join("\n")) };
    format!("### `{method} {path}`\n\n{} {who}. Statuses: {}.\n{body}", line(&operation["summary"]), statuses.join(", "))
}

fn generated() -> String {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let hosts = MATRIX.iter().filter(|(_, path, _)| !path.starts_with("/admin"));
    let of = |(method, path, access): &(axum::http::Method, &str, Access)| {
        let operation = &document["paths"][*path][method.as_str().to_lowercase()];
        caller(*access).map(|who| endpoint(method.as_str(), path, who, operation, &document))
    };
    hosts.filter_map(of).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_wire_contract_is_that_of_the_api_document() {
    let page = read(PAGE);
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (is, after) = rest.split_once(END).unwrap();
    let should = format!("\n{}\n", generated());

    if variable("UPDATE_SNAPSHOTS").is_some() {
        fs::write(root().join(PAGE), format!("{before}{BEGIN}{should}{END}{after}")).unwrap();
        return;
    }

    assert!(is == should, "{PAGE} is not what the API document says: UPDATE_SNAPSHOTS=1 writes it anew");
    assert!(should.contains("### `POST /auth`") && should.contains("canonical_digest"));
}
