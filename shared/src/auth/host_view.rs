//! What one host sees of the login: the same access and id token, its own handle instead of the refresh token.

use chrono::TimeDelta;
use indexmap::IndexMap;
use sqlx::MySqlConnection;

use super::canonical::Login;
use super::document::Node;
use super::mode::RefreshMode;
use super::{exposure, jwt, sql};
use crate::hosts::{self, Identity};
use crate::{App, AppError, AppResult, crypto, random};

/// Only this server accepts it as a refresh token; Codex treats it as opaque. Changing it turns stored views into new logins.
pub const HANDLE_PREFIX: &str = "cdxr_";

/// A handle of this age is replaced when its host gets its view anew.
const ROTATE: TimeDelta = TimeDelta::days(30);
/// The old handle works for so long: a day more than a host may run without the server.
const OVERLAP: TimeDelta = TimeDelta::days(8);

/// The current login as one host gets it.
#[derive(Clone, Debug)]
pub struct View {
    /// Generation of the login behind it.
    pub generation: u64,
    /// The login behind it.
    pub login: Login,
    /// What the host gets; its bytes are the host's `auth.json`.
    pub shown: Login,
}

/// Whether a refresh token is a handle of ours.
pub fn is_handle(token: &str) -> bool {
    token.starts_with(HANDLE_PREFIX)
}

/// Renders `login` for the owner of `handle`. New Codex releases need `auth_mode`, an account id, an id token in JWT form
/// and `last_refresh`; a login of API keys has no tokens and is shown as it is.
pub fn render(login: &Login, handle: &str) -> Login {
    let (Node::Object(mut document), Some(_)) = (login.node().clone(), login.token("access_token")) else { return login.clone() };
    let account = login.account_id().unwrap_or_else(|| "unknown".to_owned());
    let mut tokens = document.get("tokens").and_then(Node::as_object).cloned().unwrap_or_else(IndexMap::new);
    let id_token =
        login.token("id_token").filter(|token| jwt::claims(token).is_some()).map_or_else(|| jwt::placeholder(&account), str::to_owned);
    for (name, value) in [("id_token", id_token.as_str()), ("refresh_token", handle), ("account_id", &account)] {
        tokens.insert(name.to_owned(), Node::string(value));
    }
    document.insert("tokens".to_owned(), Node::Object(tokens));
    if document.get("auth_mode").and_then(Node::as_str).is_none() {
        document.insert("auth_mode".to_owned(), Node::string("chatgpt"));
    }
    login.with_node(Node::Object(document))
}

/// The login the server has now, or `None`.
pub async fn current(app: &App, conn: &mut MySqlConnection, generation: u64) -> AppResult<Option<Login>> {
    let Some(sealed) = sql::body(conn, generation).await? else { return Ok(None) };
    let bytes = app.config.keyring.open(&sealed)?;
    Login::stored(&bytes).map(Some).map_err(AppError::internal)
}

/// This host's view of the current login, with the digest remembered for the next call; `None` when there is no login.
pub async fn for_host(app: &App, who: &mut Identity) -> AppResult<Option<View>> {
    let (generation, mode, now) = (who.fleet.auth_generation, RefreshMode::of(who), app.clock.now());
    let host = &mut who.host;
    let mut tx = app.begin().await?;
    let Some(login) = current(app, &mut tx, generation).await? else { return Ok(None) };
    let shown = match (mode, login.token("refresh_token")) {
        (RefreshMode::Direct, Some(token)) => render(&login, token),
        _ => render(&login, &handle_of(app, &mut tx, host.id).await?),
    };
    if host.view_generation != generation || host.view_digest.as_deref() != Some(&shown.digest) {
        hosts::sql::set_view(&mut tx, host.id, generation, Some(&shown.digest)).await?;
        exposure::note(&mut tx, now, host.id, generation, &login, mode).await?;
        host.view_generation = generation;
        host.view_digest = Some(shown.digest.clone());
    }
    tx.commit().await?;
    Ok(Some(View { generation, login, shown }))
}

/// The host's handle. One that is old is replaced; the old one goes on until no host runs on a login that holds it.
async fn handle_of(app: &App, conn: &mut MySqlConnection, host_id: u64) -> AppResult<String> {
    let now = app.clock.now();
    match sql::lock_handle(conn, host_id).await? {
        Some((sealed, since)) if now - since < ROTATE => return Ok(app.config.keyring.open(&sealed)?),
        Some(_) => sql::end_handles(conn, host_id, now + OVERLAP).await?,
        None => {}
    }
    let handle = random::token(HANDLE_PREFIX);
    sql::add_handle(conn, now, host_id, &crypto::hash(&handle), &app.config.keyring.seal(&handle)).await?;
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str) -> Login {
        Login::stored(text).unwrap()
    }

    #[test]
    fn a_view_has_all_that_new_codex_needs_and_no_refresh_token() {
        let real = login(
            r#"{"tokens":{"access_token":"at","refresh_token":"rt-1","id_token":"opaque","account_id":"acct"},"last_refresh":"2026-01-01T00:00:00Z"}"#,
        );
        let view = render(&real, "cdxr_1");
        assert_eq!(view.token("refresh_token"), Some("cdxr_1"));
        assert_eq!(view.token("account_id"), Some("acct"));
        assert!(jwt::claims(view.token("id_token").unwrap()).is_some());
        assert_eq!(view.node().get("auth_mode").and_then(Node::as_str), Some("chatgpt"));
        assert!(!view.bytes.contains("rt-1"));
        assert_eq!(view.last_refresh, real.last_refresh);
    }

    #[test]
    fn an_api_key_login_is_shown_as_it_is() {
        let key = login(r#"{"OPENAI_API_KEY":"sk-1","last_refresh":"2026-01-01T00:00:00Z"}"#);
        assert_eq!(render(&key, "cdxr_1").bytes, key.bytes);
    }
}
