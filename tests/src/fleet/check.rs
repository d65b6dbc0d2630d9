//! What must be true of a fleet after its week: each promise with what was counted.

use std::collections::HashMap;

use serde_json::Value;

use super::fleet::Fleet;
use super::ledger::Ledger;
use super::usage::Row;
use super::world::World;

/// One promise.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it says.
    pub name: &'static str,
    /// What was counted.
    pub found: String,
    /// Whether it was held.
    pub holds: bool,
    /// It is a bar of times, which a busy machine misses.
    pub timed: bool,
}

impl Check {
    pub(super) fn new(name: &'static str, holds: bool, found: String) -> Self {
        Self { name, found, holds, timed: false }
    }

    pub(super) fn timed(name: &'static str, holds: bool, found: String) -> Self {
        Self { timed: true, ..Self::new(name, holds, found) }
    }
}

/// Looks at everything. The fleet has to be at rest.
pub async fn all(fleet: &Fleet) -> Vec<Check> {
    let world = &fleet.world;
    let mut checks = vec![usage(fleet).await, sums(world).await, pushes(fleet).await, texts(fleet).await];
    checks.extend(logins(fleet).await);
    checks.extend(refreshes(world).await);
    checks.extend(answers(&fleet.ledger()));
    let audit = world.admin("GET", "/admin/audit/verify", &Value::Null).await;
    let found =
        format!("{} entries{}", audit["entries"], if audit["broken"].is_null() { String::new() } else { format!(", {}", audit["broken"]) });
    checks.push(Check::new("the audit's chain is intact", audit["intact"] == true, found));
    let errors = world.errors();
    let first = errors.first().map(|line| format!(": {line}")).unwrap_or_default();
    checks.push(Check::new("no error in a server's log", errors.is_empty(), format!("{}{first}", errors.len())));
    checks
}

/// Every answer of a model that the server acknowledged is one row, and there are no others.
async fn usage(fleet: &Fleet) -> Check {
    let rows: Vec<(u64, Option<i64>, u64, u64, u64, u64)> =
        sqlx::query_as("SELECT host_id, file_at_ms, input_tokens, cached_tokens, output_tokens, reasoning_tokens FROM token_usages")
            .fetch_all(&fleet.world.pool)
            .await
            .unwrap();
    let mut stored: HashMap<(u64, Row), u32> = HashMap::new();
    for (host, at, input, cached, output, reasoning) in &rows {
        *stored.entry((*host, (at.unwrap_or(0), [*input, *cached, *output, *reasoning]))).or_default() += 1;
    }
    let ledger = fleet.ledger();
    let (mut lost, mut surplus) = (0, 0);
    for (row, count) in &ledger.usage {
        lost += count.saturating_sub(stored.get(row).copied().unwrap_or(0));
    }
    for (row, count) in &stored {
        let of = |rows: &HashMap<(u64, Row), u32>| rows.get(row).copied().unwrap_or(0);
        surplus += count.saturating_sub(of(&ledger.usage) + of(&ledger.doubtful));
    }
    let acknowledged: u32 = ledger.usage.values().sum();
    let found = format!(
        "{acknowledged} acknowledged, {} stored, {lost} lost, {surplus} too many; {} bodies were sent twice",
        rows.len(),
        ledger.repeats
    );
    Check::new("each model answer that was acknowledged is stored exactly once", lost == 0 && surplus == 0 && acknowledged > 0, found)
}

