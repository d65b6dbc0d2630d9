//! The old database: opened read-only, read from one snapshot, never written.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, MySqlConnection, Row as _};

use super::row::Row;

/// Rows of one step.
pub const PAGE: usize = 2000;

/// A table and what is read of it.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns; those that are not there are empty.
    pub columns: &'static [&'static str],
}

/// An open database.
#[derive(Debug)]
pub struct Old {
    conn: MySqlConnection,
    /// What it has: tables and their columns.
    there: BTreeMap<String, BTreeSet<String>>,
}

impl Old {
    /// Connects, and forbids this connection to write.
    pub async fn open(options: &MySqlConnectOptions) -> sqlx::Result<Self> {
        let mut conn = options.clone().connect().await?;
        // First: a view that cannot be opened read-only would be hidden, where it should be refused.
        let sql =
            "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) FROM information_schema.columns WHERE table_schema = DATABASE()";
        let columns: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut conn).await?;
        let mut there: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, column) in columns {
            there.entry(table).or_default().insert(column);
        }
        for sql in [
            "SET SESSION TRANSACTION READ ONLY",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ] {
            conn.execute(sql).await?;
        }
        Ok(Self { conn, there })
    }

    /// Whether it is a fleet of the old server: nobody else keeps the hash of a key in its hosts, and its flags in `versions`.
    pub fn is_fleet(&self) -> bool {
        let has = |table: &str, column: &str| self.there.get(table).is_some_and(|columns| columns.contains(column));
        has("hosts", "api_key_hash") && has("hosts", "fqdn") && has("versions", "version")
    }

    /// How many rows a table has.
    pub async fn count(&mut self, table: &str) -> sqlx::Result<u64> {
        if !self.there.contains_key(table) {
            return Ok(0);
        }
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(format!("SELECT COUNT(*) FROM `{table}`"))).fetch_one(&mut self.conn).await?;
        Ok(count.unsigned_abs())
    }

    /// All rows of a small table.
    pub async fn all(&mut self, table: Table, order: &str) -> sqlx::Result<Vec<Row>> {
        self.rows(table, &format!("ORDER BY `{order}`")).await
    }

    /// The next rows of a large one, by id.
    pub async fn page(&mut self, table: Table, after: u64) -> sqlx::Result<Vec<Row>> {
        self.rows(table, &format!("WHERE id > {after} ORDER BY id LIMIT {PAGE}")).await
    }

    /// The rows with these ids.
    pub async fn between(&mut self, table: Table, from: u64, to: u64) -> sqlx::Result<Vec<Row>> {
        self.rows(table, &format!("WHERE id BETWEEN {from} AND {to}")).await
    }

    async fn rows(&mut self, Table { name, columns }: Table, rest: &str) -> sqlx::Result<Vec<Row>> {
        let Some(there) = self.there.get(name) else { return Ok(Vec::new()) };
        let cell = |column: &&str| {
            if there.contains(*column) { format!("CAST(`{column}` AS CHAR CHARACTER SET utf8mb4)") } else { "NULL".to_owned() }
        };
        let cells: Vec<_> = columns.iter().map(cell).collect();
        let sql = format!("SELECT {} FROM `{name}` {rest}", cells.join(", "));
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.conn).await?;
        rows.iter().map(|row| read(row, columns)).collect()
    }
}

fn read(row: &MySqlRow, columns: &'static [&'static str]) -> sqlx::Result<Row> {
    let mut cells = Row::default();
    for (place, column) in columns.iter().enumerate() {
        if let Some(text) = row.try_get::<Option<String>, _>(place)? {
            cells.0.insert(column, text);
        }
    }
    Ok(cells)
}
