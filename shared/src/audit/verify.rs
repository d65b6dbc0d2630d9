//! Checking the chain.

use serde::Serialize;

use super::sql;
use crate::{App, AppResult};

/// Rows read at a time.
const BATCH: u32 = 1000;

/// What the check found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Verdict {
    /// Whether every entry is what it was when it was written, in its place, with none missing.
    pub intact: bool,
    /// Entries that were checked.
    pub entries: u64,
    /// The first row that is wrong.
    pub broken: Option<Broken>,
}

/// A row that is wrong.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Broken {
    /// Its place in the chain, or the place where one is missing.
    pub seq: u64,
    /// Its id; null when it is missing.
    pub id: Option<u64>,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Checks every entry against its predecessor, in one consistent snapshot.
pub async fn verify(app: &App) -> AppResult<Verdict> {
    // The database's own isolation: every statement sees what the first one saw.
    let mut tx = app.db.begin().await?;
    let Some(head) = sql::head(&mut tx, &app.config.keyring).await? else {
        return Ok(Verdict { intact: true, entries: 0, broken: None });
    };
    let (mut seq, mut hash, mut last_id, mut first_id) = (0, [0; 32], 0, None);
    let broken = |seq, id, reason| Ok(Verdict { intact: false, entries: seq - 1, broken: Some(Broken { seq, id, reason }) });
    loop {
        let batch = sql::links_after(&mut tx, seq, BATCH).await?;
        for row in &batch {
            if row.link.seq != seq + 1 {
                return broken(seq + 1, None, "an entry is missing here");
            }
            seq += 1;
            hash = row.link.hash_after(&hash, &head.key);
            if row.link.hash != hash {
                return broken(seq, Some(row.id), "this entry was changed, or is not in its place");
            }
            if row.id <= last_id {
                return broken(seq, Some(row.id), "this row was moved");
            }
            last_id = row.id;
            first_id = first_id.or(Some(row.id));
        }
        if batch.len() < BATCH as usize {
            break;
        }
    }
    if seq < head.seq {
        return broken(seq + 1, None, "the newest entries are missing");
    }
    if seq > head.seq || hash != head.hash {
        return broken(seq.max(1), Some(last_id), "the recorded end of the chain is another");
    }
    if let Some(id) = sql::first_unchained_after(&mut tx, first_id.unwrap_or(u64::MAX)).await? {
        return broken(seq + 1, Some(id), "this row is not part of the chain");
    }
    Ok(Verdict { intact: true, entries: seq, broken: None })
}
