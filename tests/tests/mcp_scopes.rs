//! Ten hosts call tools at random, 100,000 times: no host ever reads what another keeps, unless that was granted. Each host's
//! calls follow from the seed.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::{BTreeMap, BTreeSet};

use e2e::api::TestApp;
use e2e::simulation::random::Random;
use futures_util::future::join_all;
use mcp::conformance::call_tool;
use serde_json::{Value, json};
use shared::App;
use shared::hosts::Host;
use sqlx::MySqlPool;

const HOSTS: u64 = 10;
const CALLS: usize = 100_000;
/// Grants change between phases and not within one.
const PHASES: usize = 10;
const SEED: u64 = 20_261_127;

const SCOPES: [&str; 9] = ["", "host", "fleet", "tag:a", "tag:b", "host:3", "all", "tag:*", "fleet,host"];
const TOOLS: [&str; 18] = [
    "memory_store",
    "memory_store",
    "memory_retrieve",
    "memory_search",
    "memory_search",
    "memory_list",
    "memory_query",
    "memory_append",
    "memory_delete",
    "resource_list",
    "resource_read",
    "resource_update",
    "fs_write_file",
    "fs_read_file",
    "fs_list_dir",
    "fs_search_in_files",
    "fs_stat",
    "fs_delete",
];

fn pick<'a>(random: &mut Random, all: &[&'a str]) -> &'a str {
    all[usize::try_from(random.between(0, i64::try_from(all.len()).unwrap() - 1)).unwrap()]
}

/// Which shared scopes a host was granted.
type Granted = BTreeMap<u64, BTreeSet<&'static str>>;

/// Where what a host writes with these arguments would be: its mark says so, and goes into the content. Resources are always the
/// host's own.
fn mark(tool: &str, host: u64, arguments: &Value) -> String {
    let given = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
    match (tool.split('_').next(), given("scope"), given("path")) {
        (Some("fs"), _, path) if path.starts_with("shared") => format!("<<shared {host}>>"),
        (Some("memory"), scope, _) if scope == "fleet" || scope.starts_with("tag:") => format!("<<{scope}>>"),
        _ => format!("<<host {host}>>"),
    }
}

fn arguments(random: &mut Random, tool: &str, host: u64) -> Value {
    let id = format!("id{}", random.between(0, 15));
    let other = random.between(1, i64::try_from(HOSTS).unwrap());
    let paths = [
        "notes/a.md".to_owned(),
        "shared/b.md".to_owned(),
        "shared".to_owned(),
        String::new(),
        "fleet".to_owned(),
        format!("fleet/h{other}.example"),
        format!("fleet/h{other}.example/b.md"),
        format!("fleet/h{other}.example/../notes/a.md"),
        format!("fleet/H{other}.EXAMPLE//./b.md"),
        "fleet/h%.example/b.md".to_owned(),
    ];
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let path = pick(random, &paths).to_owned();
    let words = ["kept", "word owner", "", "host", "the", "+host -x", "h1_kept", "a_kept* OR 1=1", "kept\" )"];
    let mut all = json!({
        "id": id, "uri": format!("memory://{id}"), "resource_id": pick(random, &["r1", "r2"]), "query": pick(random, &words),
        "path": path, "root": path, "pattern": "kept", "limit": 6, "top_k": 6, "max_results": 6, "tags": if random.once_in(3) { json!(["t"]) } else { json!([]) },
        "recursive": true,
    });
    let scope = pick(random, &SCOPES);
    if !scope.is_empty() {
        all["scope"] = json!(scope);
    }
    let text = format!("kept {} word {}", mark(tool, host, &all), random.between(0, 3));
    (all["content"], all["text"]) = (json!(text), json!(text));
    all
}

/// The marks in an answer.
fn marks(answer: &str) -> BTreeSet<String> {
    answer.split("<<").skip(1).filter_map(|rest| Some(rest.split_once(">>")?.0.to_owned())).collect()
}

fn may_see(mark: &str, host: u64, granted: &BTreeSet<&'static str>) -> bool {
    match mark.split_once(' ') {
        Some(("host", owner)) => owner == host.to_string(),
        Some(("shared", owner)) => owner == host.to_string() || granted.contains("fleet"),
        _ => granted.contains(mark),
    }
}

/// How many answers showed something, and something that another host had written.
#[derive(Default)]
struct Seen {
    any: usize,
    of_others: usize,
}

async fn play(app: &App, host: &Host, granted: BTreeSet<&'static str>, mut random: Random, calls: usize) -> Seen {
    let mut seen = Seen::default();
    for _ in 0..calls {
        let tool = pick(&mut random, &TOOLS);
        let arguments = arguments(&mut random, tool, host.id);
        let answer = call_tool(app, host, tool, arguments.as_object().unwrap()).await.to_string();
        let marks = marks(&answer);
        for mark in &marks {
            assert!(may_see(mark, host.id, &granted), "host {} with {granted:?} saw {mark}: {tool} {arguments}\n{answer}", host.id);
        }
        assert!(!answer.contains("\"internal\"") && !answer.contains("sqlx"), "{tool} {arguments}\n{answer}");
        seen.any += usize::from(!marks.is_empty());
        seen.of_others += usize::from(marks.iter().any(|mark| *mark != format!("host {}", host.id)));
    }
    seen
}

/// Grants anew, at random; gives who has what.
async fn grant(app: &TestApp, random: &mut Random) -> Granted {
    let old = app.owner("GET", "/admin/mcp/grants", Value::Null).await.data();
    for grant in old["grants"].as_array().unwrap() {
        app.owner("DELETE", &format!("/admin/mcp/grants/{}", grant["id"]), Value::Null).await.data();
    }
    let mut granted = Granted::new();
    for host in 1..=HOSTS {
        for scope in ["fleet", "tag:a", "tag:b"] {
            let access = match random.between(0, 3) {
                0 => "write",
                1 => "read",
                _ => continue,
            };
            app.owner("POST", "/admin/mcp/grants", json!({ "scope": scope, "host_id": host, "access": access })).await.data();
            granted.entry(host).or_default().insert(scope);
        }
    }
    granted
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn no_host_reads_across_scopes(pool: MySqlPool) {
    let app = TestApp::with(pool, &[("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    let mut hosts = Vec::new();
    for number in 1..=HOSTS {
        app.register(&format!("h{number}.example")).await;
        let host = shared::hosts::sql::find(&mut app.app.db.acquire().await.unwrap(), number).await.unwrap().unwrap();
        hosts.push(host);
    }
    let mut random = Random(SEED);
    let (mut any, mut of_others) = (0, 0);
    for phase in 0..PHASES {
        let granted = grant(&app, &mut random).await;
        let games = hosts.iter().map(|host| {
            let (app, host, granted) = (app.app.clone(), host.clone(), granted.get(&host.id).cloned().unwrap_or_default());
            let random = Random(SEED + host.id * 1000 + phase as u64);
            tokio::spawn(async move { play(&app, &host, granted, random, CALLS / PHASES / usize::try_from(HOSTS).unwrap()).await })
        });
        for seen in join_all(games).await {
            let seen = seen.unwrap();
            (any, of_others) = (any + seen.any, of_others + seen.of_others);
        }
    }
    assert!(any > CALLS / 5 && of_others > CALLS / 50, "calls that show something: {any}, of others: {of_others}");
}
