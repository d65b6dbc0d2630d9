//! Searching 100,000 memories, spread over many hosts and all of one.

use std::time::Instant;

use chrono::TimeDelta;
use e2e::simulation::random::Random;
use serde_json::json;
use shared::App;
use shared::memories::input::Search;
use shared::memories::{Scope, find, words};
use sqlx::QueryBuilder;

use crate::report::Report;
use crate::{Done, median};

const MEMORIES: u64 = 100_000;
/// Rows a statement.
const STEP: u64 = 500;
const SEARCHES: usize = 300;
const SEED: u64 = 7;
/// Different words in all texts together.
const WORDS: f64 = 30_000.0;

/// What people use most, in that order; the words after them are made up.
const COMMON: &str = "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which \
                      one you were all her she there would their we him been has when who will no more if out so";

/// A word of rank r is used about 1/r times as often as the first, as in any language.
fn word(random: &mut Random) -> String {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is small")]
    let rank = WORDS.powf(random.between(0, 1_000_000) as f64 / 1_000_000.0) as usize - 1;
    COMMON.split_whitespace().nth(rank).map_or_else(|| format!("word{rank}"), str::to_owned)
}

fn text(random: &mut Random) -> String {
    let length = random.between(15, 50);
    (0..length).map(|_| word(random)).collect::<Vec<_>>().join(" ")
}

/// Fills and measures both ways. The rows are written as the server would, only many at once.
pub async fn measure(app: &App, report: &mut Report) -> Done<()> {
    report.section("Searches", "Of 100,000 memories, 300 each, inside the server.");
    report.columns(&["memories", "p50 ms", "p95 ms", "p99 ms", "max ms", "found"]);
    for (name, hosts, first) in [("of 100 hosts, 1,000 each", 100, 1000), ("of one host", 1, 5000)] {
        fill(app, hosts, first).await?;
        search(app, report, name, first, &[]).await?;
        search(app, report, &format!("{name}, by a tag"), first, &["t0".to_owned()]).await?;
        recent(app, report, name, first).await?;
    }
    Ok(())
}

async fn fill(app: &App, hosts: u64, first: u64) -> Done<()> {
    let (mut random, now) = (Random(SEED), app.clock.now());
    let mut conn = app.db.acquire().await?;
    let (start,): (u64,) = sqlx::query_as("SELECT CAST(COALESCE(MAX(id), 0) AS UNSIGNED) FROM memories").fetch_one(&mut *conn).await?;
    for step in 0..MEMORIES / STEP {
        let rows: Vec<_> = (step * STEP..(step + 1) * STEP)
            .map(|number| (number, Scope::Host(first + number % hosts), text(&mut random), vec![format!("t{}", number % 50)]))
            .collect();
        let mut memories = QueryBuilder::new(
            "INSERT INTO memories (id, scope, memory_id, memory_key, version, content, tags, author, created_at, updated_at) ",
        );
        memories.push_values(&rows, |mut row, (number, scope, text, tags)| {
            let id = format!("m{number}");
            let at = now - TimeDelta::seconds(i64::try_from(MEMORIES - number).unwrap_or_default());
            row.push_bind(start + 1 + number).push_bind(scope.text()).push_bind(id.clone()).push_bind(id).push_bind(1);
            row.push_bind(text).push_bind(json!(tags).to_string()).push_bind("bench").push_bind(at).push_bind(at);
        });
        memories.build().execute(&mut *conn).await?;
        let indexed: Vec<_> = rows
            .iter()
            .flat_map(|(number, scope, text, tags)| {
                words::index(text, tags).into_iter().map(move |word| (start + 1 + number, scope.text(), word))
            })
            .collect();
        for indexed in indexed.chunks(10_000) {
            let mut index = QueryBuilder::new("INSERT INTO memory_words (memory_id, scope, word) ");
            index.push_values(indexed, |mut row, (memory, scope, word)| {
                row.push_bind(memory).push_bind(scope).push_bind(word);
            });
            index.build().execute(&mut *conn).await?;
        }
    }
    Ok(())
}

async fn search(app: &App, report: &mut Report, name: &str, host: u64, tags: &[String]) -> Done<()> {
    let mut random = Random(SEED + 1);
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..SEARCHES {
        let query = (0..random.between(1, 4)).map(|_| word(&mut random)).collect::<Vec<_>>().join(" ");
        let began = Instant::now();
        let result = find::search(app, &[Scope::Host(host)], Search { query, limit: 20, tags: tags.to_vec() }).await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        found += usize::from(result.count > 0);
    }
    row(report, name, times, &format!("{found} of {SEARCHES}"));
    Ok(())
}

async fn recent(app: &App, report: &mut Report, name: &str, host: u64) -> Done<()> {
    let mut times = Vec::new();
    for _ in 0..SEARCHES {
        let began = Instant::now();
        find::search(app, &[Scope::Host(host)], Search { query: String::new(), limit: 20, tags: Vec::new() }).await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    row(report, &format!("{name}, the newest"), times, "");
    Ok(())
}

fn row(report: &mut Report, name: &str, mut times: Vec<f64>, found: &str) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| format!("{:.1}", times[(times.len() * part / 100).min(times.len() - 1)]);
    report.row(&[name.to_owned(), format!("{:.1}", median(times.clone())), at(95), at(99), at(100), found.to_owned()]);
}
