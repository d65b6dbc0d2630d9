//! Admin tokens: named, with a role, perhaps with an end, shown once.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Principal, Role, sql};
use crate::audit::{Actor, Change};
use crate::config::AdminAccess;
use crate::hosts::view::{atom, atom_or_null};
use crate::{App, AppError, AppResult, crypto, random};

/// Scanners look for it.
pub(super) const PREFIX: &str = "caa_";

/// A token as lists show it: without the token.
#[derive(Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Listed {
    /// Row id.
    pub id: u64,
    /// What it is for.
    pub name: String,
    /// What it may do: `viewer`, `operator` or `owner`.
    pub role: String,
    /// After this it does not work; null: no end.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Since then it does not work.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// To the minute.
    #[serde(serialize_with = "atom_or_null")]
    #[schema(value_type = Option<String>)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(serialize_with = "crate::hosts::view::atom_text")]
    #[schema(value_type = String)]
    pub created_at: DateTime<Utc>,
}

/// Mints a token. Its text is returned once and not stored.
pub async fn mint(app: &App, by: &Actor, name: &str, role: Role, expires_at: Option<DateTime<Utc>>) -> AppResult<(u64, String)> {
    let token = random::token(PREFIX);
    let mut change = Change::begin(app, by).await?;
    let id = sql::insert_token(&mut change, app.clock.now(), name, role, &crypto::hash(&token), expires_at).await?;
    let after = serde_json::json!({ "id": id, "role": role, "expires_at": expires_at.map(atom) });
    change.record("admin.access.token.create", name, (), after);
    change.commit().await?;
    Ok((id, token))
}

/// The id of a token that is known, whether it still works or not.
pub async fn id_of(app: &App, token: &str) -> AppResult<Option<u64>> {
    let mut conn = app.db.acquire().await?;
    Ok(sql::token_id(&mut conn, &crypto::hash(token)).await?)
}

/// Whether the token with this id is neither revoked nor over.
pub async fn works(app: &App, id: u64) -> AppResult<bool> {
    let mut conn = app.db.acquire().await?;
    Ok(sql::live_token(&mut conn, app.clock.now(), id).await?.is_some())
}

/// All tokens, newest first.
pub async fn list(app: &App) -> AppResult<Vec<Listed>> {
    let mut conn = app.db.acquire().await?;
    Ok(sql::tokens(&mut conn).await?)
}

/// Revokes a token; its sessions end with it. The last one that could still make another owner stays.
pub async fn revoke(app: &App, who: &Principal, id: u64) -> AppResult<()> {
    let now = app.clock.now();
    let mut change = Change::begin(app, &who.by).await?;
    let name = sql::revoke_token(&mut change, now, id).await?.ok_or(AppError::NotFound("token"))?;
    keep_an_owner(app, &mut change).await?;
    change.record("admin.access.token.revoke", name, (), serde_json::json!({ "id": id }));
    change.commit().await
}

/// Refuses a change after which nobody could administer any more.
pub(super) async fn keep_an_owner(app: &App, change: &mut Change) -> AppResult<()> {
    let tables: &[_] = match app.config.admin_access {
        AdminAccess::Open => return Ok(()),
        AdminAccess::Mtls => &["admin_certificates"],
        AdminAccess::Token => &["admin_tokens", "admin_certificates"],
    };
    if sql::has_owner(change, app.clock.now(), tables).await? {
        return Ok(());
    }
    Err(AppError::Conflict { code: "last_owner", message: "this is the last owner: make another one first".to_owned() })
}
