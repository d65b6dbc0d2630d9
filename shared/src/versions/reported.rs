//! The highest Codex among hosts, kept where every answer finds it.

use sqlx::MySqlConnection;

use super::{rank, sql};
use crate::{App, AppResult};

/// A host has begun to report this version. One statement, and only then.
pub async fn raise(conn: &mut MySqlConnection, version: &str) -> sqlx::Result<()> {
    match rank(version) {
        Some(rank) => sql::raise_reported(conn, version, rank).await,
        None => Ok(()),
    }
}

/// Looks at all hosts: the one with the highest may have gone, or gone down. Gives how many versions were corrected.
pub async fn settle(app: &App) -> AppResult<u64> {
    let mut conn = app.db.acquire().await?;
    let before = sql::reported_rank(&mut conn).await?;
    let in_use = sql::in_use(&mut conn).await?;
    let highest = in_use.iter().filter_map(|one| Some((rank(&one.version)?, one.version.as_str()))).max();
    let (rank, version) = highest.unzip();
    if rank.unwrap_or(0) == before {
        return Ok(0);
    }
    sql::set_reported(&mut conn, before, rank.unwrap_or(0), version).await?;
    Ok(1)
}
