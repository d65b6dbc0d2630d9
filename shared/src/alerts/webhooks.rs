//! Webhooks: who is told. Operators make and change them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::conditions::{SOURCES, is_kind};
use super::evaluate::{Event, deliver_to};
use super::sign::Secret;
use super::{sql, target};
use crate::audit::{Actor, Change};
use crate::extract::short_text;
use crate::hosts::view::atom_text;
use crate::{App, AppError, AppResult};

/// More webhooks than this are refused.
const MOST: usize = 20;
/// A longer list of kinds is refused.
const MOST_KINDS: usize = 64;

/// A webhook as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Webhook {
    /// Row id.
    pub id: u64,
    /// What operators call it.
    pub name: String,
    /// Its address, sealed.
    pub url_sealed: String,
    /// The key that signs, sealed.
    pub secret_sealed: String,
    /// Comma-separated; empty: all.
    pub kinds: String,
    /// It is told.
    pub is_enabled: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A webhook as operators see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AlertWebhook)]
pub struct Shown {
    id: u64,
    name: String,
    url: String,
    /// What it is told; all kinds when it never chose.
    kinds: Vec<String>,
    enabled: bool,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    updated_at: DateTime<Utc>,
}

/// What an operator says of a webhook; what is `None` stays.
#[derive(Debug, Default)]
pub struct Wish {
    /// What to call it.
    pub name: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// What it is told; empty: all.
    pub kinds: Option<Vec<String>>,
    /// Whether it is told.
    pub enabled: Option<bool>,
    /// A new key signs from now on.
    pub rotate_secret: bool,
}

impl Wish {
    const fn is_nothing(&self) -> bool {
        self.name.is_none() && self.url.is_none() && self.kinds.is_none() && self.enabled.is_none() && !self.rotate_secret
    }
}

impl Webhook {
    /// Whether it is told of this kind.
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.split(',').any(|wanted| wanted == kind)
    }

    /// As operators see it.
    pub fn shown(&self, app: &App) -> AppResult<Shown> {
        let all = || SOURCES.iter().map(|(kind, _)| (*kind).to_owned()).collect();
        let kinds = if self.kinds.is_empty() { all() } else { self.kinds.split(',').map(str::to_owned).collect() };
        let (id, name, enabled) = (self.id, self.name.clone(), self.is_enabled);
        let url = app.config.keyring.open(&self.url_sealed)?;
        Ok(Shown { id, name, url, kinds, enabled, created_at: self.created_at, updated_at: self.updated_at })
    }

    /// What the audit says of it: of the address only scheme, host and port.
    fn facts(&self, app: &App) -> AppResult<Value> {
        let url = target::parse(&app.config.keyring.open(&self.url_sealed)?).map_err(AppError::internal)?;
        Ok(json!({ "name": self.name, "origin": target::origin(&url), "kinds": self.kinds, "enabled": self.is_enabled }))
    }

    /// Takes a wish over. Gives the new key, if one was asked for.
    fn change(&mut self, app: &App, wish: Wish) -> AppResult<Option<Secret>> {
        if let Some(name) = wish.name {
            self.name = checked_name(&name)?;
        }
        if let Some(url) = wish.url {
            let url = target::parse(&url).map_err(|why| AppError::invalid("url", why))?;
            self.url_sealed = app.config.keyring.seal(url.as_str());
        }
        if let Some(kinds) = wish.kinds {
            self.kinds = checked_kinds(kinds)?;
        }
        self.is_enabled = wish.enabled.unwrap_or(self.is_enabled);
        let secret = wish.rotate_secret.then(Secret::generate);
        if let Some(secret) = &secret {
            self.secret_sealed = app.config.keyring.seal(secret.reveal());
        }
        self.updated_at = app.clock.now();
        Ok(secret)
    }
}

fn checked_name(name: &str) -> AppResult<String> {
    let name = short_text("name", Some(name), 64)?.ok_or_else(|| AppError::invalid("name", "name is required"))?;
    if name.contains(['\n', '\r', '\t']) {
        return Err(AppError::invalid("name", "name must be one line"));
    }
    Ok(name)
}

fn checked_kinds(mut kinds: Vec<String>) -> AppResult<String> {
    if kinds.len() > MOST_KINDS {
        return Err(AppError::invalid("kinds", format!("kinds must have at most {MOST_KINDS} entries")));
    }
    if let Some(unknown) = kinds.iter().find(|kind| !is_kind(kind)) {
        let known = SOURCES.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join(", ");
        let short: String = unknown.chars().take(64).collect();
        return Err(AppError::invalid("kinds", format!("\"{short}\" is not one of {known}")));
    }
    kinds.sort();
    kinds.dedup();
    Ok(kinds.join(","))
}

