//! What hosts used: rows and deliveries, each counted once.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::audit::Change;
use shared::hosts::Host;
use shared::hosts::archive::Reason;
use shared::hosts::fqdn::Fqdn;
use shared::hosts::import::{self as hosts, Facts};
use shared::usage::import::{self, Delivery, Foreign};
use shared::usage::{Entry, entry, money};
use shared::{AppError, AppResult};

use super::ImportError;
use super::prices::{Book, PRICES};
use super::report::Kind;
use super::row::Row;
use super::source::{PAGE, Table};
use super::step::{Step, why};

#[rustfmt::skip]
const ROWS: Table = Table { name: "token_usages", columns: &[
    "id", "host_id", "ingest_id", "total", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost", "model", "line", "created_at",
] };

const INGESTS: Table = Table { name: "token_usage_ingests", columns: &["id", "host_id", "client_ip", "created_at"] };

/// Whose usage is that of hosts which the old server has forgotten. `.invalid` is nobody's.
pub const FORGOTTEN: &str = "deleted-hosts.invalid";

/// The audit's word for a page; it says up to which row the old server's usage is here.
const ACTION: &str = "import.usage";

/// One row as it comes.
#[derive(Debug, PartialEq)]
struct Counted {
    entry: Entry,
    cost: Option<Decimal>,
    at: DateTime<Utc>,
}

/// What is kept from page to page.
struct Usage {
    kind: Kind,
    book: Book,
    /// Rows of prices that are here by now.
    prices: HashMap<(String, String), u64>,
    /// Hosts here, by their ids there; those that are not kept share one.
    hosts: HashMap<Option<u64>, Host>,
    forgotten: u64,
}

/// Brings the rows after the last that came, a page a transaction: stopped anywhere, it goes on there.
pub async fn bring(step: &mut Step<'_>) -> Result<(), ImportError> {
    let all = step.old.count(ROWS.name).await.map_err(ImportError::Old)?;
    let book = Book::read(&step.old.all(PRICES, "id").await.map_err(ImportError::Old)?, &step.env);
    let done = step.earlier(ACTION).await?.and_then(|after| after["last_row"].as_u64()).unwrap_or(0);
    let mut usage = Usage { kind: Kind::of(all), book, prices: HashMap::new(), hosts: HashMap::new(), forgotten: 0 };
    let (mut after, mut seen) = (done, 0);
    loop {
        let mut rows = step.old.page(ROWS, after).await.map_err(ImportError::Old)?;
        whole_deliveries(&mut rows);
        let Some(last) = rows.last() else { break };
        after = last.id();
        page(step, &mut usage, &rows).await?;
        seen += rows.len() as u64;
        Step::progress("usage", seen, all);
    }
    usage.kind.here = all - seen.min(all);
    if usage.forgotten > 0 {
        step.report.note(format!(
            "{} usage rows are of hosts that are not there any more: they count for {FORGOTTEN}, which is archived",
            usage.forgotten
        ));
    }
    step.report.note(format!("usage keeps what it cost there ({} prices): prices here count for what comes from now on", usage.book.len()));
    step.report.add("usage rows", usage.kind);
    Ok(())
}

/// A full page may end within a delivery: its rows wait for the next page.
fn whole_deliveries(rows: &mut Vec<Row>) {
    if rows.len() < PAGE {
        return;
    }
    let last = rows.last().and_then(|row| row.number("ingest_id"));
    let first = rows.iter().rposition(|row| row.number("ingest_id") != last).map_or(0, |at| at + 1);
    if last.is_some() && first > 0 {
        rows.truncate(first);
    }
}

/// Rows that came together are one delivery; those without one are one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Ingest(u64),
    Row(u64),
}

/// Whose rows: a host of the old server that is kept, and what they came with.
type Source = (Option<u64>, Of);

