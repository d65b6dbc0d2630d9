//! How long pages and launches take with nobody else there, and how much the database holds.

use std::time::Duration;

use serde_json::Value;

use super::check::Check;
use super::fleet::Fleet;
use super::http::{Answer, Request, ask};
use super::week::PAGES;
use crate::wire::{FORM, Told};

/// The bar of DESIGN section 6 for the overview; it holds for every page here.
const PAGE_MS: f64 = 50.0;
/// A launch has 60 ms over plain Codex for everything; what the server takes of it is to be a fraction, also in the worst hundredth.
const SYNC_MS: f64 = 30.0;
/// What one host and one row of usage may take in the database. Most of a host are the lists of files of the last eight homes that the
/// server remembers, each with its sealed configuration.
const HOST_BYTES: u64 = 48 * 1024;
const ROW_BYTES: u64 = 1536;
/// Requests of each page, and launches where there are as many hosts.
const PAGES_EACH: usize = 20;
const LAUNCHES: usize = 500;

/// Times of one thing, in milliseconds, with an empty fleet and with a full one.
#[derive(Clone, Debug)]
pub struct Time {
    /// What.
    pub name: &'static str,
    /// The median.
    pub p50: f64,
    /// 99 of 100 are faster.
    pub p99: f64,
}

/// What the database holds.
#[derive(Clone, Debug, Default)]
pub struct Size {
    /// All of it, in bytes.
    pub all: u64,
    /// Rows of usage.
    pub rows: u64,
    /// Bytes of what belongs to a host, by host.
    pub host: u64,
    /// Bytes of usage, deliveries and sums, by row of usage.
    pub row: u64,
    /// The tables that are biggest, in bytes.
    pub tables: Vec<(String, u64)>,
    /// Deadlocks that the database has broken; the server has to try again.
    pub deadlocks: u64,
}

/// What an operator's pages and a launch with nothing to change take now.
pub async fn times(fleet: &Fleet) -> Vec<Time> {
    let mut all = Vec::new();
    for (name, path) in PAGES {
        let mut times = Vec::new();
        for number in 0..PAGES_EACH {
            let answer = fleet.world.owner(number as u64, "GET", path, &Value::Null).await.unwrap();
            times.push(good(path, &answer));
        }
        all.push(time(name, times));
    }
    let mut launches = Vec::new();
    for number in 0..LAUNCHES.min(fleet.hosts.len()) {
        let mut host = fleet.hosts[number * 7 % fleet.hosts.len()].lock().await;
        // The first one brings the host up to date.
        let body = host.body("launch", &"0".repeat(32), &fleet.world.installation);
        let key = host.key.clone();
        let request = Request { method: "POST", path: "/sync", header: Some(("X-API-Key", &key)), content_type: FORM, body };
        let answer = ask(fleet.world.server(number as u64), host.address, &request).await.unwrap();
        good("/sync", &answer);
        host.apply(&Told::read(&answer.body).expect("a tar"));
        let body = host.body("launch", &"1".repeat(32), &fleet.world.installation);
        let answer = ask(fleet.world.server(number as u64 + 1), host.address, &Request { body, ..request }).await.unwrap();
        launches.push(good("/sync", &answer));
    }
    all.push(time("/sync, nothing to change", launches));
    all
}

fn good(path: &str, answer: &Answer) -> Duration {
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    answer.took
}

fn time(name: &'static str, mut times: Vec<Duration>) -> Time {
    times.sort();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    Time { name, p50: at(50), p99: at(99) }
}

/// Asks the database what it holds.
pub async fn size(fleet: &Fleet) -> Size {
    let pool = &fleet.world.pool;
    let usage = ["token_usages", "token_usage_ingests", "usage_rollups", "usage_days", "usage_hosts", "usage_users", "usage_sessions"];
    let hosts = ["hosts", "host_keys", "host_users", "host_homes", "auth_handles", "auth_exposures", "artifact_pins"];
    let names = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(pool).await.unwrap();
    let analyze = format!("ANALYZE TABLE {}", names.join(", "));
    sqlx::query(sqlx::AssertSqlSafe(analyze)).execute(pool).await.unwrap();
    let sizes = "SELECT TABLE_NAME, CAST(DATA_LENGTH + INDEX_LENGTH AS UNSIGNED) FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = DATABASE() ORDER BY 2 DESC";
    let sizes: Vec<(String, u64)> = sqlx::query_as(sizes).fetch_all(pool).await.unwrap();
    let of = |wanted: &[&str]| sizes.iter().filter(|(name, _)| wanted.contains(&name.as_str())).map(|(_, size)| size).sum::<u64>();
    let rows = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM token_usages").fetch_one(pool).await.unwrap().unsigned_abs();
    let deadlocks: (String, String) = sqlx::query_as("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'").fetch_one(pool).await.unwrap();
    Size {
        all: sizes.iter().map(|(_, size)| size).sum(),
        rows,
        host: of(&hosts) / fleet.hosts.len() as u64,
        row: of(&usage) / rows.max(1),
        tables: sizes.into_iter().take(6).collect(),
        deadlocks: deadlocks.1.parse().unwrap_or(0),
    }
}

/// The bars, for a fleet that is big enough for sizes to mean something.
pub fn bars(times: &[Time], size: &Size) -> Vec<Check> {
    let slow = |bar: f64, is_sync: bool, of: fn(&Time) -> f64| {
        let all = times.iter().filter(|time| time.name.starts_with("/sync") == is_sync);
        let slowest = all.max_by(|a, b| of(a).total_cmp(&of(b))).expect("something was measured");
        (of(slowest) <= bar, format!("slowest: {}, {:.1} ms", slowest.name, of(slowest)))
    };
    let (pages, page) = slow(PAGE_MS, false, |time| time.p50);
    let (syncs, sync) = slow(SYNC_MS, true, |time| time.p99);
    vec![
        Check::timed("each page of the dashboard takes at most 50 ms (median)", pages, page),
        Check::timed("a launch with nothing to change takes at most 30 ms of the server (p99)", syncs, sync),
        Check::new("a host takes at most 48 KiB of the database", size.host <= HOST_BYTES, format!("{} bytes", size.host)),
        Check::new(
            "a row of usage takes at most 1.5 KiB, with its delivery and sums",
            size.row <= ROW_BYTES,
            format!("{} bytes", size.row),
        ),
    ]
}
