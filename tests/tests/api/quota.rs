//! The ChatGPT quota: learned from the strict fake, told to hosts and operators.

use std::io::Read;

use chrono::{TimeDelta, Utc};
use e2e::api::{TestApp, manifest, noon};
use fake_openai::{FakeOpenAi, Fault, FaultKind, LoginOptions, Options};
use serde_json::{Value, json};
use shared::access::Role;
use sqlx::MySqlPool;

use crate::{ask, statements};

/// A server that asks `openai`, at the time its tokens are made of.
async fn server(pool: MySqlPool, openai: &FakeOpenAi) -> TestApp {
    let base = format!("{}/backend-api/", openai.url());
    let app = TestApp::with(pool, &[("CHATGPT_BASE_URL", &base), ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")]).await;
    #[expect(clippy::disallowed_methods, reason = "the fake lives in real time")]
    let since = (Utc::now() - noon()).num_seconds();
    app.app.clock.advance(TimeDelta::seconds(since));
    app
}

async fn ready(pool: MySqlPool) -> (FakeOpenAi, TestApp, String) {
    let openai = FakeOpenAi::start(Options { access_lifetime_seconds: 30 * 86_400, ..Options::default() }).unwrap();
    let app = server(pool, &openai).await;
    app.seed(&openai.login(LoginOptions::default())).await;
    let (key, _) = app.register("a.example").await;
    (openai, app, key)
}

/// What ChatGPT says when so much of each window is used. The week stands first: its place means nothing.
fn usage(app: &TestApp, five_hours: f64, week: f64) -> Value {
    let now = app.app.clock.now().timestamp();
    json!({
        "plan_type": "pro", "email": "olivia@example.com", "user_id": "user-olivia", "account_id": "acct-1",
        "rate_limit": { "allowed": true, "limit_reached": false,
            "primary_window": { "used_percent": week, "limit_window_seconds": 604_800, "reset_after_seconds": 1, "reset_at": now + 302_400 },
            "secondary_window": { "used_percent": five_hours, "limit_window_seconds": 18_000, "reset_at": now + 3600 } },
        "additional_rate_limits": [{ "limit_name": "spark", "rate_limit": { "primary_window": {
            "used_percent": 1, "limit_window_seconds": 86_400, "reset_at": now + 60 } } }],
        "credits": { "has_credits": true, "unlimited": false, "balance": "9.99", "approx_local_messages": [1, 2] },
    })
}

fn says(openai: &FakeOpenAi, usage: Value) {
    openai.set_wham_usage("acct-1", usage);
}

async fn refresh(app: &TestApp) -> Value {
    app.owner("POST", "/admin/chatgpt/usage/refresh", json!({})).await.data()
}

async fn shown(app: &TestApp) -> Value {
    app.owner("GET", "/admin/chatgpt/usage", json!({})).await.data()
}

async fn tend(app: &TestApp) -> Result<u64, String> {
    shared::quota::take::tend(&app.app).await.map_err(|error| error.to_string())
}

fn asked(openai: &FakeOpenAi) -> usize {
    openai.count("GET", "/backend-api/wham/usage")
}

/// The variables of an answer to a launch.
async fn launch(app: &TestApp, key: &str, reason: &str) -> String {
    let text = manifest("").replace("reason launch", &format!("reason {reason}"));
    let answer = app.sync(key, "/sync", &text, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut archive = tar::Archive::new(answer.bytes.as_slice());
    let mut vars = String::new();
    let mut entries = archive.entries().unwrap();
    entries
        .find(|entry| entry.as_ref().unwrap().path().unwrap().as_os_str() == "vars")
        .unwrap()
        .unwrap()
        .read_to_string(&mut vars)
        .unwrap();
    vars
}

fn has(vars: &str, line: &str) -> bool {
    vars.lines().any(|one| one == line)
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn quota_is_asked_with_the_access_token_and_told_in_the_contracts_form(pool: MySqlPool) {
    let (openai, app, key) = ready(pool).await;
    says(&openai, usage(&app, 10.9, 20.25));

    let data = refresh(&app).await;

    let seen = openai.requests().pop().unwrap();
    assert_eq!((seen.status, seen.user_agent.as_deref(), seen.account_header.as_deref()), (Some(200), Some("codex-auth"), Some("acct-1")));
    assert_eq!(openai.with(|state| state.token_bodies.len()), 0, "the refresh token stays here");
    let row = &data["snapshot"];
    assert_eq!((&row["status"], &row["plan_type"], &row["rate_allowed"]), (&json!("ok"), &json!("pro"), &json!(true)));
    assert_eq!((&row["primary_used_percent"], &row["primary_limit_seconds"]), (&json!(10), &json!(18_000)), "by length, cut off");
    assert_eq!((&row["secondary_used_percent"], &row["secondary_limit_seconds"]), (&json!(20), &json!(604_800)));
    assert_eq!((&row["credit_balance"], &row["approx_local_messages"]), (&json!("9.99"), &json!([1, 2])));
    assert!(row["primary_reset_at"].is_string() && row["host_id"].is_null() && row["error"].is_null(), "{row}");
    assert_eq!(row["raw"]["rate_limit"]["primary_window"]["used_percent"], 20.25);
    for personal in ["olivia", "acct-1"] {
        assert!(!data.to_string().contains(personal), "{data}");
    }
    let windows: Vec<_> = data["windows"].as_array().unwrap().iter().map(|w| (&w["label"], &w["limit_name"], &w["used_percent"])).collect();
    let expected = [
        (json!("week"), json!(null), json!(20.25)),
        (json!("5 hours"), json!(null), json!(10.9)),
        (json!("day"), json!("spark"), json!(1.0)),
    ];
    assert_eq!(windows, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    assert_eq!((&data["cached"], &data["verdict"]["verdict"]), (&json!(false), &json!("allow")));
    let block = ask(&app, &key).await.data()["chatgpt_usage"].clone();
    assert_eq!((&block["status"], &block["rate_limit_reached"], &block["daily_used_percent"]), (&json!("ok"), &json!(false), &json!(0)));
    assert_eq!((&block["primary_window"]["used_percent"], &block["primary_window"]["limit_seconds"]), (&json!(10), &json!(18_000)));
    assert_eq!(block["secondary_window"]["reset_after_seconds"], 302_400, "from the absolute time, not what was said beside it");
    assert!(block["secondary_window"]["reset_at"].is_string() && block["next_eligible_at"].is_string(), "{block}");
    app.app.clock.advance(TimeDelta::seconds(400));
    assert_eq!(ask(&app, &key).await.data()["chatgpt_usage"]["secondary_window"]["reset_after_seconds"], 302_000, "it ages");
    let entries = app.owner("GET", "/admin/audit?action=chatgpt.usage", json!({})).await.data()["entries"].clone();
    assert_eq!(entries[0]["after"]["status"], "ok");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_scheduler_asks_when_it_is_time_and_reads_never_do(pool: MySqlPool) {
    let (openai, app, key) = ready(pool).await;
    ask(&app, &key).await.data();
    assert_eq!((shown(&app).await["snapshot"].clone(), asked(&openai)), (Value::Null, 0));

    assert_eq!((tend(&app).await, tend(&app).await, asked(&openai)), (Ok(1), Ok(0), 1));

    app.owner("GET", "/admin/chatgpt/usage?force=1", json!({})).await.data();
    ask(&app, &key).await.data();
    launch(&app, &key, "launch").await;
    assert_eq!(asked(&openai), 1, "nothing but the scheduler and an operator's refresh asks");
    app.app.clock.advance(TimeDelta::seconds(3599));
    assert_eq!(tend(&app).await, Ok(0));
    app.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!((tend(&app).await, asked(&openai)), (Ok(1), 2));
    app.owner("POST", "/admin/chatgpt/usage/refresh", json!({})).await.data();
    assert_eq!(asked(&openai), 3, "an operator need not wait");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_attempt_that_failed_never_hides_what_is_known(pool: MySqlPool) {
    let (openai, app, key) = ready(pool).await;
    says(&openai, usage(&app, 30.0, 40.0));
    assert_eq!(tend(&app).await, Ok(1));
    app.app.clock.advance(TimeDelta::hours(1));
    openai.fault(Fault::status("/backend-api/wham/usage", 503));

    assert!(tend(&app).await.unwrap_err().contains("HTTP 503"), "the job's error");

    let data = shown(&app).await;
    assert_eq!((&data["snapshot"]["status"], &data["snapshot"]["secondary_used_percent"]), (&json!("ok"), &json!(40)));
    assert_eq!((&data["last_attempt"]["status"], &data["last_attempt"]["error"]), (&json!("error"), &json!("HTTP 503")));
    let block = ask(&app, &key).await.data()["chatgpt_usage"].clone();
    assert_eq!((&block["status"], &block["secondary_window"]["used_percent"]), (&json!("ok"), &json!(40)));
    assert_eq!(tend(&app).await, Ok(0), "the cool-down holds after a failure too");
    app.app.clock.advance(TimeDelta::seconds(300));
    for (fault, why) in [
        (FaultKind::Garbage, "not JSON"),
        (FaultKind::DropConnection, ""),
        (FaultKind::Status { status: 302, body: json!({}) }, "HTTP 302"),
        (FaultKind::Status { status: 200, body: json!([1]) }, "not a JSON object"),
        (FaultKind::Status { status: 200, body: json!({ "x": "y".repeat(300_000) }) }, "longer than 262144 bytes"),
    ] {
        openai.fault(Fault::new("/backend-api/wham/usage", fault));
        let data = refresh(&app).await;
        assert_eq!(data["snapshot"]["status"], "error", "an attempt that was asked for is the answer: {data}");
        assert!(data["snapshot"]["error"].as_str().unwrap().contains(why) && data["windows"][0]["used_percent"] == 40.0, "{data}");
    }
    app.app.clock.advance(TimeDelta::hours(2));
    let block = ask(&app, &key).await.data()["chatgpt_usage"].clone();
    assert_eq!((&block["status"], &block["primary_window"]["used_percent"]), (&json!("error"), &Value::Null), "too old to say anything");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn without_a_login_a_refresh_says_why(pool: MySqlPool) {
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let app = server(pool, &openai).await;
    assert_eq!(tend(&app).await, Ok(0));
    let data = refresh(&app).await;
    assert_eq!((&data["snapshot"]["status"], &data["snapshot"]["error"]), (&json!("error"), &json!("Canonical auth.json not available")));
    app.seed(&json!({ "OPENAI_API_KEY": "sk-proj-abcdefghij0123456789", "last_refresh": crate::T1 })).await;
    let data = refresh(&app).await;
    assert!(data["snapshot"]["error"].as_str().unwrap().contains("missing"), "{data}");
    assert_eq!(asked(&openai), 0);
    let (key, _) = app.register("a.example").await;
    assert!(ask(&app, &key).await.data()["chatgpt_usage"]["fetched_at"].is_string());
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_launch_is_stopped_warned_or_let_through(pool: MySqlPool) {
    let (openai, app, key) = ready(pool).await;
    let vars = launch(&app, &key, "launch").await;
    assert!(has(&vars, "cdx_decision='allow'") && has(&vars, "cdx_reasons=''") && !vars.contains("cdx_bar"), "nothing is known: {vars}");
    says(&openai, usage(&app, 12.0, 91.5));
    refresh(&app).await;

    let vars = launch(&app, &key, "launch").await;
    assert!(
        has(&vars, "cdx_decision='allow'") && has(&vars, "cdx_reasons='week: 91.5 % used, the limit is 100 %, resets in 3 d 12 h'"),
        "{vars}"
    );
    assert!(has(&vars, "cdx_bar='91|week|resets in 3 d 12 h, used up before that at this pace'"), "{vars}");
    assert!(
        has(&vars, "cdx_bar='12|5 hours|resets in 1 h, about 15 % by then'")
            && has(&vars, "cdx_bar='1|spark: day|resets in 1 min, about 1 % by then'"),
        "{vars}"
    );

    says(&openai, usage(&app, 12.0, 100.0));
    refresh(&app).await;
    let stopped = launch(&app, &key, "launch").await;
    assert!(
        has(&stopped, "cdx_decision='deny'") && has(&stopped, "cdx_code='quota_exceeded'") && has(&stopped, "cdx_lease='0'"),
        "{stopped}"
    );
    assert!(has(&stopped, "cdx_reasons='week: 100 % used, the limit is 100 %, resets in 3 d 12 h'"), "{stopped}");
    for reason in ["sync", "cron", "push"] {
        let vars = launch(&app, &key, reason).await;
        assert!(has(&vars, "cdx_decision='allow'") && has(&vars, "cdx_lease='0'"), "{reason}: what runs no Codex goes on: {vars}");
    }
    assert!(has(&launch(&app, &key, "doctor").await, "cdx_code='quota_exceeded'"), "the doctor says so");

    app.owner("POST", "/admin/hosts/1/vip", json!({ "vip": true })).await.data();
    let vip = launch(&app, &key, "launch").await;
    assert!(has(&vip, "cdx_decision='allow'") && vip.contains("cdx_reasons='week: 100 %") && has(&vip, "cdx_lease='604800'"), "{vip}");
    let answer = ask(&app, &key).await.data();
    assert_eq!((&answer["quota_hard_fail"], &answer["versions"]["quota_hard_fail"]), (&json!(false), &json!(false)), "in both places");
    app.owner("POST", "/admin/hosts/1/vip", json!({ "vip": false })).await.data();
    let answer = ask(&app, &key).await.data();
    assert_eq!((&answer["quota_hard_fail"], &answer["versions"]["quota_hard_fail"]), (&json!(true), &json!(true)));

    app.owner("POST", "/admin/quota-mode", json!({ "hard_fail": false })).await.data();
    assert!(has(&launch(&app, &key, "launch").await, "cdx_decision='allow'"), "a soft policy warns");
    app.owner("POST", "/admin/quota-mode", json!({ "hard_fail": true })).await.data();
    assert!(has(&launch(&app, &key, "launch").await, "cdx_decision='deny'"));
    app.app.clock.advance(TimeDelta::seconds(302_400));
    let anew = launch(&app, &key, "launch").await;
    assert!(has(&anew, "cdx_decision='allow'") && has(&anew, "cdx_reasons=''"), "too old to stop anybody: {anew}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_window_that_started_anew_stops_nobody_before_the_next_snapshot(pool: MySqlPool) {
    let (openai, app, key) = ready(pool).await;
    says(&openai, usage(&app, 100.0, 20.0));
    refresh(&app).await;
    assert!(has(&launch(&app, &key, "launch").await, "cdx_code='quota_exceeded'"));

    app.app.clock.advance(TimeDelta::seconds(3600));

    let vars = launch(&app, &key, "launch").await;
    assert!(has(&vars, "cdx_decision='allow'") && has(&vars, "cdx_bar='0|5 hours|has started anew'"), "{vars}");
    let block = ask(&app, &key).await.data()["chatgpt_usage"].clone();
    assert_eq!(block["primary_window"]["used_percent"], 0, "{block}");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_day_has_its_part_of_the_week(pool: MySqlPool) {
    let (openai, app, key) = ready(pool).await;
    let now = app.app.clock.now();
    let midnight = (now.date_naive() + chrono::Days::new(1)).and_hms_opt(0, 1, 0).unwrap().and_utc();
    app.app.clock.advance(midnight - now);
    says(&openai, usage(&app, 0.0, 30.0));
    refresh(&app).await;
    app.app.clock.advance(TimeDelta::hours(1));
    says(&openai, usage(&app, 0.0, 44.0));
    refresh(&app).await;
    assert_eq!(ask(&app, &key).await.data()["chatgpt_usage"]["daily_used_percent"], 14);
    assert!(has(&launch(&app, &key, "launch").await, "cdx_decision='allow'"), "the week is not divided");

    let mode = app.owner("POST", "/admin/quota-mode", json!({ "hard_fail": true, "week_partition": 7 })).await.data();

    assert_eq!(mode, json!({ "hard_fail": true, "limit_percent": 100, "week_partition": 7 }));
    let vars = launch(&app, &key, "launch").await;
    assert!(vars.contains("cdx_code='quota_exceeded'") && vars.contains("14 of 14 % used, resets in 22 h 59 min"), "{vars}");
    assert!(vars.contains("cdx_bar='100|today|14 of 14 % of the week"), "{vars}");
    let verdict = shown(&app).await["verdict"].clone();
    assert_eq!((&verdict["daily"]["allowance_percent"], &verdict["daily"]["used_percent"]), (&json!(14), &json!(14.0)));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn the_switches_follow_the_contract(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let mode = async |body: Value| app.owner("POST", "/admin/quota-mode", body).await;
    let first = app.owner("GET", "/admin/quota-mode", json!({})).await.data();
    assert_eq!(first, json!({ "hard_fail": true, "limit_percent": 100, "week_partition": 0 }));
    for (body, expected) in [
        (json!({ "hard_fail": "off", "limit_percent": 30, "week_partition": "5" }), (false, 50, 5)),
        (json!({ "hard_fail": 1 }), (true, 50, 5)),
        (json!({ "hard_fail": true, "limit_percent": "72.5", "week_partition": "off" }), (true, 73, 0)),
        (json!({ "hard_fail": true, "limit_percent": 1000, "week_partition": 7 }), (true, 100, 7)),
        (json!({ "hard_fail": true, "limit_percent": null }), (true, 100, 7)),
    ] {
        let expected = json!({ "hard_fail": expected.0, "limit_percent": expected.1, "week_partition": expected.2 });
        assert_eq!(mode(body.clone()).await.data(), expected, "{body}");
        assert_eq!(app.owner("GET", "/admin/quota-mode", json!({})).await.data(), expected);
    }
    for (body, field) in [
        (json!({}), "hard_fail"),
        (json!({ "hard_fail": "maybe" }), "hard_fail"),
        (json!({ "hard_fail": true, "limit_percent": "much" }), "limit_percent"),
        (json!({ "hard_fail": true, "week_partition": 6 }), "week_partition"),
    ] {
        let refused = mode(body.clone()).await.expect(422, "validation_failed");
        assert!(refused["errors"][field].is_array(), "{body}: {refused}");
    }
    assert_eq!(app.owner("GET", "/admin/cdx-silent", json!({})).await.data(), json!({ "silent": false }));
    assert_eq!(app.owner("POST", "/admin/cdx-silent", json!({ "silent": "yes" })).await.data(), json!({ "silent": true }));
    app.owner("POST", "/admin/cdx-silent", json!({})).await.expect(422, "validation_failed");
    let (key, _) = app.register("a.example").await;
    assert_eq!(ask(&app, &key).await.data()["cdx_silent"], true);
    let viewer = app.token("vera", Role::Viewer).await;
    app.call(&viewer, "POST", "/admin/quota-mode", json!({ "hard_fail": true })).await.expect(403, "role_required");
    for action in ["admin.quota_mode", "admin.cdx_silent"] {
        let entries = app.owner("GET", &format!("/admin/audit?action={action}"), json!({})).await.data()["entries"].clone();
        assert!(entries[0]["before"].is_object() && entries[0]["after"].is_object(), "{action}: {entries}");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn history_is_thinned_and_old_snapshots_go(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    // Every five minutes for 30 days, and one that is older than all.
    let sql = "INSERT INTO quota_snapshots (generation, is_good, fetched_at) \
               SELECT 1, 1, TIMESTAMP(?) - INTERVAL 5 * seq MINUTE FROM (SELECT a.n + 100 * b.n AS seq FROM \
               (SELECT t.n + 10 * u.n AS n FROM digits t, digits u) a, (SELECT t.n + 10 * u.n AS n FROM digits t, digits u) b) s WHERE seq < 8640";
    sqlx::query("CREATE TABLE digits (n INT)").execute(&app.app.db).await.unwrap();
    sqlx::query("INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)").execute(&app.app.db).await.unwrap();
    sqlx::query(sql).bind(noon()).execute(&app.app.db).await.unwrap();
    let sql =
        "INSERT INTO quota_windows (snapshot_id, position, limit_seconds, used_percent) SELECT id, 0, 604800, 12.5 FROM quota_snapshots";
    sqlx::query(sql).execute(&app.app.db).await.unwrap();
    let old =
        "INSERT INTO quota_snapshots (generation, is_good, fetched_at) VALUES (1, 1, ? - INTERVAL 401 DAY), (1, 0, ? - INTERVAL 399 DAY)";
    sqlx::query(old).bind(noon()).bind(noon()).execute(&app.app.db).await.unwrap();
    let history = async |query: &str| app.owner("GET", &format!("/admin/chatgpt/usage/history{query}"), json!({})).await;

    let month = history("?days=30").await.data();

    let points = month["points"].as_array().unwrap();
    assert!((900..=1001).contains(&points.len()), "{}", points.len());
    assert_eq!((&points[0]["secondary_used_percent"], &points[0]["primary_used_percent"]), (&json!(12), &Value::Null));
    assert_eq!((&points[0]["windows"][0]["label"], &points[0]["windows"][0]["used_percent"]), (&json!("week"), &json!(12.5)));
    assert!(points.windows(2).all(|pair| pair[0]["fetched_at"].as_str() < pair[1]["fetched_at"].as_str()), "oldest first");
    assert_eq!(history("").await.data()["days"], 60);
    assert_eq!(history("?days=999").await.data()["days"], 180);
    assert_eq!(history("?days=0").await.data()["days"], 1);
    history("?days=soon").await.expect(422, "validation_failed");
    assert_eq!(shared::quota::take::prune(&app.app).await.unwrap(), 1, "after 400 days");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn quota_costs_one_statement_after_a_new_snapshot(_: sqlx::mysql::MySqlPoolOptions, options: sqlx::mysql::MySqlConnectOptions) {
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let (openai, app, key) = ready(one).await;
    says(&openai, usage(&app, 10.0, 20.0));
    let used = async || {
        let before = statements(&app.app.db).await;
        ask(&app, &key).await.data();
        statements(&app.app.db).await - before - 1
    };
    ask(&app, &key).await.data();
    let (without, _) = (used().await, refresh(&app).await);

    let (first, second) = (used().await, used().await);

    assert_eq!((first - without, second), (2, without), "the host's row is read anew, and the snapshot; then neither");
    assert_eq!(app.instance().retrieve(&key, crate::ZERO, crate::NEVER).await.data()["chatgpt_usage"]["status"], "ok", "another instance");
    says(&openai, usage(&app, 77.0, 20.0));
    let other = app.instance();
    ask(&other, &key).await.data();
    refresh(&app).await;
    assert_eq!(ask(&other, &key).await.data()["chatgpt_usage"]["primary_window"]["used_percent"], 77, "every instance knows at once");
}
