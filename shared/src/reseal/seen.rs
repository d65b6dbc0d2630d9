//! Fingerprints of tokens are made with the key too. They cannot be turned back, but every login is kept: they are made anew from those.
//! A candidate's is left: a login that was refused and is pushed once more is tried once more.

use super::columns::COLUMNS;
use super::sql;
use crate::auth::canonical::Login;
use crate::{App, AppError, AppResult};

/// Adds the newest key's fingerprint of every token that was ever current; without it a login of the past would pass for a new one.
pub(super) async fn renew(app: &App) -> AppResult<()> {
    let (column, mut after) = (&COLUMNS[0], 0);
    while let Some(last) = sql::step(&mut *app.db.acquire().await?, column, after).await? {
        for (generation, sealed) in sql::sealed(&mut *app.db.acquire().await?, column, after, last).await? {
            // One that no key opens is told of by the walk.
            let Ok(body) = app.config.keyring.open(&sealed) else { continue };
            let login = Login::stored(&body).map_err(AppError::internal)?;
            for secret in login.secrets() {
                let newest = app.config.keyring.fingerprints(secret)[0];
                sql::add_seen(&mut *app.db.acquire().await?, &newest, generation).await?;
            }
        }
        after = last;
    }
    Ok(())
}
