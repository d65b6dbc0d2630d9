//! Who changed what: append-only, each entry hashed with the one before it.

mod chain;
mod page;
pub mod sql;
pub mod verify;

use std::net::IpAddr;
use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde_json::Value;
use sqlx::{MySql, MySqlConnection, Transaction};

use crate::{App, AppResult};
pub use page::{Entry, Filter, list};

/// Who makes a change, and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `token`, `certificate`, `open`, `host`, `link`, `stranger` or `system`.
    pub kind: &'static str,
    /// The name of the token or certificate, the host's name, or what acts by itself.
    pub name: String,
    /// The client's address; a scheduler has none.
    pub address: Option<IpAddr>,
    /// The request that caused it.
    pub request_id: Option<String>,
}

impl Actor {
    /// The server itself.
    pub fn system(name: &str) -> Self {
        Self { kind: "system", name: name.to_owned(), address: None, request_id: None }
    }
}

/// A change: one transaction and what the audit will say of it. Dropped without [`Change::commit`] it never was.
#[derive(Debug)]
pub struct Change {
    tx: Transaction<'static, MySql>,
    app: App,
    actor: Actor,
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Note {
    action: &'static str,
    target: String,
    before: Option<String>,
    after: Option<String>,
}

impl Change {
    /// Opens the transaction.
    pub async fn begin(app: &App, actor: &Actor) -> AppResult<Self> {
        Ok(Self { tx: app.begin().await?, app: app.clone(), actor: actor.clone(), notes: Vec::new() })
    }

    /// Says who makes it, when that is known only now.
    pub fn set_actor(&mut self, actor: Actor) {
        self.actor = actor;
    }

    /// Who makes it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Says what is changed; `()` is nothing. Types that hold a secret do not serialise, or serialise as "(secret)".
    pub fn record(&mut self, action: &'static str, target: impl Into<String>, before: impl Serialize, after: impl Serialize) {
        self.notes.push(Note { action, target: target.into(), before: json_text(before), after: json_text(after) });
    }

    /// Appends what was recorded to the chain and makes everything lasting. The end of the chain is locked last and
    /// for a moment, so that changes wait for each other nowhere else.
    pub async fn commit(mut self) -> AppResult<()> {
        if !self.notes.is_empty() {
            let now = self.app.clock.now();
            let mut head = sql::lock_head(&mut self.tx, &self.app.config.keyring).await?;
            for note in std::mem::take(&mut self.notes) {
                let link = head.next(now, &self.actor, note);
                sql::append(&mut self.tx, &link).await?;
            }
            sql::set_head(&mut self.tx, &head).await?;
        }
        self.tx.commit().await?;
        Ok(())
    }
}

impl Deref for Change {
    type Target = MySqlConnection;

    fn deref(&self) -> &MySqlConnection {
        &self.tx
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut MySqlConnection {
        &mut self.tx
    }
}

fn json_text(value: impl Serialize) -> Option<String> {
    let value = serde_json::to_value(value).expect("what is audited is plain data");
    (value != Value::Null).then(|| value.to_string())
}

/// What differs between two states of one thing: the members of `before` and of `after` that are not equal.
pub fn difference(before: impl Serialize, after: impl Serialize) -> (Value, Value) {
    let object = |value: Value| if let Value::Object(map) = value { map } else { serde_json::Map::new() };
    let as_object = |value: Result<Value, serde_json::Error>| object(value.expect("what is audited is plain data"));
    let (mut before, mut after) = (as_object(serde_json::to_value(before)), as_object(serde_json::to_value(after)));
    let same: Vec<_> = before.iter().filter(|(key, value)| after.get(*key) == Some(value)).map(|(key, _)| key.clone()).collect();
    for key in same {
        before.remove(&key);
        after.remove(&key);
    }
    (Value::Object(before), Value::Object(after))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn only_what_changed_is_told() {
        let (before, after) = super::difference(json!({ "a": 1, "b": 2, "c": 3 }), json!({ "a": 1, "b": 4, "d": 5 }));
        assert_eq!((before, after), (json!({ "b": 2, "c": 3 }), json!({ "b": 4, "d": 5 })));
    }
}
