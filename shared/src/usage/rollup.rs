//! Sums by host, day and model; by the fleet's day and model; by host; and by user: kept by the writes themselves.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::{MySql, MySqlConnection, QueryBuilder};

use super::Tokens;
use super::prices::Cost;

/// So that hosts do not wait for each other at the fleet's row of today.
pub const SHARDS: u64 = 8;

/// What is added to a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    events: u64,
    unpriced: u64,
    tokens: [u64; 5],
    cost: Cost,
}

impl Delta {
    /// One entry.
    pub fn entry(tokens: &Tokens, cost: Cost, unpriced: bool) -> Self {
        let all = [tokens.total, tokens.input, tokens.cached, tokens.output, tokens.reasoning];
        Self { events: 1, unpriced: unpriced.into(), tokens: all.map(|n| n.unwrap_or(0)), cost }
    }

    /// An entry that was without a price and has one now.
    pub fn priced(cost: Cost) -> Self {
        Self { unpriced: 1, cost, ..Self::default() }
    }

    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.unpriced += other.unpriced;
        for (sum, n) in self.tokens.iter_mut().zip(other.tokens) {
            *sum = sum.saturating_add(n);
        }
        let cost = &mut self.cost;
        (cost.input, cost.cached, cost.output) =
            (cost.input + other.cost.input, cost.cached + other.cost.cached, cost.output + other.cost.output);
    }
}

/// What an entry belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub day: NaiveDate,
    pub host: u64,
    pub model: u32,
    pub user: String,
}

/// All that one transaction adds, in the order in which every transaction locks.
#[derive(Debug, Default)]
pub struct Deltas {
    rollups: BTreeMap<(u64, NaiveDate, u32), Delta>,
    days: BTreeMap<(NaiveDate, u32, u64), Delta>,
    hosts: BTreeMap<u64, Delta>,
    users: BTreeMap<(NaiveDate, u64, String), Delta>,
}

impl Deltas {
    /// Adds one entry to all sums it is in.
    pub fn add(&mut self, place: &Place, delta: &Delta) {
        self.rollups.entry((place.host, place.day, place.model)).or_default().add(delta);
        self.days.entry((place.day, place.model, place.host % SHARDS)).or_default().add(delta);
        self.hosts.entry(place.host).or_default().add(delta);
        self.users.entry((place.day, place.host, place.user.clone())).or_default().add(delta);
    }

    /// Writes them: entries that are new.
    pub async fn count(&self, conn: &mut MySqlConnection) -> sqlx::Result<()> {
        self.write(conn, "+").await
    }

    /// Writes them: entries that have a price now.
    pub async fn price(&self, conn: &mut MySqlConnection) -> sqlx::Result<()> {
        self.write(conn, "-").await
    }

    async fn write(&self, conn: &mut MySqlConnection, unpriced: &str) -> sqlx::Result<()> {
        upsert(conn, "usage_rollups (host_id, day, model_id, ", unpriced, &self.rollups, |row, (host, day, model)| {
            row.push_bind(*host).push_bind(*day).push_bind(*model);
        })
        .await?;
        upsert(conn, "usage_users (day, host_id, user_name, ", unpriced, &self.users, |row, (day, host, user)| {
            row.push_bind(*day).push_bind(*host).push_bind(user.clone());
        })
        .await?;
        upsert(conn, "usage_hosts (host_id, ", unpriced, &self.hosts, |row, host| {
            row.push_bind(*host);
        })
        .await?;
        // The rows that other hosts wait for come last.
        upsert(conn, "usage_days (day, model_id, shard, ", unpriced, &self.days, |row, (day, model, shard)| {
            row.push_bind(*day).push_bind(*model).push_bind(*shard);
        })
        .await
    }
}

const SUMS: &str =
    "events, unpriced, total, input_tokens, cached_tokens, output_tokens, reasoning_tokens, input_cost, cached_cost, output_cost";

async fn upsert<K>(
    conn: &mut MySqlConnection,
    table_and_keys: &str,
    unpriced: &str,
    deltas: &BTreeMap<K, Delta>,
    bind_key: impl Fn(&mut sqlx::query_builder::Separated<'_, MySql, &'static str>, &K),
) -> sqlx::Result<()> {
    let all: Vec<_> = deltas.iter().collect();
    for chunk in all.chunks(500) {
        let mut sql = QueryBuilder::<MySql>::new(format!("INSERT INTO {table_and_keys}{SUMS}) "));
        sql.push_values(chunk, |mut row, (key, delta)| {
            bind_key(&mut row, key);
            row.push_bind(delta.events).push_bind(delta.unpriced);
            for n in delta.tokens {
                row.push_bind(n);
            }
            for cost in [delta.cost.input, delta.cost.cached, delta.cost.output] {
                row.push_bind::<Decimal>(cost);
            }
        });
        let sums = SUMS.split(", ").map(|sum| {
            let sign = if sum == "unpriced" { unpriced } else { "+" };
            format!("{sum} = {sum} {sign} VALUES({sum})")
        });
        sql.push(format!(" ON DUPLICATE KEY UPDATE {}", sums.collect::<Vec<_>>().join(", ")));
        sql.build().execute(&mut *conn).await?;
    }
    Ok(())
}
