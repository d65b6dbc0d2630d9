//! The links of the chain. The key is the installation's own and sealed at rest: who can write the database and no
//! more can break the chain, and cannot mend it.

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{Actor, Note};

/// The end of the chain, and the key it is made with.
pub struct Head {
    /// Of the newest entry; 0: there is none.
    pub seq: u64,
    /// Of the newest entry.
    pub hash: [u8; 32],
    /// Never printed and never stored in clear.
    pub(super) key: [u8; 32],
}

/// One entry as it is hashed and stored.
#[derive(Debug, sqlx::FromRow)]
pub struct Link {
    /// Place in the chain, from 1.
    pub seq: u64,
    pub actor_kind: String,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub before_json: Option<String>,
    pub after_json: Option<String>,
    pub request_id: Option<String>,
    pub address: Option<String>,
    pub created_at: DateTime<Utc>,
    pub hash: Vec<u8>,
}

impl Head {
    /// Makes the next entry and moves on to it.
    pub(super) fn next(&mut self, now: DateTime<Utc>, actor: &Actor, note: Note) -> Link {
        let mut link = Link {
            seq: self.seq + 1,
            actor_kind: actor.kind.to_owned(),
            actor: actor.name.clone(),
            action: note.action.to_owned(),
            target: note.target,
            before_json: note.before,
            after_json: note.after,
            request_id: actor.request_id.clone(),
            address: actor.address.map(|address| address.to_string()),
            created_at: now,
            hash: Vec::new(),
        };
        self.hash = link.hash_after(&self.hash, &self.key);
        self.seq = link.seq;
        link.hash = self.hash.to_vec();
        link
    }
}

impl Link {
    /// What this entry's hash must be when `before` is the hash of the one before it.
    pub(super) fn hash_after(&self, before: &[u8; 32], key: &[u8; 32]) -> [u8; 32] {
        // A JSON list: no two entries have the same text.
        let text = serde_json::to_vec(&(
            self.seq,
            (&self.actor_kind, &self.actor),
            (&self.action, &self.target),
            (&self.before_json, &self.after_json),
            (&self.request_id, &self.address),
            self.created_at.timestamp_micros(),
        ));
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(before);
        mac.update(&text.expect("an entry is plain text"));
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_entry_is_in_its_hash() {
        let mut head = Head { seq: 0, hash: [0; 32], key: [7; 32] };
        let actor = Actor { kind: "token", name: "olivia".into(), address: Some([192, 0, 2, 1].into()), request_id: Some("r".into()) };
        let note = Note { action: "a", target: "t".into(), before: None, after: Some("{}".into()) };
        let now = DateTime::from_timestamp_micros(1_800_000_000_000_001).unwrap();
        let whole = head.next(now, &actor, note);
        let changes: [fn(&mut Link); 10] = [
            |l| l.seq += 1,
            |l| l.actor_kind.push('x'),
            |l| l.actor.push('x'),
            |l| l.action.push('x'),
            |l| l.target.push('x'),
            |l| l.before_json = Some(String::new()),
            |l| l.after_json = None,
            |l| l.request_id = None,
            |l| l.address = None,
            |l| l.created_at += chrono::TimeDelta::microseconds(1),
        ];
        let stored = whole.hash.clone();
        assert_eq!(whole.hash_after(&[0; 32], &[7; 32]).to_vec(), stored);
        assert_ne!(whole.hash_after(&[1; 32], &[7; 32]).to_vec(), stored);
        assert_ne!(whole.hash_after(&[0; 32], &[8; 32]).to_vec(), stored);
        let mut link = whole;
        for change in changes {
            let mut other = Link { hash: Vec::new(), ..clone(&link) };
            change(&mut other);
            assert_ne!(other.hash_after(&[0; 32], &[7; 32]).to_vec(), stored, "{other:?}");
        }
        link.actor_kind = "tokeno".into();
        link.actor = "livia".into();
        assert_ne!(link.hash_after(&[0; 32], &[7; 32]).to_vec(), stored, "parts cannot slide into each other");
    }

    fn clone(link: &Link) -> Link {
        Link {
            actor_kind: link.actor_kind.clone(),
            actor: link.actor.clone(),
            action: link.action.clone(),
            target: link.target.clone(),
            before_json: link.before_json.clone(),
            after_json: link.after_json.clone(),
            request_id: link.request_id.clone(),
            address: link.address.clone(),
            hash: link.hash.clone(),
            ..*link
        }
    }
}
