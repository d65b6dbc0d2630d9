//! The demo: made from nothing, true of itself, and kept.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use e2e::host::expect_exit;
use e2e::process::{Server, Settings};
use serde_json::{Value, json};

fn get(server: &Server, path: &str) -> Value {
    server.admin("GET", path, &json!({}))
}

fn count(list: &Value) -> usize {
    list.as_array().unwrap().len()
}

#[test]
fn a_demo_makes_itself_once_and_shows_every_state() {
    let mut server = Server::with(Settings { arguments: vec!["--demo".into()], ..Settings::default() });

    assert!(server.log().contains("This is a demo"), "{}", server.log());
    hosts(&server);
    usage(&server);
    content_and_login(&server);
    what_runs(&server);
    expect_exit(&server.command(&["audit", "verify"], &[]), 0);

    server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": "mine.example.com" }));
    server.stop();
    expect_exit(&server.command(&["up", "--no-open", "--port", &server.port.to_string()], &[]), 1);
    server.resume();
    assert!(server.log().contains("goes on with what was there"), "{}", server.log());
    let counts = get(&server, "/admin/hosts/counts");
    assert_eq!(all(&counts), 41, "{counts}");
    let refreshed = server.admin("POST", "/admin/auth/rotate-now", &json!({}));
    assert!(
        refreshed["generation"].as_u64() > refreshed["old_generation"].as_u64(),
        "OpenAI's stand-in still knows the login: {refreshed}"
    );
}

fn all(counts: &Value) -> u64 {
    ["active", "suspended", "archived"].iter().map(|state| counts[state].as_u64().unwrap()).sum()
}

fn hosts(server: &Server) {
    let counts = get(server, "/admin/hosts/counts");
    assert_eq!(all(&counts), 40, "{counts}");
    for state in ["active", "suspended", "archived", "secure", "insecure", "unprovisioned", "outdated", "refused"] {
        assert!(counts[state].as_u64().unwrap() > 0, "{state}: {counts}");
    }
    let listed = get(server, "/admin/hosts?limit=200")["hosts"].clone();
    for (what, shown) in [
        ("VIP", "vip"),
        ("roaming", "allow_roaming_ips"),
        ("expiring", "expires_at"),
        ("pinned", "client_version_override"),
        ("an own model", "model_override"),
        ("a budget", "budget_month"),
    ] {
        let is_set = |host: &&Value| !matches!(host[shown], Value::Null | Value::Bool(false));
        assert!(listed.as_array().unwrap().iter().any(|host| is_set(&host)), "{what}");
    }
    assert!(count(&get(server, "/admin/prune-policy")["soon"]) > 0);
    assert!(get(server, "/admin/hosts/insecure")["active"].as_u64() > Some(0));
    assert!(count(&get(server, "/admin/content/drift")["behind"]) > 3);
    assert!(count(&get(server, "/admin/pending-tokens")["tokens"]) >= 2);
}

fn usage(server: &Server) {
    let points = get(server, "/admin/usage/cost-history?days=90")["points"].clone();
    let used = points.as_array().unwrap().iter().filter(|point| point["tokens"]["total"].as_u64() > Some(0)).count();
    assert!(used > 80, "{points}");
    assert!(count(&get(server, "/admin/pricing")["unpriced"]) == 1);
    assert_ne!(get(server, "/admin/budget")["state"], "");
    assert!(count(&get(server, "/admin/chatgpt/usage/history?days=60")["points"]) > 55);
    let sums = job(server, "usage-sums");
    assert!(sums["succeeded_at"].is_string() && sums["error"].is_null(), "the sums are those of the rows: {sums}");
}

fn job(server: &Server, name: &str) -> Value {
    let jobs = get(server, "/admin/jobs")["jobs"].clone();
    jobs.as_array().unwrap().iter().find(|job| job["name"] == name).unwrap().clone()
}

fn content_and_login(server: &Server) {
    assert!(count(&get(server, "/admin/config/versions")["versions"]) == 4);
    assert!(count(&get(server, "/admin/agents/versions")["versions"]) == 4);
    let reviews = get(server, "/admin/reviews")["reviews"].clone();
    assert_eq!(reviews.as_array().unwrap().iter().filter(|review| review["conflict"] == true).count(), 1, "{reviews}");
    assert_eq!(count(&reviews), 2);
    let states: Vec<_> = get(server, "/admin/auth/candidates")["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap().to_owned())
        .collect();
    for state in ["waiting", "rejected", "promoted"] {
        assert!(states.iter().any(|known| known == state), "{state}: {states:?}");
    }
    assert!(get(server, "/admin/auth")["generation"].as_u64() > Some(10));
}

fn what_runs(server: &Server) {
    let rollout = get(server, "/admin/rollout");
    assert_eq!(rollout["rollout"]["version"], "0.169.0", "{rollout}");
    assert!(rollout["history"].as_array().unwrap().iter().any(|one| one["state"] == "stopped"), "{rollout}");
    assert!(job(server, "prices")["error"].is_string());
    let alerts = get(server, "/admin/alerts");
    assert!(count(&alerts["open"]) > 3 && count(&alerts["recent"]) > 0, "{alerts}");
    assert!(count(&get(server, "/admin/mcp/memories?limit=100")["matches"]) > 10);
    assert!(count(&get(server, "/admin/mcp/grants")["grants"]) == 5);
    assert!(count(&get(server, "/admin/mcp/logs")["logs"]) > 10);
    assert!(count(&get(server, "/admin/access/tokens")["tokens"]) >= 5);
}
