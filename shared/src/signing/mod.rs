//! The key that signs `cdx`: made when it is first needed, and followed by another only with its own word for that one
//! (docs/adr/0024).

mod key;
mod sql;

use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::audit::{Actor, Change};
use crate::fleet::Fleet;
use crate::{App, AppError, AppResult, crypto, wrapper};
use key::SigningKey;
use sql::Row;

/// What hosts are given.
#[derive(Clone, Debug)]
pub struct Signer {
    keys: Vec<Row>,
    script: Vec<u8>,
}

/// A public key, and what the one before says of it.
pub type Successor<'a> = (&'a str, Option<&'a [u8]>);

impl Signer {
    fn newest(&self) -> &Row {
        self.keys.last().expect("a signer has a key")
    }

    /// SHA-256 of the public key's file.
    pub fn fingerprint(&self) -> &str {
        &self.newest().fingerprint
    }

    /// How many keys there were before.
    pub fn predecessors(&self) -> usize {
        self.keys.len() - 1
    }

    /// The signature of [`wrapper::SCRIPT`].
    pub fn script_signature(&self) -> &[u8] {
        &self.script
    }

    /// The two lines of the public key's file between its first and its last, as one baked value.
    pub fn baked(&self) -> String {
        let lines: Vec<_> = self.newest().public_pem.lines().filter(|line| !line.starts_with('-')).collect();
        lines.join(" ")
    }

    /// What leads a host from the key it has to the newest. `none`: the newest, on the line's word. A key that was never ours leads
    /// nowhere.
    pub fn after(&self, known: &str) -> impl Iterator<Item = Successor<'_>> {
        let at = self.keys.iter().position(|key| key.fingerprint == known);
        let from = match at {
            Some(at) => at + 1,
            None if known == "none" => self.keys.len() - 1,
            None => self.keys.len(),
        };
        self.keys[from..].iter().map(|key| (key.public_pem.as_str(), key.endorsement.as_deref()))
    }
}

/// What was read last.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<Arc<Signer>>>);

/// The signer that the fleet's row names. No statement while that is the known one.
pub async fn signer(app: &App, fleet: &Fleet) -> AppResult<Arc<Signer>> {
    let known = app.signer.0.lock().expect("no thread panics while it looks").clone();
    if let Some(known) = known.filter(|known| known.fingerprint() == fleet.signing_key) {
        return Ok(known);
    }
    let mut keys = sql::all(&mut *app.db.acquire().await?).await?;
    if keys.is_empty() {
        keys = make_first(app).await?;
    }
    let private = private(app, &keys)?;
    let signer = Arc::new(Signer { keys, script: private.sign(wrapper::SCRIPT.as_bytes()) });
    *app.signer.0.lock().expect("no thread panics while it looks") = Some(signer.clone());
    Ok(signer)
}

/// Whoever is first makes it; others find it.
async fn make_first(app: &App) -> AppResult<Vec<Row>> {
    let mut tx = app.begin().await?;
    sql::lock(&mut tx).await?;
    if sql::all(&mut tx).await?.is_empty() {
        sql::add(&mut tx, &row(app, &SigningKey::generate(), None)).await?;
    }
    let keys = sql::all(&mut tx).await?;
    tx.commit().await?;
    Ok(keys)
}

/// Makes a key that follows the one that signs now, if there is one; that one signs nothing any more.
pub async fn rotate(app: &App, by: &Actor) -> AppResult<()> {
    let mut change = Change::begin(app, by).await?;
    sql::lock(&mut change).await?;
    let keys = sql::all(&mut change).await?;
    let before = keys.last().map(|_| private(app, &keys)).transpose()?;
    let new = row(app, &SigningKey::generate(), before.as_ref());
    sql::add(&mut change, &new).await?;
    let old = keys.last().map(|key| json!({ "fingerprint": key.fingerprint }));
    change.record("signing_key.rotate", "cdx", old, json!({ "fingerprint": new.fingerprint }));
    change.commit().await
}

fn private(app: &App, keys: &[Row]) -> AppResult<SigningKey> {
    let sealed = keys.last().and_then(|key| key.private_sealed.as_deref()).unwrap_or_default();
    let document = app.config.keyring.open(sealed).map_err(AppError::internal)?;
    SigningKey::parse(&document).map_err(AppError::internal)
}

fn row(app: &App, key: &SigningKey, before: Option<&SigningKey>) -> Row {
    let public_pem = key.public_pem();
    Row {
        fingerprint: crypto::sha256_hex(&public_pem),
        private_sealed: Some(app.config.keyring.seal(key.document())),
        endorsement: before.map(|before| before.sign(public_pem.as_bytes())),
        created_at: app.clock.now(),
        public_pem,
    }
}
