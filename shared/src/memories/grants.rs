//! Who may use memories that are not a host's own. Operators decide, and every change is audited.

use serde_json::json;

use super::sql::{self, Grant};
use super::{Need, Scope};
use crate::audit::{Actor, Change};
use crate::hosts::labels;
use crate::{App, AppError, AppResult};

/// Most grants.
const MOST: i64 = 2000;

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// One host.
    Host(u64),
    /// Every host with this tag.
    Tag(String),
}

impl Grantee {
    /// As the database has it.
    pub fn text(&self) -> String {
        match self {
            Self::Host(id) => format!("host:{id}"),
            Self::Tag(tag) => format!("tag:{tag}"),
        }
    }

    /// Exactly one of the two.
    pub fn read(host_id: Option<u64>, tag: Option<&str>) -> AppResult<Self> {
        match (host_id, tag) {
            (Some(id), None) => Ok(Self::Host(id)),
            (None, Some(tag)) => match labels::store([tag]) {
                Ok(tag) if !tag.is_empty() => Ok(Self::Tag(tag)),
                Ok(_) => Err(AppError::invalid("tag", "tag must not be empty")),
                Err(why) => Err(AppError::invalid("tag", why)),
            },
            _ => Err(AppError::invalid("host_id", "name either a host_id or a tag")),
        }
    }
}

/// Grants a shared scope, or changes what was granted.
pub async fn grant(app: &App, by: &Actor, scope: &Scope, to: &Grantee, access: Need) -> AppResult<Grant> {
    if matches!(scope, Scope::Host(_)) {
        return Err(AppError::invalid("scope", "scope must be fleet or tag:<tag>"));
    }
    let (scope, grantee) = (scope.text(), to.text());
    let mut change = Change::begin(app, by).await?;
    if let Grantee::Host(id) = to {
        crate::hosts::sql::find(&mut change, *id).await?.ok_or(AppError::NotFound("host"))?;
    }
    let before = sql::lock_grant(&mut change, &scope, &grantee).await?;
    if before.is_none() && sql::count_grants(&mut change).await? >= MOST {
        return Err(AppError::invalid("scope", format!("there are {MOST} grants already: use tags")));
    }
    sql::set_grant(&mut change, app.clock.now(), &scope, &grantee, access, &by.name).await?;
    let after = sql::lock_grant(&mut change, &scope, &grantee).await?;
    let after = after.ok_or_else(|| AppError::internal("a grant was not there after it was written"))?;
    let facts = |grant: &Grant| json!({ "scope": grant.scope, "grantee": grant.grantee, "access": grant.access });
    change.record("mcp.grant", format!("{grantee} {scope}"), before.as_ref().map(facts), facts(&after));
    change.commit().await?;
    Ok(after)
}

/// Takes a grant back. `false`: there was none.
pub async fn revoke(app: &App, by: &Actor, id: u64) -> AppResult<bool> {
    let mut change = Change::begin(app, by).await?;
    let Some(grant) = sql::lock_grant_record(&mut change, id).await? else { return Ok(false) };
    sql::drop_grant(&mut change, id).await?;
    let facts = json!({ "scope": grant.scope, "grantee": grant.grantee, "access": grant.access });
    change.record("mcp.revoke", format!("{} {}", grant.grantee, grant.scope), facts, ());
    change.commit().await?;
    Ok(true)
}
