//! The table of words: which memories have a word or tag.

use std::collections::BTreeSet;

use sqlx::{MySqlConnection, QueryBuilder, Row as _};

use super::Scope;
use super::rank::Question;
use super::words::Asked;

/// Words a statement.
const STEP: usize = 1000;

/// Makes a memory findable by these words.
pub(super) async fn index(conn: &mut MySqlConnection, row: u64, scope: String, words: &BTreeSet<String>) -> sqlx::Result<()> {
    for words in words.iter().collect::<Vec<_>>().chunks(STEP) {
        let mut sql = QueryBuilder::new("INSERT IGNORE INTO memory_words (word, scope, memory_id) ");
        sql.push_values(words, |mut values, word| {
            values.push_bind(*word).push_bind(&scope).push_bind(row);
        });
        sql.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Makes a memory unfindable by these words.
pub(super) async fn unindex(conn: &mut MySqlConnection, row: u64, scope: &str, words: &BTreeSet<String>) -> sqlx::Result<()> {
    for words in words.iter().collect::<Vec<_>>().chunks(STEP) {
        let mut sql = QueryBuilder::new("DELETE FROM memory_words WHERE memory_id = ");
        sql.push_bind(row).push(" AND scope = ").push_bind(scope).push(" AND word IN (");
        let mut list = sql.separated(", ");
        for word in words {
            list.push_bind(*word);
        }
        sql.push(")").build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Of each word and tag, and of each scope by itself, the newest memories that have it: its place in [`Asked::all`] and their row
/// ids. Without scopes all count as one.
#[tracing::instrument(name = "db.memories.having", skip_all, err)]
pub(super) async fn having(
    conn: &mut MySqlConnection,
    scopes: Option<&[Scope]>,
    asked: &Asked,
    most: u32,
) -> sqlx::Result<Vec<(usize, Vec<u64>)>> {
    let mut lists = Vec::new();
    let mut parts = Vec::new();
    for (place, word) in asked.all().enumerate() {
        for scope in each(scopes) {
            let (list, here) = (lists.len(), has(word, scope));
            parts.push(format!("(SELECT {list}, w.memory_id FROM memory_words w WHERE {here} ORDER BY w.memory_id DESC LIMIT {most})"));
            lists.push((place, Vec::new()));
        }
    }
    for (list, memory) in pairs(conn, &parts).await? {
        lists[list].1.push(memory);
    }
    Ok(lists)
}

/// Which of these memories have which of these words and tags: the place in [`Asked::all`] and the row id.
#[tracing::instrument(name = "db.memories.which_have", skip_all, err)]
pub(super) async fn which_have(
    conn: &mut MySqlConnection,
    scopes: Option<&[Scope]>,
    asked: &Asked,
    question: &Question,
) -> sqlx::Result<Vec<(usize, u64)>> {
    let memories = numbers(&question.memories);
    // One at a time: of a common word the database would rather read all that have it.
    let one_by_one = format!(
        "JSON_TABLE('[{memories}]', '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) asked STRAIGHT_JOIN memory_words w ON w.memory_id = asked.id"
    );
    let mut parts = Vec::new();
    for (place, word) in asked.all().enumerate().filter(|(place, _)| question.terms.contains(place)) {
        for scope in each(scopes) {
            let here = has(word, scope);
            parts.push(match scope {
                Some(_) => format!("SELECT {place}, w.memory_id FROM {one_by_one} AND {here}"),
                None => format!("SELECT {place}, w.memory_id FROM memory_words w WHERE w.memory_id IN ({memories}) AND {here}"),
            });
        }
    }
    pairs(conn, &parts).await
}

fn each(scopes: Option<&[Scope]>) -> Vec<Option<&Scope>> {
    scopes.map_or_else(|| vec![None], |scopes| scopes.iter().map(Some).collect())
}

/// The condition that an entry `w` of the index is of this word and scope. Texts are in hexadecimal: nothing in them is SQL.
fn has(word: &str, scope: Option<&Scope>) -> String {
    let word = format!("w.word = _ascii x'{}'", hex::encode(word));
    scope.map_or(word.clone(), |scope| format!("{word} AND w.scope = _utf8mb4 x'{}'", hex::encode(scope.text())))
}

/// Two numbers a row. These statements are different each time: prepared ones would push others out of the connection's
/// cache, and the driver closes each of those with a packet that the next one waits for, 40 ms (it does not set `TCP_NODELAY`).
async fn pairs(conn: &mut MySqlConnection, parts: &[String]) -> sqlx::Result<Vec<(usize, u64)>> {
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(parts.join(" UNION ALL "))).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default(), row.try_get(1)?))).collect()
}

/// Numbers as SQL lists them. They cannot be anything else, so they need no placeholders.
pub(super) fn numbers(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}
