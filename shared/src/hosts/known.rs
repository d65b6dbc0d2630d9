//! Hosts this instance has let in before. Their rows are read whole only when the database says that they have changed:
//! every call still asks it, and is answered by what is true now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};

use super::key::HostKey;
use super::{Identity, contact, sql};
use crate::App;

/// What changes when anything does that an [`Identity`] is made of. The moments are the database's own.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Stamp {
    key_id: u64,
    key_state: String,
    host_changed_at: DateTime<Utc>,
    fleet_changed_at: DateTime<Utc>,
}

/// An identity and when it was true.
#[derive(Debug, sqlx::FromRow)]
pub struct Stamped {
    #[sqlx(flatten)]
    stamp: Stamp,
    #[sqlx(flatten)]
    who: Identity,
}

/// By the hash of the key.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<[u8; 32], Arc<Stamped>>>);

/// More than this many and all are forgotten: about 30 MB.
const MANY: usize = 20_000;

impl Known {
    fn get(&self, key: &[u8; 32]) -> Option<Arc<Stamped>> {
        self.0.lock().expect("no thread panics while it looks").get(key).cloned()
    }

    fn put(&self, key: [u8; 32], stamped: Stamped) {
        let mut all = self.0.lock().expect("no thread panics while it looks");
        if all.len() >= MANY {
            all.clear();
        }
        all.insert(key, Arc::new(stamped));
    }
}

/// Who presents `key`; `None`: nobody. One statement, and a second one when something has changed since the last call.
/// When this call's contact will have to be written the row is read whole at once: it changes anyway.
pub async fn identify(app: &App, key: &HostKey, now: DateTime<Utc>) -> sqlx::Result<Option<Identity>> {
    let hash = key.hash();
    let mut conn = app.db.acquire().await?;
    if let Some(known) = app.known.get(&hash).filter(|known| !contact::is_old(known.who.host.last_contact_at, now)) {
        match sql::stamp(&mut conn, &hash, now).await? {
            None => return Ok(None),
            Some(stamp) if stamp == known.stamp => return Ok(Some(known.who.clone())),
            Some(_) => {}
        }
    }
    let Some(found) = sql::identify(&mut conn, &hash, now).await? else { return Ok(None) };
    let who = found.who.clone();
    app.known.put(hash, found);
    Ok(Some(who))
}
