//! The AWS template's routes: each operation leads to exactly the function whose router has it.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::BTreeSet;

use e2e::gateway::{Route, choose};
use serde_json::Value;
use shared::access::matrix::{Access, MATRIX};
use shared::routing::Routes;

/// A route of the template, as `local-dev/infra` finds it.
struct Line {
    api: String,
    key: String,
    function: String,
    limited: bool,
    after_migration: bool,
}

/// `local-dev/infra` proves that this file is what the template means.
fn lines() -> Vec<Line> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../infra/routes.json")).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let line = |row: &Value| Line {
        api: text(row, "api"),
        key: text(row, "route"),
        function: text(row, "crate"),
        limited: row["requests_per_second"].is_u64(),
        after_migration: row["after_migration"] == true,
    };
    rows.iter().map(line).collect()
}

/// Method and path of each operation of each function.
fn operations() -> Vec<(&'static str, String, String)> {
    let of = |function: &'static str, router: Routes| {
        let (_, mut document) = router.split_for_parts();
        let items = document.paths.paths.iter_mut();
        let named = |(path, item): (&String, &mut _)| {
            let methods: Vec<_> = shared::openapi::operations(item).into_iter().map(|(method, _)| method.to_string()).collect();
            methods.into_iter().map(|method| (function, method, path.clone())).collect::<Vec<_>>()
        };
        items.flat_map(named).collect::<Vec<_>>()
    };
    let all = [
        of("admin", admin::router()),
        of("auth", auth::router()),
        of("install", install::router()),
        of("mcp", mcp::router()),
        of("sync", sync::router()),
        of("usage", usage::router()),
    ];
    all.into_iter().flatten().collect()
}

/// The same for what is no part of the document: the dashboard's page and files, and health. `/docs` is in `local-dev` only.
fn pages() -> Vec<(&'static str, String, String)> {
    let rows = MATRIX.iter().filter(|(_, path, access)| *access == Access::Page && !path.starts_with("/docs") && *path != "/openapi.json");
    let function = |path: &str| if path.starts_with("/admin") { "admin" } else { "auth" };
    rows.map(|(method, path, _)| (function(path), method.to_string(), (*path).to_owned())).collect()
}

/// A path with something in every placeholder.
fn concrete(path: &str) -> String {
    let filled = |segment: &str| if segment.starts_with('{') { "x.1" } else { segment }.to_owned();
    path.split('/').map(filled).collect::<Vec<_>>().join("/")
}

/// The line of `api` that a request takes.
fn taken<'a>(lines: &'a [Line], api: &str, method: &str, path: &str) -> Option<&'a Line> {
    let own: Vec<_> = lines.iter().filter(|line| line.api == api).collect();
    let routes: Vec<_> = own.iter().map(|line| Route::parse(&line.key)).collect();
    choose(&routes, method, &concrete(path)).map(|at| own[at])
}

#[test]
fn every_operation_leads_to_the_function_whose_router_has_it() {
    let lines = lines();
    let mut used = BTreeSet::new();
    for (function, method, path) in operations().into_iter().chain(pages()) {
        let (api, other) = if function == "admin" { ("AdminApi", None) } else { ("HostApi", Some("admin")) };
        let line = taken(&lines, api, &method, &path);
        assert_eq!(line.map(|line| line.function.as_str()), Some(function), "{method} {path} on {api}");
        used.extend(line.map(|line| (api, &line.key)));

        // What is a host's is unknown to the function behind the other API, and the other way about nothing is there at all.
        let elsewhere = if function == "admin" { "HostApi" } else { "AdminApi" };
        assert_eq!(taken(&lines, elsewhere, &method, &path).map(|line| line.function.as_str()), other, "{method} {path} on {elsewhere}");
    }
    let idle: Vec<_> = lines.iter().filter(|line| !used.contains(&(line.api.as_str(), &line.key))).map(|line| &line.key).collect();
    assert!(idle.is_empty(), "routes that no operation needs: {idle:?}");
}

#[test]
fn the_functions_have_every_operation_of_the_document_and_no_other() {
    let document: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase())))
        .collect();
    let of_functions: BTreeSet<_> = operations().into_iter().map(|(_, method, path)| format!("{method} {path}")).collect();

    assert_eq!(of_functions, documented);
}

#[test]
fn every_route_is_throttled_and_waits_for_the_schema() {
    for line in lines() {
        assert!(line.limited, "{} {} has no limit of its own", line.api, line.key);
        assert!(line.after_migration, "{} is not behind the migration: give it DependsOn: Schema", line.function);
    }
}
