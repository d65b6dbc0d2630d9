//! Usage: what hosts send, what it costs, what operators see.

use chrono::TimeDelta;
use e2e::api::{TestApp, manifest};
use serde_json::{Value, json};
use shared::usage::{check, prices, retention};
use sqlx::MySqlPool;

const SESSION: &str = "01a21a55-8957-7792-a3fd-950a6ca79088";

/// A server with prices, and a host's key.
async fn fleet(pool: MySqlPool) -> (TestApp, String) {
    let app = TestApp::new(pool).await;
    prices::pull::run(&app.app).await.unwrap();
    let key = app.register("a.example").await.0;
    app.seed(&e2e::api::login("acct", "one", super::T1)).await;
    (app, key)
}

async fn post(app: &TestApp, key: &str, body: Value) -> Value {
    app.call(key, "POST", "/usage", body).await.data()
}

async fn rows(app: &TestApp) -> Vec<Value> {
    app.owner("GET", "/admin/usage?limit=500", json!({})).await.data()["usages"].as_array().unwrap().clone()
}

/// One answer as the session file of a new Codex has it; a turn of 100 in (40 cached) and 7 out (3 reasoning).
fn answer(second: u32, thread: u64) -> String {
    let usage = |n: u64| json!({ "input_tokens": 100 * n, "cached_input_tokens": 40 * n, "output_tokens": 7 * n, "reasoning_output_tokens": 3 * n });
    let payload = json!({ "response_id": format!("r{second}"), "usage": usage(1), "thread_token_usage": usage(thread) });
    json!({ "timestamp": format!("2026-11-24T11:00:{second:02}.000Z"), "type": "token_usage_record", "payload": payload }).to_string()
}

/// The same answer as telemetry tells it, a little earlier.
fn event(second: u32, session: &str) -> Value {
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    json!({ "attributes": [
        text("event.name", "codex.sse_event"), text("event.kind", "response.completed"), text("model", "gpt-5.1"),
        text("event.timestamp", &format!("2026-11-24T11:00:{:02}.990Z", second - 1)),
        text("conversation.id", session), text("user.email", "me@example.com"), text("prompt", "my secret prompt"),
        text("input_token_count", "100"), text("cached_token_count", "40"), text("output_token_count", "7"), text("reasoning_token_count", "3"),
    ] })
}

