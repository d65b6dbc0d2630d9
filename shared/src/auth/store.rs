//! Taking in a login: one transaction, one decision.

use serde_json::json;
use sqlx::MySqlConnection;

use super::canonical::Login;
use super::decide::{self, Authority, Made, Store, Upload};
use super::sql::{self, Source};
use super::{exposure, host_view, proof};
use crate::audit::Change;
use crate::{App, AppError, AppResult, fleet};

/// Decides about `login` and stores it when it is new. Holds the fleet's generation lock until `change` commits, so an
/// older upload can never overwrite a newer one. Returns the decision and the generation that is current afterwards.
pub async fn store(app: &App, change: &mut Change, login: &Login, source: Source, authority: Authority) -> AppResult<(Store, u64)> {
    let generation = sql::lock_generation(change).await?;
    let current = host_view::current(app, change, generation).await?;
    let upload = classify(app, change, login, current.as_ref(), generation).await?;
    let same_account = current.as_ref().is_none_or(|c| c.account_id() == login.account_id());
    let provable = app.config.runner.is_some() && is_usable(app, change).await?;
    let decision = decide::store(current.as_ref().map(made), upload, made(login), same_account, authority, provable);
    if decision == Store::AccountMismatch {
        return Err(AppError::refused(
            "account_mismatch",
            "this login belongs to another ChatGPT account than the fleet's: an owner can replace it with an upload",
        ));
    }
    if let (Store::Quarantined, Source::Host(host_id)) = (decision, source) {
        return Ok((quarantine(app, change, login, host_id).await?, generation));
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

/// Whether the fleet's login can be used now.
pub async fn is_usable(app: &App, conn: &mut MySqlConnection) -> AppResult<bool> {
    let fleet = fleet::get(conn).await?;
    let login = host_view::current(app, conn, fleet.auth_generation).await?;
    let ends = login.as_ref().and_then(exposure::ends_at);
    let alive = login.is_some() && ends.is_none_or(|at| at > app.clock.now());
    Ok(alive && fleet.auth_state != "needs_login")
}

/// Keeps a login until the runner has tried it.
async fn quarantine(app: &App, change: &mut Change, login: &Login, host_id: u64) -> AppResult<Store> {
    let keyring = &app.config.keyring;
    let fingerprint = keyring.fingerprints(&login.secrets().join("\n"))[0];
    let known = proof::sql::add_candidate(change, app.clock.now(), &fingerprint, host_id, &keyring.seal(&login.bytes)).await?;
    match known.as_str() {
        "waiting" => {
            change.record("auth.candidate", "canonical", (), json!({ "digest": login.digest, "last_refresh": login.last_refresh }));
            Ok(Store::Quarantined)
        }
        _ => Ok(Store::Rejected),
    }
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