/// The sums that pages read are what their rows add up to.
async fn sums(world: &World) -> Check {
    let one = async |columns: [&str; 5], table: &str| -> String {
        let sums = columns.map(|column| format!("SUM({column})")).join(", ");
        let sql = format!("SELECT CONCAT_WS(' ', {sums}) FROM {table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.pool).await.unwrap()
    };
    let all = one(["1", "input_tokens", "cached_tokens", "output_tokens", "cost"], "token_usages").await;
    let mut wrong = Vec::new();
    for table in ["usage_rollups", "usage_days", "usage_hosts", "usage_users"] {
        let sum = one(["events", "input_tokens", "cached_tokens", "output_tokens", "input_cost + cached_cost + output_cost"], table).await;
        if sum != all {
            wrong.push(format!("{table} has {sum}, the rows {all}"));
        }
    }
    let found = if wrong.is_empty() { format!("in 4 tables: {all} (rows, input, cached, output, cost)") } else { wrong.join("; ") };
    Check::new("the sums of usage are those of the rows", wrong.is_empty(), found)
}

async fn pushes(fleet: &Fleet) -> Check {
    let sql = "SELECT p.host_id, p.path, p.sha256, b.sha256 IS NOT NULL FROM artifact_pushes p LEFT JOIN artifact_bodies b ON b.sha256 = p.sha256";
    let rows: Vec<(u64, String, String, bool)> = sqlx::query_as(sql).fetch_all(&fleet.world.pool).await.unwrap();
    let ledger = fleet.ledger();
    let times = |push: &(u64, String, String)| {
        rows.iter().filter(|(host, path, sha, body)| *body && (*host, path, sha) == (push.0, &push.1, &push.2)).count()
    };
    let wrong = ledger.pushes.iter().filter(|push| times(push) != 1).count();
    let holds = wrong == 0 && rows.len() == ledger.pushes.len();
    Check::new(
        "each pushed file is kept exactly once, with its text",
        holds,
        format!("{} acknowledged, {} stored, {wrong} wrong", ledger.pushes.len(), rows.len()),
    )
}

async fn texts(fleet: &Fleet) -> Check {
    let rows: Vec<(String, u64)> =
        sqlx::query_as("SELECT sha256, CAST(COUNT(*) AS UNSIGNED) FROM artifact_versions WHERE retired = 0 GROUP BY sha256")
            .fetch_all(&fleet.world.pool)
            .await
            .unwrap();
    let stored: HashMap<_, _> = rows.into_iter().collect();
    let ledger = fleet.ledger();
    let wrong = ledger.texts.iter().filter(|sha| stored.get(*sha) != Some(&1)).count();
    Check::new("each text an operator stored is one version", wrong == 0, format!("{} stored, {wrong} wrong", ledger.texts.len()))
}

/// Logins of hosts, and how all logins follow each other.
async fn logins(fleet: &Fleet) -> [Check; 2] {
    let sql = "SELECT generation, source, source_host_id FROM auth_generations ORDER BY generation";
    let rows: Vec<(u64, String, Option<u64>)> = sqlx::query_as(sql).fetch_all(&fleet.world.pool).await.unwrap();
    let (current,): (u64,) = sqlx::query_as("SELECT auth_generation FROM fleet").fetch_one(&fleet.world.pool).await.unwrap();
    let ledger = fleet.ledger();
    let of = |host: u64| rows.iter().filter(|(_, source, from)| source == "host" && *from == Some(host)).count();
    let wrong = ledger.logins.iter().filter(|(host, count)| of(**host) != **count as usize).count();
    let (pushed, accepted) = (rows.iter().filter(|(_, source, _)| source == "host").count(), ledger.logins.values().sum::<u32>());
    let pushed = Check::new(
        "each login of a host that was accepted is one generation",
        wrong == 0 && pushed == accepted as usize,
        format!("{accepted} accepted, {pushed} stored"),
    );
    let gapless = rows.iter().zip(1..).all(|((generation, ..), expected)| *generation == expected);
    let row = Check::new(
        "generations follow each other without a gap, and the last is the fleet's",
        gapless && current == rows.len() as u64,
        format!("{} generations", rows.len()),
    );
    [pushed, row]
}

/// `OpenAI`'s side of the refreshes and ours agree.
async fn refreshes(world: &World) -> [Check; 2] {
    let count = async |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(&world.pool).await.unwrap();
    let refreshed = count("SELECT COUNT(*) FROM auth_generations WHERE source = 'refresh'").await;
    let unsettled = count("SELECT COUNT(*) FROM auth_spends WHERE outcome IS NULL OR outcome NOT IN ('promoted', 'superseded')").await;
    let superseded = count("SELECT COUNT(*) FROM auth_spends WHERE outcome = 'superseded'").await;
    let (oauth, presented) = world.openai.with(|state| {
        let presented = state.families.refresh_tokens.values().map(|token| token.presented).max().unwrap_or(0);
        (state.oauth.clone(), presented)
    });
    let once = i64::from(oauth.exchanges) == refreshed + superseded && presented <= 1;
    let calm = (oauth.reuse_errors, oauth.refused, oauth.revokes) == (0, 0, 0) && unsettled == 0;
    [
        Check::new(
            "one refresh a generation, and no refresh token shown twice",
            once && oauth.exchanges > 0,
            format!(
                "{} exchanges at OpenAI, {refreshed} generations made by them, {superseded} overtaken by a login; one token shown at most {presented} times",
                oauth.exchanges
            ),
        ),
        Check::new(
            "no refresh was refused, lost or left open",
            calm,
            format!("{} reused, {} refused, {unsettled} open", oauth.reuse_errors, oauth.refused),
        ),
    ]
}

fn answers(ledger: &Ledger) -> Vec<Check> {
    let of =
        |statuses: fn(u16) -> bool| ledger.statuses.iter().filter(|(status, _)| statuses(**status)).map(|(_, count)| count).sum::<u64>();
    let (limited, failed, refused) = (of(|status| status == 429), of(|status| status >= 500), of(|status| status != 429 && status < 500));
    let none = |name, count: u64| Check::new(name, count == 0, format!("{count} of {} calls", ledger.count()));
    vec![
        none("no honest host met a rate limit (429)", limited),
        Check::new(
            "no failure of a server (5xx)",
            failed == 0,
            format!("{failed} of {} calls; {} exchanges were told to come back while another refreshed", ledger.count(), ledger.not_now),
        ),
        none("no other refusal", refused),
        none("every call was answered", ledger.unanswered),
        Check::timed(
            "999 of 1,000 calls were answered within the 5 s that cdx waits",
            ledger.slow() * 1000 <= ledger.count(),
            format!("{} of {} calls took longer", ledger.slow(), ledger.count()),
        ),
        none("no real refresh token in an answer", ledger.real_tokens),
    ]
}
