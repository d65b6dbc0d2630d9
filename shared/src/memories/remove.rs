//! Deleting memories: first out of sight, later for good.

use chrono::TimeDelta;

use super::{MemoryId, Scope, sql};
use crate::{App, AppResult};

/// So long an operator can bring a deleted one back.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Rows a statement, so that none holds its locks for long.
const STEP: u32 = 1000;

/// Deletes a memory. `false`: there was none.
pub async fn delete(app: &App, scope: &Scope, id: &MemoryId) -> AppResult<bool> {
    let mut tx = app.begin().await?;
    let Some(row) = sql::lock(&mut tx, scope, &id.key()).await?.filter(|row| row.deleted_at.is_none()) else { return Ok(false) };
    sql::delete(&mut tx, app.clock.now(), &row).await?;
    tx.commit().await?;
    Ok(true)
}

/// Forgets what was deleted 30 days ago. Returns how many.
pub async fn purge(app: &App) -> AppResult<u64> {
    let before = app.clock.now() - KEPT;
    let mut all = 0;
    loop {
        let gone = sql::purge(&mut *app.db.acquire().await?, before, STEP).await?;
        all += gone;
        if gone < u64::from(STEP) {
            return Ok(all);
        }
    }
}