async fn page(step: &mut Step<'_>, usage: &mut Usage, rows: &[Row]) -> Result<(), ImportError> {
    let ids = || rows.iter().filter_map(|row| row.number("ingest_id"));
    let ingests = match ids().min().zip(ids().max()) {
        Some((from, to)) => step.old.between(INGESTS, from, to).await.map_err(ImportError::Old)?,
        None => Vec::new(),
    };
    let ingests: HashMap<u64, Row> = ingests.into_iter().map(|row| (row.id(), row)).collect();
    let mut groups: BTreeMap<Source, Vec<Counted>> = BTreeMap::new();
    for row in rows {
        let ingest = row.number("ingest_id").and_then(|id| ingests.get(&id));
        match count(row, ingest, step.now) {
            Ok(counted) => {
                usage.kind.new += 1;
                let host = row.number("host_id").or_else(|| ingest?.number("host_id")).filter(|id| step.hosts.contains_key(id));
                groups.entry((host, row.number("ingest_id").map_or(Of::Row(row.id()), Of::Ingest))).or_default().push(counted);
            }
            Err(why) => usage.kind.lose("rows", why),
        }
    }
    let address = |of: Of| if let Of::Ingest(id) = of { ingests.get(&id)?.text("client_ip")?.parse().ok() } else { None };
    let groups: Vec<_> = groups.into_iter().map(|((host, of), counted)| (host, address(of), counted)).collect();
    usage.forgotten += groups.iter().filter(|(host, ..)| host.is_none()).map(|(_, _, counted)| counted.len() as u64).sum::<u64>();
    if step.apply {
        write(step, usage, groups, rows.last().map_or(0, Row::id)).await?;
    }
    Ok(())
}

/// Of whom, from where, what.
type Group = (Option<u64>, Option<IpAddr>, Vec<Counted>);

async fn write(step: &Step<'_>, usage: &mut Usage, groups: Vec<Group>, last_row: u64) -> AppResult<()> {
    let mut change = step.change().await?;
    for (host, ..) in &groups {
        if !usage.hosts.contains_key(host) {
            let known = match host.and_then(|id| step.hosts.get(&id)).and_then(|kept| kept.host.clone()) {
                Some(host) => host,
                None => forgotten(step, &mut change).await?,
            };
            usage.hosts.insert(*host, known);
        }
    }
    let rows: usize = groups.iter().map(|(_, _, counted)| counted.len()).sum();
    let mut ready = Vec::with_capacity(groups.len());
    for (host, address, counted) in groups {
        let at = counted.iter().map(|one| one.at).max().unwrap_or(step.now);
        let mut rows = Vec::with_capacity(counted.len());
        for one in counted {
            rows.push(costed(&mut change, &usage.book, &mut usage.prices, one).await?);
        }
        ready.push((host, address, at, rows));
    }
    let deliveries = ready.into_iter().map(|(host, address, at, rows)| Delivery { host: &usage.hosts[&host], address, at, rows });
    import::deliveries(step.app, &mut change, deliveries.collect()).await?;
    change.record(ACTION, &step.source, (), json!({ "rows": rows, "last_row": last_row }));
    change.commit().await
}

async fn costed(change: &mut Change, book: &Book, known: &mut HashMap<(String, String), u64>, one: Counted) -> AppResult<Foreign> {
    let Counted { entry, cost, at } = one;
    let Some(cost) = cost else { return Ok(Foreign { entry, cost: None, at }) };
    let (model, rates, since) = book.at(entry.model.as_deref(), at);
    let key = (model.to_owned(), format!("{rates:?}"));
    let price = match known.get(&key) {
        Some(id) => *id,
        None => import::price(change, since, model, rates).await?,
    };
    known.insert(key, price);
    let cost = import::split(cost, &entry.tokens, rates);
    Ok(Foreign { entry, cost: Some((price, cost)), at })
}

