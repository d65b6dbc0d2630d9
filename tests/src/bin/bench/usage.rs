//! How fast usage comes in, and how fast operators read what millions of rows add up to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use shared::App;
use shared::access::{Role, tokens};
use shared::audit::Actor;

use crate::report::Report;
use crate::server::Server;
use crate::{Done, median};

/// Entries that come in, and how many at once.
const ENTRIES: u32 = 100_000;
const BATCH: u32 = 100;
/// Connections that deliver.
const SENDERS: usize = 8;
/// Hosts with usage.
const HOSTS: u64 = 2_000;
/// Requests of each page.
const READS: usize = 30;

/// Measures both; `rows` rows of usage lie in the database for the second.
pub async fn measure(server: &Server, rows: u64, report: &mut Report) -> Done<()> {
    shared::usage::prices::pull::offline(&server.app).await?;
    let rate = ingest(server).await?;
    load(&server.app, rows).await?;
    report.section(
        "Usage",
        &format!(
            "Taken: {rate:.0} entries a second ({BATCH} a request, {SENDERS} connections). Read, {READS} times each, over {rows} rows of {HOSTS} hosts in 180 days:"
        ),
    );
    read(server, report).await
}

/// `POST /usage` over HTTP, many hosts at once.
async fn ingest(server: &Server) -> Done<f64> {
    let (client, before) = (server.client.clone(), events(&server.app).await?);
    let entry = |n: u32| json!({ "input": 1000 + n % 7, "cached": 400, "output": 70 + n % 5, "reasoning": 30, "total": 1070, "model": if n.is_multiple_of(3) { "gpt-5.1" } else { "gpt-5.2-codex" } });
    let body = Arc::new(json!({ "usages": (0..BATCH).map(entry).collect::<Vec<_>>() }));
    let (next, started) = (Arc::new(AtomicU32::new(0)), Instant::now());
    let senders = (0..SENDERS).map(|_| {
        let (client, body, next) = (client.clone(), body.clone(), next.clone());
        let url = format!("{}/usage", server.url);
        let keys: Vec<_> = server.members.iter().map(|member| member.key.clone()).collect();
        tokio::spawn(async move {
            while let turn = next.fetch_add(1, Ordering::Relaxed)
                && turn < ENTRIES / BATCH
            {
                let request = client.post(&url).header("x-api-key", &keys[turn as usize % keys.len()]).json(&*body);
                let answer: Value = request.send().await.and_then(reqwest::Response::error_for_status)?.json().await?;
                assert_eq!(answer["data"]["recorded"], BATCH, "{answer}");
            }
            Ok::<_, reqwest::Error>(())
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await??;
    }
    let seconds = started.elapsed().as_secs_f64();
    let events = events(&server.app).await?;
    assert_eq!(events - before, u64::from(ENTRIES), "every entry is in the sums");
    Ok(f64::from(ENTRIES) / seconds)
}

/// In the sums.
async fn events(app: &App) -> Done<u64> {
    let (events,) = sqlx::query_as("SELECT CAST(COALESCE(SUM(events), 0) AS UNSIGNED) FROM usage_days").fetch_one(&app.db).await?;
    Ok(events)
}

/// Rows and the sums they would have; numbers follow from the row's number.
async fn load(app: &App, rows: u64) -> Done<()> {
    let run = async |sql: String| sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&app.db).await.map(|_| ());
    for table in ["token_usages", "token_usage_ingests", "usage_rollups", "usage_days", "usage_hosts", "usage_users"] {
        run(format!("DELETE FROM {table}")).await?;
    }
    run(format!(
        "INSERT IGNORE INTO hosts (id, fqdn, created_at, updated_at) SELECT seq, CONCAT('load-', seq, '.example.com'), NOW(6), NOW(6) FROM seq_1001_to_{}",
        1_000 + HOSTS
    ))
    .await?;
    let at = |n: &str| format!("UTC_TIMESTAMP(6) - INTERVAL ({n} % 180) DAY");
    for chunk in 0..rows.div_ceil(250_000) {
        let (first, last) = (chunk * 250_000 + 1, ((chunk + 1) * 250_000).min(rows));
        run(format!(
            "INSERT INTO token_usages (host_id, ingest_id, model_id, price_id, user_name, total, input_tokens, cached_tokens, output_tokens, \
             reasoning_tokens, cost, created_at) SELECT 1001 + seq % {HOSTS}, 1, 1 + seq % 2, 1, 'me', 1070, 1000, 400, 70, 30, 0.002, {} FROM seq_{first}_to_{last}",
            at("(seq DIV 2000)")
        ))
        .await?;
    }
    let sums = "COUNT(*), 0, SUM(total), SUM(input_tokens), SUM(cached_tokens), SUM(output_tokens), SUM(reasoning_tokens), SUM(cost), 0, 0";
    run(format!("INSERT INTO usage_rollups SELECT host_id, DATE(created_at), model_id, {sums} FROM token_usages GROUP BY 1, 2, 3")).await?;
    let sums = "SUM(events), 0, SUM(total), SUM(input_tokens), SUM(cached_tokens), SUM(output_tokens), SUM(reasoning_tokens), SUM(input_cost), 0, 0";
    run(format!("INSERT INTO usage_days SELECT day, model_id, host_id % 8, {sums} FROM usage_rollups GROUP BY 1, 2, 3")).await?;
    run(format!("INSERT INTO usage_hosts SELECT host_id, {sums} FROM usage_rollups GROUP BY 1")).await?;
    run(format!("INSERT INTO usage_users SELECT day, host_id, 'me', {sums} FROM usage_rollups GROUP BY 1, 2")).await?;
    run("ANALYZE TABLE token_usages, usage_rollups, usage_days, usage_hosts, usage_users".to_owned()).await?;
    Ok(())
}

async fn read(server: &Server, report: &mut Report) -> Done<()> {
    let token = tokens::mint(&server.app, &Actor::system("bench"), "bench", Role::Viewer, None).await?.1;
    report.columns(&["page", "p50 ms", "max ms"]);
    for path in [
        "/admin/overview",
        "/admin/usage/cost-history?days=180",
        "/admin/usage/cost-history?days=180&host_id=1001",
        "/admin/usage",
        "/admin/usage?host_id=1500&model=gpt-5.1",
        "/admin/usage/sums?by=host&limit=100",
        "/admin/usage/sums?by=model",
        "/admin/usage/sums?by=day",
        "/admin/usage/sums?by=user",
        "/admin/hosts?limit=100",
    ] {
        let mut times = Vec::new();
        for _ in 0..READS {
            let started = Instant::now();
            let answer = server.client.get(format!("{}{path}", server.url)).bearer_auth(&token).send().await?.error_for_status()?;
            answer.bytes().await?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        let most = times.iter().copied().fold(0.0, f64::max);
        report.row(&[path.to_owned(), format!("{:.1}", median(times)), format!("{most:.1}")]);
    }
    Ok(())
}