fn known_name(error: sqlx::Error) -> AppError {
    match &error {
        sqlx::Error::Database(inner) if inner.is_unique_violation() => AppError::invalid("name", "there is a webhook of this name"),
        _ => error.into(),
    }
}

/// Makes a webhook. Its key is given this once.
pub async fn create(app: &App, by: &Actor, wish: Wish) -> AppResult<(Webhook, Secret)> {
    let required = |given: bool, field| if given { Ok(()) } else { Err(AppError::invalid(field, format!("{field} is required"))) };
    required(wish.name.is_some(), "name")?;
    required(wish.url.is_some(), "url")?;
    let (now, empty) = (app.clock.now(), String::new);
    let mut webhook = Webhook {
        id: 0,
        name: empty(),
        url_sealed: empty(),
        secret_sealed: empty(),
        kinds: empty(),
        is_enabled: true,
        created_at: now,
        updated_at: now,
    };
    let secret = webhook.change(app, Wish { rotate_secret: true, ..wish })?.ok_or_else(|| AppError::internal("no key was made"))?;
    let mut change = Change::begin(app, by).await?;
    if sql::webhooks(&mut change).await?.len() >= MOST {
        return Err(AppError::invalid("name", format!("there are {MOST} webhooks already")));
    }
    webhook.id = sql::add_webhook(&mut change, &webhook).await.map_err(known_name)?;
    change.record("admin.alerts.webhook.create", format!("webhook {}", webhook.id), (), webhook.facts(app)?);
    change.commit().await?;
    Ok((webhook, secret))
}

/// Changes a webhook. Gives the new key, if one was asked for.
pub async fn update(app: &App, by: &Actor, id: u64, wish: Wish) -> AppResult<(Webhook, Option<Secret>)> {
    let mut change = Change::begin(app, by).await?;
    let mut webhook = sql::lock_webhook(&mut change, id).await?.ok_or(AppError::NotFound("webhook"))?;
    if wish.is_nothing() {
        return Err(AppError::invalid("body", "name at least one thing to change"));
    }
    let before = webhook.facts(app)?;
    let secret = webhook.change(app, wish)?;
    sql::set_webhook(&mut change, &webhook).await.map_err(known_name)?;
    let (before, mut after) = crate::audit::difference(before, webhook.facts(app)?);
    if secret.is_some() {
        after["secret"] = json!("(secret)");
    }
    change.record("admin.alerts.webhook.update", format!("webhook {id}"), before, after);
    change.commit().await?;
    Ok((webhook, secret))
}

/// Removes a webhook and what it was to be told.
pub async fn delete(app: &App, by: &Actor, id: u64) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    let webhook = sql::lock_webhook(&mut change, id).await?.ok_or(AppError::NotFound("webhook"))?;
    sql::delete_webhook(&mut change, id).await?;
    change.record("admin.alerts.webhook.delete", format!("webhook {id}"), webhook.facts(app)?, ());
    change.commit().await
}

/// Makes a delivery that only shows whether deliveries arrive. Gives its row id.
pub async fn add_test(app: &App, by: &Actor, id: u64) -> AppResult<u64> {
    let mut change = Change::begin(app, by).await?;
    sql::lock_webhook(&mut change, id).await?.ok_or(AppError::NotFound("webhook"))?;
    let event = Event { condition: None, kind: "test", state: "test", summary: "a test, asked for by an operator", details: json!({}) };
    let delivery = deliver_to(app, &mut change, id, &event).await?;
    change.record("admin.alerts.webhook.test", format!("webhook {id}"), (), ());
    change.commit().await?;
    Ok(delivery)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_checked_and_kept_in_order() {
        let kinds = |list: &[&str]| checked_kinds(list.iter().map(|kind| (*kind).to_owned()).collect());
        assert_eq!(kinds(&["needs_login", "host_silent", "needs_login"]).unwrap(), "host_silent,needs_login");
        assert_eq!(kinds(&[]).unwrap(), "");
        assert!(kinds(&["needs_login", "a,b"]).is_err());
        assert!(kinds(&["needs_login"; 65]).is_err());
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(checked_name(" pager ").unwrap(), "pager");
        for bad in ["", "  ", "a\nb", "a\tb", "a\u{1b}", &"a".repeat(65)] {
            assert!(checked_name(bad).is_err(), "{bad:?}");
        }
    }
}
