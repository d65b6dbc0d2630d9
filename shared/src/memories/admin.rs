//! What administrators do with memories of all scopes. The audit names them and never says what they hold.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sqlx::MySqlConnection;

use super::input::{self, Draft};
use super::sql::{self, Filter, Listed, Row};
use super::words::Asked;
use super::{Author, Memory, Scope, find};
use crate::audit::{Actor, Change};
use crate::crypto::sha256_hex;
use crate::{App, AppError, AppResult};

impl Listed {
    /// As an administrator sees it: the host's name, the whole scope, and whether it is deleted.
    pub fn shown(self) -> Memory {
        let (scope, deleted_at) = (self.row.scope.clone(), self.row.deleted_at);
        Memory { host: self.fqdn, scope, deleted_at, ..self.row.shown(None) }
    }
}

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Any of these words.
    pub text: String,
    /// All of these.
    pub tags: Vec<String>,
    /// What this host owns or wrote.
    pub host: Option<u64>,
    /// Only this one.
    pub scope: Option<Scope>,
    /// The deleted ones instead.
    pub deleted: bool,
    /// The last row of the page before.
    pub before: Option<u64>,
}

impl Wanted {
    fn filter(&self) -> Filter {
        Filter { host: self.host, scope: self.scope.as_ref().map(Scope::text), deleted: self.deleted, ..Filter::default() }
    }
}

/// A page of memories and whether there are more. Deleted ones are not in the index: words and tags are compared here.
pub async fn list(app: &App, wanted: &Wanted, limit: u32) -> AppResult<(Vec<Memory>, bool)> {
    let mut conn = app.db.acquire().await?;
    let asked = Asked::new(&wanted.text, &wanted.tags).filter(|_| !wanted.deleted);
    if let Some(asked) = asked {
        return best(&mut conn, wanted, &asked, limit).await;
    }
    let before = match wanted.before {
        Some(id) => Some(place(&mut conn, id).await?),
        None => None,
    };
    let filter = Filter { before, ..wanted.filter() };
    let by_hand = wanted.deleted && !(wanted.text.is_empty() && wanted.tags.is_empty());
    let mut listed = sql::list(&mut conn, &filter, if by_hand { MOST_DELETED } else { limit + 1 }).await?;
    if by_hand {
        listed.retain(|listed| holds(&listed.row, wanted));
    }
    let more = listed.len() > limit as usize;
    listed.truncate(limit as usize);
    Ok((listed.into_iter().map(Listed::shown).collect(), more))
}

/// So many matches are compared with the other filters.
const MOST_MATCHES: u32 = 1000;

/// What matches best, and whether there is more.
async fn best(conn: &mut MySqlConnection, wanted: &Wanted, asked: &Asked, limit: u32) -> AppResult<(Vec<Memory>, bool)> {
    let scopes = wanted.scope.clone().map(|scope| vec![scope]);
    let mut hits = find::ranked(conn, scopes.as_deref(), asked, MOST_MATCHES).await?;
    if let Some(host) = wanted.host.filter(|_| scopes.is_none()) {
        // What many others have too may have left no room for this host's own.
        hits.extend(find::ranked(conn, Some(&[Scope::Host(host)]), asked, MOST_MATCHES).await?);
    }
    let ids = Some(hits.iter().map(|(id, _)| *id).collect());
    let listed = sql::list(conn, &Filter { ids, ..wanted.filter() }, 2 * MOST_MATCHES).await?;
    let mut found: HashMap<_, _> = listed.into_iter().map(|listed| (listed.row.id, listed)).collect();
    let ranked = hits.iter().filter_map(|(id, score)| Some(Memory { score: *score, ..found.remove(id)?.shown() }));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by(|one, other| other.score.unwrap_or_default().total_cmp(&one.score.unwrap_or_default()));
    let more = ranked.len() > limit as usize;
    ranked.truncate(limit as usize);
    Ok((ranked, more))
}

