//! A host's own handle: what it has instead of the refresh token.

use serde_json::json;

use super::{host_view, sql};
use crate::audit::Change;
use crate::client::Client;
use crate::hosts::gate::{self, Door};
use crate::hosts::register::forget_login;
use crate::hosts::{self, edit};
use crate::{App, AppResult, crypto, random};

/// Retires a host's handle and nothing else; its next synchronisation brings a new one. What is no live handle is left alone.
pub async fn revoke(app: &App, client: &Client, token: &str) -> AppResult<()> {
    let Some(handle) = parse(token) else { return Ok(()) };
    let Some(caller) = gate::enter_with_handle(app, client, Door::Leave, &handle).await? else { return Ok(()) };
    let mut change = Change::begin(app, &caller.by).await?;
    let mut host = edit::lock(&mut change, caller.who.host.id).await?;
    if sql::retire_handle(&mut change, app.clock.now(), &handle).await? {
        forget_login(&mut host);
        hosts::sql::save(&mut change, &host).await?;
        change.record("auth.handle.revoke", &host.fqdn, (), json!({ "retired": "this host's handle, and no other" }));
        change.commit().await?;
    }
    Ok(())
}

/// The hash of what has the form of a handle.
pub fn parse(token: &str) -> Option<[u8; 32]> {
    random::is_token(host_view::HANDLE_PREFIX, token).then(|| crypto::hash(token))
}
