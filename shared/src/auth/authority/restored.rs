//! A login that came back from a copy of the database.

use super::book::Why;
use super::{join, sql};
use crate::audit::{Actor, Change};
use crate::auth::host_view;
use crate::{App, AppResult};

/// Leaves it to a person whether the refresh token is sent: another server may have spent it since the copy was made, and OpenAI may end a
/// login whose token is shown twice. `false`: there is no token that could be sent.
pub async fn mark(app: &App, by: &Actor) -> AppResult<bool> {
    let Some(generation) = stop(app, by).await? else { return Ok(false) };
    // An answer that was stored and not read yet is the newest login there is. Nothing is sent: that has just been forbidden.
    join(app, by, generation, Why::Due).await?;
    Ok(stop(app, by).await?.is_some())
}

/// Gives the generation that is stopped.
async fn stop(app: &App, by: &Actor) -> AppResult<Option<u64>> {
    let mut change = Change::begin(app, by).await?;
    let before = sql::lock(&mut change).await?;
    let login = host_view::current(app, &mut change, before.generation).await?;
    if login.is_none_or(|login| login.token("refresh_token").is_none()) {
        return Ok(None);
    }
    let mut book = before.clone();
    book.restored();
    sql::save(&mut change, app.clock.now(), &before, &book, "restore").await?;
    if before.state != book.state {
        change.record("auth.state", "canonical", before.state.facts(), book.state.facts());
    }
    change.commit().await?;
    Ok(Some(book.generation))
}
