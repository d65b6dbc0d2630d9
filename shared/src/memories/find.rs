//! Looking memories up. Nothing is written.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::MySqlConnection;

use super::input::Search;
use super::rank::{NEWEST, Ranking};
use super::words::Asked;
use super::{Memory, MemoryId, Scope, index, sql};
use crate::{App, AppResult};

/// What a search found.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Found {
    /// Always `ok`.
    pub status: &'static str,
    /// As it was understood.
    pub query: String,
    /// How many at most.
    pub limit: u32,
    /// How many.
    pub count: usize,
    /// Best first; without a query the newest first.
    pub matches: Vec<Memory>,
}

/// The memory with this id in the first of these scopes that has one.
pub async fn retrieve(app: &App, scopes: &[Scope], id: &MemoryId) -> AppResult<Option<Memory>> {
    let mut rows = sql::find(&mut *app.db.acquire().await?, scopes, &id.key()).await?;
    rows.sort_by_key(|row| scopes.iter().position(|scope| scope.text() == row.scope));
    Ok(rows.into_iter().next().map(|row| row.shown(None)))
}

/// What matches any word and all tags, best first.
pub async fn search(app: &App, scopes: &[Scope], search: Search) -> AppResult<Found> {
    let mut conn = app.db.acquire().await?;
    let hits = match Asked::new(&search.query, &search.tags) {
        None => sql::recent(&mut conn, scopes, (0, search.limit)).await?.into_iter().map(|id| (id, None)).collect(),
        Some(asked) => ranked(&mut conn, Some(scopes), &asked, search.limit).await?,
    };
    let matches = in_order(&mut conn, &hits).await?;
    Ok(Found { status: "ok", query: search.query, limit: search.limit, count: matches.len(), matches })
}

/// Row id and score of what matches in these scopes, or in all: best first, and then newest first.
pub(super) async fn ranked(
    conn: &mut MySqlConnection,
    scopes: Option<&[Scope]>,
    asked: &Asked,
    limit: u32,
) -> sqlx::Result<Vec<(u64, Option<f64>)>> {
    let mut ranking = Ranking::new(asked, index::having(conn, scopes, asked, NEWEST).await?);
    if let Some(question) = ranking.question() {
        ranking.learn(index::which_have(conn, scopes, asked, &question).await?);
    }
    Ok(ranking.best(limit))
}

/// A page of the newest.
pub async fn recent(app: &App, scopes: &[Scope], (offset, limit): (u32, u32)) -> AppResult<Vec<Memory>> {
    let mut conn = app.db.acquire().await?;
    let ids = sql::recent(&mut conn, scopes, (offset, limit)).await?;
    let hits: Vec<_> = ids.into_iter().map(|id| (id, None)).collect();
    Ok(in_order(&mut conn, &hits).await?)
}

async fn in_order(conn: &mut MySqlConnection, hits: &[(u64, Option<f64>)]) -> sqlx::Result<Vec<Memory>> {
    let ids: Vec<_> = hits.iter().map(|(id, _)| *id).collect();
    let rows = sql::rows(conn, &ids).await?;
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(hits.iter().filter_map(|(id, score)| Some(rows.remove(id)?.shown(*score))).collect())
}