/// So many deleted ones are looked through for words.
const MOST_DELETED: u32 = 2000;

fn holds(row: &Row, wanted: &Wanted) -> bool {
    let tags: Vec<_> = row.tags().iter().map(|tag| tag.to_lowercase()).collect();
    let content = row.content.to_lowercase();
    let mut words = wanted.text.to_lowercase();
    words.retain(|c| c != '\0');
    let any = wanted.text.is_empty() || words.split_whitespace().any(|word| content.contains(word));
    any && wanted.tags.iter().all(|tag| tags.contains(&tag.to_lowercase()))
}

async fn place(conn: &mut MySqlConnection, id: u64) -> AppResult<(DateTime<Utc>, u64)> {
    let found = sql::record(conn, id).await?.ok_or_else(|| AppError::invalid("before", "before must be the next of a page"))?;
    Ok((found.row.updated_at, id))
}

/// One memory, deleted or not.
pub async fn show(app: &App, id: u64) -> AppResult<Memory> {
    let found = sql::record(&mut *app.db.acquire().await?, id).await?;
    found.map(Listed::shown).ok_or(AppError::NotFound("memory"))
}

/// What an administrator changes: what is absent stays.
pub async fn edit(app: &App, by: &Actor, id: u64, given: &Map<String, Value>) -> AppResult<Memory> {
    let mut change = Change::begin(app, by).await?;
    let row = sql::lock_record(&mut change, id).await?.filter(|row| row.deleted_at.is_none()).ok_or(AppError::NotFound("memory"))?;
    let draft = edited(&row, given)?;
    if draft.if_version.is_some_and(|believed| believed != row.version) {
        return Err(AppError::PreconditionFailed);
    }
    let same = draft.content == row.content && draft.metadata == row.metadata() && draft.tags == row.tags();
    if !same {
        let author = Author { host: None, name: &by.name, session: None };
        sql::replace(&mut change, app.clock.now(), &row, &draft, author).await?;
        let after = json!({ "version": row.version + 1, "sha256": sha256_hex(&draft.content), "tags": draft.tags });
        change.record("memory.admin.edit", name(&row), facts(&row), after);
        change.commit().await?;
    }
    show(app, id).await
}

fn edited(row: &Row, given: &Map<String, Value>) -> AppResult<Draft> {
    let mut whole = Map::new();
    whole.insert("content".into(), json!(row.content));
    whole.insert("metadata".into(), row.metadata().map_or(Value::Null, Value::Object));
    whole.insert("tags".into(), json!(row.tags()));
    let known = ["content", "metadata", "tags", "if_version"];
    whole.extend(given.iter().filter(|(key, _)| known.contains(&key.as_str())).map(|(key, value)| (key.clone(), value.clone())));
    input::draft(&whole)
}

/// Deletes a memory; nothing happens when it is not there.
pub async fn delete(app: &App, by: &Actor, id: u64) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let Some(row) = sql::lock_record(&mut change, id).await?.filter(|row| row.deleted_at.is_none()) else { return Ok(()) };
    sql::delete(&mut change, app.clock.now(), &row).await?;
    change.record("memory.admin.delete", name(&row), facts(&row), ());
    change.commit().await
}

/// Brings a deleted memory back as it was; one that lives stays as it is.
pub async fn restore(app: &App, by: &Actor, id: u64) -> AppResult<Memory> {
    let mut change = Change::begin(app, by).await?;
    let row = sql::lock_record(&mut change, id).await?.ok_or(AppError::NotFound("memory"))?;
    if row.deleted_at.is_some() {
        sql::restore(&mut change, app.clock.now(), &row).await?;
        change.record("memory.admin.restore", name(&row), (), facts(&row));
        change.commit().await?;
    }
    show(app, id).await
}

fn name(row: &Row) -> String {
    format!("{} {}", row.scope, row.memory_id)
}

fn facts(row: &Row) -> Value {
    json!({ "version": row.version, "sha256": sha256_hex(&row.content), "tags": row.tags() })
}
