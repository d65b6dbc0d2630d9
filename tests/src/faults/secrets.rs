//! No log of any process holds a secret as it was in this run.

use std::collections::HashSet;

use super::book::Book;
use super::world::World;

/// What was found, without saying it again.
pub fn check(world: &World, book: &Book) -> Vec<String> {
    let logs = world.logs();
    let words: HashSet<&str> = logs.split(is_no_part).collect();
    let mut complaints = Vec::new();
    let mut look = |what: &str, secret: &str| {
        if words.contains(telling_part(secret)) || (secret.contains(['+', '/', '=']) && logs.contains(secret)) {
            complaints.push(format!("{what} is in a log"));
        }
    };
    look("the encryption key", &world.keys.encryption);
    look("the owner's token", &world.keys.owner);
    look("the database's password", &world.database.password());
    for secret in &book.secrets {
        look("a host's key, a handle or an installer", secret);
    }
    world.openai.with(|state| {
        state.families.refresh_tokens.keys().for_each(|token| look("a refresh token", token));
        state.families.access_tokens.keys().for_each(|token| look("an access token", token));
    });
    complaints.sort();
    complaints.dedup();
    complaints
}

fn is_no_part(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// A token with dots is told by the longest thing between them.
fn telling_part(secret: &str) -> &str {
    secret.split(is_no_part).max_by_key(|part| part.len()).unwrap_or(secret)
}