/// The host that stands for those nobody knows any more.
async fn forgotten(step: &Step<'_>, change: &mut Change) -> AppResult<Host> {
    let fqdn = Fqdn::parse(FORGOTTEN).map_err(AppError::internal)?;
    if let Some(here) = hosts::find(change, &fqdn, &step.app.config.keyring).await? {
        return Ok(here.host);
    }
    let facts = Facts { is_gone: Some(Reason::Deleted), ..Facts::of_nothing(step.now) };
    change.record("import.host", FORGOTTEN, (), json!({ "from": step.source, "stands_for": "hosts that the old server deleted" }));
    hosts::add(change, step.now, &fqdn, &facts, None, &step.app.config.keyring).await
}

/// Reads a row by the rules that hosts' own deliveries are read by.
fn count(row: &Row, ingest: Option<&Row>, now: DateTime<Utc>) -> Result<Counted, String> {
    let text = |column: &str| row.text(column).map_or(Value::Null, Value::from);
    let body = json!({ "usages": [{
        "line": text("line"), "total": text("total"), "input": text("input_tokens"), "output": text("output_tokens"),
        "cached": text("cached_tokens"), "reasoning": text("reasoning_tokens"), "model": text("model"),
    }] });
    let entries = entry::parse(&body).map_err(|fields| why(&AppError::Invalid(fields)).replace("usages.0", "it"))?;
    let at = row.time("created_at").or_else(|| ingest?.time("created_at")).ok_or("they have no time")?;
    let cost = row.text("cost").and_then(money::parse).filter(|cost| !cost.is_sign_negative());
    let entry = entries.into_iter().next().ok_or("they say nothing")?;
    Ok(Counted { entry, cost, at: at.min(now) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::tests::row;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_row_is_read_as_a_delivery_is() {
        let full = row([
            ("total", "1000"),
            ("input_tokens", "600"),
            ("output_tokens", "400"),
            ("cached_tokens", "50"),
            ("cost", "0.004756"),
            ("model", "gpt-5.1"),
            ("line", "\u{1b}[1mToken usage: total=1,000"),
            ("created_at", "2026-01-08T09:00:00+00:00"),
        ]);
        let one = count(&full, None, now()).unwrap();
        assert_eq!((one.entry.tokens.total, one.entry.tokens.input, one.entry.tokens.reasoning), (Some(1000), Some(600), None));
        assert_eq!((one.entry.line.as_deref(), one.cost.unwrap().to_string()), (Some("Token usage: total=1,000"), "0.004756".to_owned()));
        assert_eq!(one.at.to_rfc3339(), "2026-01-08T09:00:00+00:00");
        let ingest = row([("created_at", "2099-01-08T09:00:00Z")]);
        let bare = count(&row([("input_tokens", "1")]), Some(&ingest), now()).unwrap();
        assert_eq!((bare.at, bare.cost), (now(), None), "its delivery's time, and the future is not believed");
    }

    #[test]
    fn rows_that_say_nothing_or_nonsense_are_told() {
        for (cells, expected) in [
            (row([("created_at", "2026-01-08T09:00:00Z")]), "at least one number"),
            (row([("created_at", "2026-01-08T09:00:00Z"), ("total", "-5")]), "it.total must be a number"),
            (row([("total", "5")]), "no time"),
        ] {
            let said = count(&cells, None, now()).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_page_never_ends_within_a_delivery() {
        let rows = |last: usize| -> Vec<Row> {
            let ingest = |n: usize| if n < PAGE - last { "1".to_owned() } else { "2".to_owned() };
            (0..PAGE).map(|n| row([("id", &n.to_string()), ("ingest_id", &ingest(n))])).collect()
        };
        for (last, kept) in [(1, PAGE - 1), (7, PAGE - 7), (PAGE, PAGE)] {
            let mut page = rows(last);
            whole_deliveries(&mut page);
            assert_eq!(page.len(), kept, "{last}");
        }
        let mut short = rows(1)[..10].to_vec();
        whole_deliveries(&mut short);
        assert_eq!(short.len(), 10, "the last page is taken as it is");
    }
}
