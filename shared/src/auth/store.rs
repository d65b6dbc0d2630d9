//! Taking in a login: one transaction, one decision.

use serde_json::json;
use sqlx::MySqlConnection;

use super::canonical::Login;
use super::decide::{self, Authority, Made, Store, Upload};
use super::host_view;
use super::sql::{self, Source};
use crate::audit::Change;
use crate::{App, AppError, AppResult};

/// Decides about `login` and stores it when it is new. Holds the fleet's generation lock until `change` commits, so an
/// older upload can never overwrite a newer one. Returns the decision and the generation that is current afterwards.
pub async fn store(app: &App, change: &mut Change, login: &Login, source: Source, authority: Authority) -> AppResult<(Store, u64)> {
    let generation = sql::lock_generation(change).await?;
    let current = host_view::current(app, change, generation).await?;
    let upload = classify(app, change, login, current.as_ref(), generation).await?;
    let same_account = current.as_ref().is_none_or(|c| c.account_id() == login.account_id());
    let decision = decide::store(current.as_ref().map(made), upload, made(login), same_account, authority);
    if decision == Store::AccountMismatch {
        return Err(AppError::refused(
            "account_mismatch",
            "this login belongs to another ChatGPT account than the fleet's: an owner can replace it with an upload",
        ));
    }
    if decision != Store::Updated {
        return Ok((decision, generation));
    }
    sql::promote(change, app.clock.now(), &app.config.keyring, generation + 1, login, source).await?;
    let facts =
        |generation: u64, login: &Login| json!({ "generation": generation, "digest": login.digest, "last_refresh": login.last_refresh });
    change.record("auth.store", "canonical", current.as_ref().map(|c| facts(generation, c)), facts(generation + 1, login));
    Ok((decision, generation + 1))
}

fn made(login: &Login) -> Made {
    Made { issued_at: login.issued_at(), refreshed_at: login.refreshed_at }
}

async fn classify(app: &App, conn: &mut MySqlConnection, login: &Login, current: Option<&Login>, generation: u64) -> AppResult<Upload> {
    if let Some(handle) = login.token("refresh_token").filter(|token| host_view::is_handle(token)) {
        let shown = current.map(|c| host_view::render(c, handle));
        let same = shown.is_some_and(|shown| shown.token("access_token") == login.token("access_token"));
        return Ok(if same { Upload::Same } else { Upload::OldView });
    }
    if current.is_some_and(|c| c.secrets() == login.secrets()) {
        return Ok(Upload::Same);
    }
    // The access token of the current login may come back beside a new refresh token; one of an earlier login may not.
    let all: Vec<_> = login.secrets().into_iter().flat_map(|secret| app.config.keyring.fingerprints(secret)).collect();
    let seen = sql::seen(conn, &all).await?;
    Ok(if seen.is_some_and(|seen| seen < generation) { Upload::Replay } else { Upload::New })
}
