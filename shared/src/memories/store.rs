//! Storing memories.

use super::decide::{Decision, decide};
use super::input::Draft;
use super::sql::{self, Row};
use super::{Author, Memory, MemoryId, Scope};
use crate::{App, AppError, AppResult};

/// What a store did.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Stored {
    /// `created`, `updated` or `unchanged`.
    pub status: &'static str,
    /// Its id.
    pub id: String,
    /// As it is now.
    pub memory: Memory,
}

/// Most memories of a scope, deleted ones included until they are purged.
const MOST: u32 = 100_000;
/// Two may add the same id at once; who loses looks again.
const TRIES: usize = 3;

/// Stores a memory in a scope that its author may write, in one transaction. Nothing is written when it says the same
/// already; a version that the author has not seen is 412.
pub async fn store(app: &App, scope: &Scope, draft: &Draft, author: Author<'_>) -> AppResult<Stored> {
    let id = draft.id.clone().unwrap_or_else(MemoryId::generate);
    for _ in 0..TRIES {
        match attempt(app, scope, &id, draft, author).await {
            Err(AppError::Internal(cause)) if is_duplicate(cause.as_ref()) => {}
            ended => return ended,
        }
    }
    Err(AppError::internal("a memory could not be stored: others were always faster"))
}

fn is_duplicate(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let database = error.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    database.is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

async fn attempt(app: &App, scope: &Scope, id: &MemoryId, draft: &Draft, author: Author<'_>) -> AppResult<Stored> {
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    let current = sql::lock(&mut tx, scope, &id.key()).await?;
    let decision = decide(current.as_ref(), draft);
    let (status, row) = match (decision, current) {
        (Decision::Stale, _) => return Err(AppError::PreconditionFailed),
        (Decision::Keep, Some(row)) => ("unchanged", row),
        (Decision::Update | Decision::Revive, Some(row)) => {
            sql::replace(&mut tx, now, &row, draft, author).await?;
            (if decision == Decision::Revive { "created" } else { "updated" }, reread(&mut tx, row.id).await?)
        }
        _ => {
            if sql::count(&mut tx, scope, MOST).await? >= MOST {
                return Err(AppError::invalid("content", format!("there are {MOST} memories here already: delete some")));
            }
            let row = sql::add(&mut tx, now, scope, id, draft, author).await?;
            ("created", reread(&mut tx, row).await?)
        }
    };
    tx.commit().await?;
    Ok(Stored { status, id: row.memory_id.clone(), memory: row.shown(None) })
}

async fn reread(conn: &mut sqlx::MySqlConnection, row: u64) -> AppResult<Row> {
    let rows = sql::rows(conn, &[row]).await?;
    rows.into_iter().next().ok_or_else(|| AppError::internal("a memory was not there after it was written"))
}
