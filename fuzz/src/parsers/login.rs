//! A login's document and its canonical form.

use chrono::{DateTime, Utc};
use shared::auth::canonical::Login;
use shared::auth::document::Node;

/// `TOKEN_MIN_LENGTH`.
const MIN_TOKEN: usize = 24;

/// The clock stands still: 2026-11-27T00:00:00Z.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_737_600, 0).unwrap()
}

pub fn check(data: &[u8]) {
    let Ok(node) = Node::parse(data) else { return };
    let text = node.to_compact();
    assert_eq!(Node::parse(text.as_bytes()).as_ref(), Ok(&node), "a document reads back");
    let Ok(login) = Login::parse(node, MIN_TOKEN, now()) else { return };
    let again = Node::parse(login.bytes.as_bytes()).unwrap();
    let again = Login::parse(again, MIN_TOKEN, now()).expect("the canonical form is a login");
    assert_eq!(again.bytes, login.bytes, "the canonical form of the canonical form is itself");
    let stored = Login::stored(&login.bytes).expect("what came in is not lost");
    assert_eq!((stored.digest.as_str(), stored.refreshed_at), (login.digest.as_str(), login.refreshed_at));
    let shown = format!("{login:?}");
    assert!(login.secrets().iter().all(|secret| secret.len() < MIN_TOKEN || !shown.contains(*secret)));
    assert_eq!((stored.account_id(), stored.issued_at()), (login.account_id(), login.issued_at()));
}
