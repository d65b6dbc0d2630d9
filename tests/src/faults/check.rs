//! What must be true after every fault.

use super::book::Book;
use super::world::World;
use super::{login, secrets, whole, written};

/// One thing that must be true, and where it is not.
#[derive(Debug)]
pub struct Verdict {
    /// What must be true.
    pub invariant: &'static str,
    /// Where it is not; empty: it is.
    pub complaints: Vec<String>,
}

/// Looks at everything, once nobody calls any more.
pub fn all(world: &World, book: &Book) -> Vec<Verdict> {
    let verdict = |invariant, complaints| Verdict { invariant, complaints };
    let database = &world.database;
    vec![
        verdict("every acknowledged write is there once", database.ask(async |conn| written::check(conn, book, &world.keys).await)),
        verdict("nothing is half-applied", database.ask(async |conn| whole::check(conn).await)),
        verdict("no refresh token is spent and forgotten, none twice", database.ask(async |conn| login::check(conn, world).await)),
        verdict("honest callers are not turned away", book.wrongs.clone()),
        verdict("no secret is in a log", secrets::check(world, book)),
    ]
}