async fn telemetry(app: &TestApp, key: &str, events: Vec<Value>) -> Value {
    let body = json!({ "resourceLogs": [{ "resource": {}, "scopeLogs": [{ "scope": {}, "logRecords": events }] }] });
    let answer = app.call(key, "POST", "/otel/v1/logs", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn push(app: &TestApp, key: &str, lines: &[String]) {
    let usage = format!("session {SESSION}\nmodel gpt-5.1\n{}\n", lines.join("\n"));
    let answer = app.form(key, "/push", &[("manifest", &manifest("user me\n")), ("usage", &usage)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_entry_is_answered_as_the_contract_has_it(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;
    let line = "\u{1b}[2mnoise Token usage: total=10 input=6 (+ 2 cached) output=4";

    let data = post(
        &app,
        &key,
        json!({ "line": line, "total": "1,000", "input": 600, "output": 400, "cached": "50", "reasoning": null, "model": "gpt-5.1" }),
    )
    .await;

    let text = serde_json::to_string(&data).unwrap();
    let entry = r#""line":"Token usage: total=10 input=6 (+ 2 cached) output=4","total":1000,"input":600,"output":400,"cached":50,"reasoning":null"#;
    let at = "2026-11-24T12:00:00+00:00";
    assert_eq!(
        text,
        format!(
            r#"{{"host_id":1,"recorded":1,"usages":[{{"recorded_at":"{at}",{entry},"cost":0.004756,"model":"gpt-5.1"}}],"ingest_id":1,"cost":0.004756,"recorded_at":"{at}",{entry},"model":"gpt-5.1"}}"#
        )
    );
    let month = app.retrieve(&key, super::ZERO, super::NEVER).await.data()["token_usage_month"].clone();
    assert_eq!(month, json!({ "total": 1000, "input": 600, "output": 400, "cached": 50, "reasoning": 0, "cost": 0.004_756, "events": 1 }));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn many_entries_are_one_delivery_and_bad_ones_are_named(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;

    let data = post(&app, &key, json!({ "usages": [{ "input": 1000, "model": "gpt-5.1" }, { "line": "tokens used 67" }, { "output": 1000, "model": "mystery" }, 7] })).await;

    assert_eq!((&data["recorded"], &data["cost"], data.get("total")), (&json!(3), &json!(0.00125), None));
    let bad = post(&app, &key, json!({ "usages": [{ "total": "1.5" }] })).await;
    assert_eq!((&bad["recorded"], &bad["reason"]), (&json!(false), &json!("usage ingestion failed")));
    assert!(bad["errors"]["usages.0.total"][0].as_str().unwrap().contains("digits"), "{bad}");
    assert_eq!(rows(&app).await.len(), 3, "nothing of a bad body stays");
    app.call("", "POST", "/usage", json!({ "input": 1 })).await.expect(401, "api_key_missing");
    let page = app.owner("GET", "/admin/usage/ingests?sort=cost&q=A.EX&per_page=1", json!({})).await.data();
    assert_eq!(
        (&page["total"], &page["pages"], &page["items"][0]["entries"], &page["items"][0]["source"]),
        (&json!(1), &json!(1), &json!(3), &json!("usage"))
    );
    let payload: Value = serde_json::from_str(page["items"][0]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(
        payload["usages"][1],
        json!({ "line": "tokens used 67", "total": null, "input": null, "output": null, "cached": null, "reasoning": null, "model": null, "cost": 0 })
    );
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn what_has_no_price_costs_nothing_until_somebody_names_one(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;
    post(&app, &key, json!({ "usages": [{ "input": 1000, "output": 500, "reasoning": 100, "model": "mystery" }, { "line": "x" }] })).await;
    let pricing = app.owner("GET", "/admin/pricing", json!({})).await.data();
    assert_eq!(pricing["unpriced"], json!([{ "model": "mystery", "events": 1, "tokens": 0 }]), "tokens are those of totals");
    assert_eq!(rows(&app).await[1]["unpriced"], json!(true));

    let price = json!({ "input_per_1k": "0.002", "output_per_1k": 0.01, "reasoning_per_1k": 0.03 });
    let set = app.owner("POST", "/admin/pricing/mystery", price).await.data();

    assert_eq!((&set["prices"][0]["source"], &set["prices"][0]["reasoning_price_per_1k"]), (&json!("operator"), &json!(0.03)));
    let rows = rows(&app).await;
    assert_eq!((&rows[1]["cost"], &rows[1]["unpriced"]), (&json!(0.009), &json!(false)));
    assert_eq!(app.owner("GET", "/admin/pricing", json!({})).await.data()["unpriced"], json!([]));
    let sums = app.owner("GET", "/admin/usage/sums?by=host", json!({})).await.data()["sums"][0].clone();
    assert_eq!(
        (&sums["key"], &sums["cost"], &sums["events"], &sums["unpriced"]),
        (&json!("a.example"), &json!(0.009), &json!(2), &json!(0))
    );
    // A new price is for what comes: what was costed keeps its own.
    app.owner("POST", "/admin/pricing/mystery", json!({ "input_per_1k": 1, "output_per_1k": 1 })).await.data();
    post(&app, &key, json!({ "input": 1000, "model": "mystery" })).await;
    let costs: Vec<_> = super::usage::rows(&app).await.iter().map(|row| row["cost"].clone()).collect();
    assert_eq!(costs, [json!(1), json!(0), json!(0.009)]);
    assert_eq!(app.owner("GET", "/admin/pricing/mystery", json!({})).await.data()["prices"].as_array().unwrap().len(), 2);
    app.owner("DELETE", "/admin/pricing/mystery", json!({})).await.data();
    app.owner("DELETE", "/admin/pricing/mystery", json!({})).await.expect(404, "not_found");
    post(&app, &key, json!({ "input": 1000, "model": "mystery" })).await;
    let newest = &super::usage::rows(&app).await[0];
    assert_eq!((&newest["cost"], &newest["unpriced"]), (&json!(0), &json!(true)), "a price that was taken back counts no more");
    let prices = app.owner("GET", "/admin/pricing", json!({})).await.data();
    assert!(!prices["prices"].to_string().contains("mystery") && prices["unpriced"][0]["model"] == "mystery", "{prices}");
    app.owner("POST", "/admin/pricing/gpt-5.1", json!({ "input_per_1k": 1, "output_per_1k": 1 })).await.data();
    app.owner("DELETE", "/admin/pricing/gpt-5.1", json!({})).await.data();
    let prices = app.owner("GET", "/admin/pricing", json!({})).await.data();
    let again = prices["prices"].as_array().unwrap().iter().find(|price| price["model"] == "gpt-5.1").unwrap();
    assert_eq!(again["source"], "builtin", "what was there before counts again");
    app.owner("POST", "/admin/pricing/m", json!({ "input_per_1k": -1, "output_per_1k": 1 })).await.expect(422, "validation_failed");
    app.owner("POST", "/admin/pricing/m", json!({ "input_per_1k": 1, "output_per_1k": 1, "currency": "usd" }))
        .await
        .expect(422, "validation_failed");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_answer_counts_once_whoever_tells_it_how_often(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;

    push(&app, &key, &[answer(1, 1), answer(2, 2)]).await;
    push(&app, &key, &[answer(1, 1), answer(2, 2)]).await;
    telemetry(&app, &key, vec![event(1, SESSION), event(2, SESSION), event(3, SESSION)]).await;
    telemetry(&app, &key, vec![event(3, SESSION)]).await;
    push(&app, &key, &[answer(2, 2), answer(3, 3)]).await;

    let rows = rows(&app).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    for row in &rows {
        let numbers = ["total", "input", "cached", "output", "reasoning"].map(|name| row[name].as_u64().unwrap());
        assert_eq!((numbers, &row["model"]), ([67, 60, 40, 7, 3], &json!("gpt-5.1")));
    }
    let users = app.owner("GET", "/admin/usage/sums?by=user&sort=events", json!({})).await.data()["sums"].clone();
    assert_eq!(
        (&users[0]["key"], &users[0]["events"], users.as_array().unwrap().len()),
        (&json!("me"), &json!(3), 1),
        "the host's only user"
    );
    app.call(&key, "POST", "/host/users", json!({ "username": "you" })).await.data();
    telemetry(&app, &key, vec![event(4, SESSION)]).await;
    let users = app.owner("GET", "/admin/usage/sums?by=user&sort=events", json!({})).await.data()["sums"].clone();
    assert_eq!((&users[1]["key"], &users[1]["events"]), (&json!(""), &json!(1)), "telemetry does not say which of two");
    let all: Vec<(Option<String>,)> = sqlx::query_as("SELECT payload FROM token_usage_ingests").fetch_all(&app.app.db).await.unwrap();
    assert!(!format!("{all:?}").contains("secret prompt") && !format!("{all:?}").contains("me@example.com"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn two_that_deliver_one_session_at_once_count_it_once(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;
    let lines: Vec<_> = (1..=20).map(|n| answer(n, n.into())).collect();
    let events: Vec<_> = (1..=20).map(|n| event(n, SESSION)).collect();
    // Whatever is cached after the first one.
    push(&app, &key, &lines[..1]).await;

    let deliver = |n: usize| {
        let (app, key, lines, events) = (app.instance(), key.clone(), lines.clone(), events.clone());
        tokio::spawn(
            async move { if n.is_multiple_of(2) { push(&app, &key, &lines).await } else { drop(telemetry(&app, &key, events).await) } },
        )
    };
    let mut tasks = Vec::new();
    for n in 0..8 {
        tasks.push(deliver(n));
    }
    for task in tasks {
        task.await.unwrap();
    }

    assert_eq!(rows(&app).await.len(), 20);
    app.app.clock.advance(TimeDelta::days(1));
    assert!(check::run(&app.app).await.is_ok());
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn days_and_sums_are_what_the_rows_say_and_outlive_them(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;
    for _ in 0..3 {
        post(&app, &key, json!({ "input": 1000, "output": 1000, "cached": 1000, "model": "gpt-5.1" })).await;
        app.app.clock.advance(TimeDelta::days(2));
    }
    assert_eq!(check::run(&app.app).await.unwrap(), 2);

    let history = app.owner("GET", "/admin/usage/cost-history?days=180", json!({})).await.data();

    let points = history["points"].as_array().unwrap();
    let dates: Vec<_> = points.iter().map(|point| point["date"].as_str().unwrap()).collect();
    assert_eq!((dates.len(), dates[0], dates[6]), (7, "2026-11-24", "2026-11-30"), "{history}");
    assert_eq!(points[0]["tokens"], json!({ "input": 1000, "output": 1000, "cached": 1000, "total": 3000 }));
    assert_eq!(points[0]["costs"], json!({ "input": 0.00125, "output": 0.01, "cached": 0.000_125, "total": 0.011_375 }));
    assert_eq!(points[1]["costs"]["total"], json!(0));
    assert_eq!((&history["has_pricing"], &history["pricing"]["model"], &history["days"]), (&json!(true), &json!("gpt-5.1"), &json!(180)));
    let one = app.owner("GET", "/admin/usage/cost-history?days=999&host_id=1", json!({})).await.data();
    assert_eq!((&one["points"], &one["days"]), (&history["points"], &json!(180)));

    app.app.clock.advance(TimeDelta::days(401));
    assert_eq!(retention::run(&app.app).await.unwrap(), 6, "rows and deliveries");
    assert!(rows(&app).await.is_empty());
    let ever = app.owner("GET", "/admin/usage/sums?by=model&since=2026-01-01", json!({})).await.data();
    assert_eq!((&ever["sums"][0]["key"], &ever["sums"][0]["events"]), (&json!("gpt-5.1"), &json!(3)));
    sqlx::query("UPDATE usage_days SET events = events + 1").execute(&app.app.db).await.unwrap();
    app.app.clock.advance(-TimeDelta::days(406));
    assert!(check::run(&app.app).await.is_err(), "sums without their rows");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn lists_are_filtered_paged_and_fit_for_a_spreadsheet(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;
    let other = app.register("b.example").await.0;
    for n in 1..=5 {
        post(
            &app,
            if n % 2 == 0 { &other } else { &key },
            json!({ "input": n, "model": if n > 3 { "=cmd" } else { "gpt-5.1" }, "line": "tokens used" }),
        )
        .await;
    }
    let get = async |query: &str| app.owner("GET", &format!("/admin/usage?{query}"), json!({})).await;
    let inputs = |data: &Value| data["usages"].as_array().unwrap().iter().map(|row| row["input"].as_u64().unwrap()).collect::<Vec<_>>();

    let first = get("limit=2").await.data();
    assert_eq!((inputs(&first), inputs(&get(&format!("limit=2&before={}", first["next"])).await.data())), (vec![5, 4], vec![3, 2]));
    assert_eq!(inputs(&get("host_id=2").await.data()), [4, 2]);
    assert_eq!(inputs(&get("model=%3Dcmd&host_id=1").await.data()), [5]);
    assert_eq!(inputs(&get("since=2026-11-24T12:00:01Z").await.data()), [] as [u64; 0]);
    assert_eq!(inputs(&get("user=nobody").await.data()), [] as [u64; 0]);
    get("before=-1").await.expect(422, "validation_failed");
    let csv = get("format=csv").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(
        csv.text().starts_with("id,host_id,fqdn,") && csv.text().contains(",'=cmd,") && csv.text().lines().count() == 6,
        "{}",
        csv.text()
    );
    let lines = app.owner("GET", "/admin/tokens", json!({})).await.data();
    assert_eq!(
        (&lines["tokens"][0]["line"], &lines["tokens"][0]["events"], &lines["tokens"][0]["input"]),
        (&json!("tokens used"), &json!(5), &json!(15))
    );
    let sums = |query: &str| format!("/admin/usage/sums?{query}");
    let hosts = app.owner("GET", &sums("by=host&sort=key&direction=asc&limit=1"), json!({})).await.data();
    assert_eq!((&hosts["sums"][0]["key"], &hosts["next"]), (&json!("a.example"), &json!(1)));
    assert_eq!(app.owner("GET", &sums("by=day&host_id=1"), json!({})).await.data()["sums"][0]["events"], json!(3));
    app.owner("GET", &sums("by=user&model=x"), json!({})).await.expect(422, "validation_failed");
    app.owner("GET", &sums("by=day&since=2026-12-01&until=2026-11-01"), json!({})).await.expect(422, "validation_failed");
    assert!(app.owner("GET", &sums("by=model&format=csv"), json!({})).await.text().contains("'=cmd"));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn budgets_warn_stop_and_begin_anew_each_month(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;
    let budget = async |body: Value| app.owner("POST", "/admin/budget", body).await;
    let launch = async || app.sync(&key, "/sync", &manifest(""), None).await.text();
    assert_eq!(budget(json!({ "month": 10, "stops": true })).await.data()["state"], json!(""));
    post(&app, &key, json!({ "output": 850_000, "model": "gpt-5.1" })).await;
    app.app.clock.advance(TimeDelta::minutes(2));
    shared::usage::budget::tend::run(&app.app).await.unwrap();
    let said = launch().await;
    assert!(said.contains("cdx_decision='allow'") && said.contains("most of the fleet'\\''s budget of 10"), "{said}");

    post(&app, &key, json!({ "output": 150_000, "model": "gpt-5.1" })).await;
    shared::usage::budget::tend::run(&app.app).await.unwrap();

    let said = launch().await;
    assert!(said.contains("cdx_decision='deny'") && said.contains("cdx_code='budget_exceeded'"), "{said}");
    let shown = app.owner("GET", "/admin/budget", json!({})).await.data();
    assert_eq!(shown, json!({ "month": 10, "warn_percent": 80, "stops": true, "used": 10, "state": "over" }));
    super::change(&app, "vip", json!({ "vip": true })).await;
    assert!(launch().await.contains("cdx_decision='allow'"), "a VIP host goes on");
    super::change(&app, "vip", json!({ "vip": false })).await;
    budget(json!({ "month": null })).await.data();
    assert!(!launch().await.contains("budget of"));
    let host = super::change(&app, "budget", json!({ "month": "9.5", "stops": true })).await;
    assert_eq!((&host["budget_month"], &host["budget_state"]), (&json!(9.5), &json!("over")));
    assert!(launch().await.contains("this host'\\''s budget of 9.5"));
    app.app.clock.advance(TimeDelta::days(10));
    assert!(launch().await.contains("cdx_decision='allow'"), "another month");
    for bad in [json!({ "month": -1 }), json!({ "month": 1, "warn_percent": 0 }), json!({ "month": "much" })] {
        budget(bad).await.expect(422, "validation_failed");
    }
    app.owner("POST", "/admin/hosts/9/budget", json!({ "month": 1 })).await.expect(404, "not_found");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_tells_of_its_own_usage_only_in_forms_that_are_known(pool: MySqlPool) {
    let (app, key) = fleet(pool).await;
    app.call(&key, "POST", "/otel/v1/logs", json!({ "resourceLogs": 1 })).await.expect(400, "undecodable_body");
    let request = axum::http::Request::post("/otel/v1/logs").header("x-api-key", &key).header("content-type", "application/x-protobuf");
    app.send(request.body("x".into()).unwrap()).await.expect(415, "unsupported_media_type");
    let big = "x".repeat(5 * 1024 * 1024);
    app.call(&key, "POST", "/otel/v1/logs", json!({ "a": big })).await.expect(413, "body_too_large");
    assert_eq!(telemetry(&app, &key, vec![json!({})]).await, json!({ "partialSuccess": {} }));
    let long = "x".repeat(768 * 1024 + 1);
    app.form(&key, "/push", &[("manifest", &manifest("")), ("usage", &long)]).await.expect(422, "validation_failed");
    // What is no usage is left out, and a clock that is wrong does not write history.
    let odd = answer(1, 1).replace("2026-11-24", "2031-01-01");
    push(&app, &key, &["forked?".to_owned(), "{}".to_owned(), odd]).await;
    let rows = rows(&app).await;
    assert_eq!((rows.len(), &rows[0]["created_at"]), (1, &json!("2026-11-24T12:00:00+00:00")));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_overview_tells_of_login_hosts_usage_and_what_needs_a_person(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let empty = app.owner("GET", "/admin/overview", json!({})).await.data();
    assert_eq!(
        (&empty["seed_required"], &empty["seed_reasons"], &empty["totals"]["hosts"]),
        (&json!(true), &json!(["missing_auth"]), &json!(0))
    );
    assert_eq!((&empty["tokens"]["total"], &empty["tokens"]["top_host"], &empty["pricing"]), (&json!(0), &json!(null), &json!(null)));
    prices::pull::run(&app.app).await.unwrap();
    let key = app.register("a.example").await.0;
    app.register("b.example").await;
    app.seed(&e2e::api::login("acct", "one", super::T1)).await;
    super::ask(&app, &key).await.data();
    app.app.clock.advance(TimeDelta::days(-10));
    post(&app, &key, json!({ "input": 2000, "total": 2000, "model": "gpt-5.1" })).await;
    app.app.clock.advance(TimeDelta::days(10));
    post(&app, &key, json!({ "input": 1000, "total": 1000, "model": "gpt-5.1" })).await;

    let data = app.owner("GET", "/admin/overview", json!({})).await.data();

    let tokens = ["tokens", "tokens_month", "tokens_week", "tokens_day"].map(|name| data[name]["total"].as_u64().unwrap());
    assert_eq!(tokens, [3000, 3000, 1000, 1000], "{data}");
    assert_eq!((&data["pricing_day_cost"], &data["pricing_month_cost"]), (&json!(0.00125), &json!(0.00375)));
    assert_eq!(data["tokens"]["top_host"], json!({ "host_id": 1, "fqdn": "a.example", "total": 3000 }));
    let counts =
        ["hosts", "active", "suspended", "unprovisioned", "outdated", "insecure"].map(|name| data["totals"][name].as_u64().unwrap());
    assert_eq!(counts, [2, 2, 0, 1, 0, 0]);
    assert_eq!((&data["has_canonical_auth"], &data["auth_state"], &data["last_refresh"]), (&json!(true), &json!("ok"), &json!(super::T1)));
    assert_eq!(
        (&data["avg_refresh_age_days"], &data["mtls"]),
        (&json!(3.5), &json!({ "required": false, "present": false, "enforced": false }))
    );
    assert_eq!(data["subscription_plans"], json!({ "currency": "USD", "plus_cost": 20, "pro_cost": 200 }));
    assert_eq!((&data["alerts"], &data["pricing"]["model"], &data["inactivity_window_days"]), (&json!([]), &json!("gpt-5.1"), &json!(30)));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn every_sum_is_the_sum_of_the_rows_whatever_comes_in(pool: MySqlPool) {
    let (app, first) = fleet(pool).await;
    let keys = [first, app.register("b.example").await.0, app.register("c.example").await.0];
    let models = ["gpt-5.1", "gpt-5.2-codex", "o4-mini", "mystery", ""];
    let mut random = 1_u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for round in 0..40_u64 {
        let mut number = || {
            let digits = u32::try_from(next(12)).unwrap();
            let number = next(10_u64.pow(digits) + 1);
            if next(4) == 0 { json!(null) } else { json!(number) }
        };
        let mut entry =
            || json!({ "line": "x", "total": number(), "input": number(), "cached": number(), "output": number(), "reasoning": number() });
        let mut entries: Vec<_> = (0..5).map(|_| entry()).collect();
        for entry in &mut entries {
            entry["model"] = json!(models[usize::try_from(next(5)).unwrap()]);
        }
        post(&app, &keys[usize::try_from(round % 3).unwrap()], json!({ "usages": entries })).await;
        if round == 20 {
            app.owner("POST", "/admin/pricing/mystery", json!({ "input_per_1k": "0.000000001", "output_per_1k": "0.123456789" }))
                .await
                .data();
        }
        app.app.clock.advance(TimeDelta::hours(5));
    }

    let rows: (i64, String, String) =
        sqlx::query_as("SELECT COUNT(*), CAST(SUM(cost) AS CHAR), CAST(SUM(COALESCE(input_tokens, 0)) AS CHAR) FROM token_usages")
            .fetch_one(&app.app.db)
            .await
            .unwrap();
    assert_eq!(rows.0, 200);
    for table in ["usage_rollups", "usage_days", "usage_hosts", "usage_users"] {
        let sql = format!(
            "SELECT CAST(SUM(events) AS SIGNED), CAST(SUM(input_cost + cached_cost + output_cost) AS CHAR), CAST(SUM(input_tokens) AS CHAR) FROM {table}"
        );
        let sums: (i64, String, String) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(&app.app.db).await.unwrap();
        assert_eq!(sums, rows, "{table}");
    }
    let ingests: (String,) =
        sqlx::query_as("SELECT CAST(SUM(cost) AS CHAR) FROM token_usage_ingests").fetch_one(&app.app.db).await.unwrap();
    assert_eq!(ingests.0, rows.1);
}
