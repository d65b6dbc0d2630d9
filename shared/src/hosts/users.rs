//! Who runs `cdx` on a host, as the host says.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::view::atom_text;
use super::{Host, sql};
use crate::fading::Fading;
use crate::{App, AppResult};

/// Longest user or host name, in bytes; longer ones are cut between characters.
const LONGEST: usize = 255;

/// One user of a host.
#[derive(Clone, Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct HostUser {
    /// Whose it is.
    #[serde(skip)]
    pub host_id: u64,
    username: String,
    hostname: Option<String>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    first_seen: DateTime<Utc>,
    #[serde(serialize_with = "atom_text")]
    #[schema(value_type = String)]
    last_seen: DateTime<Utc>,
}

impl HostUser {
    /// Who it is.
    pub fn username(&self) -> &str {
        &self.username
    }
}

/// Notes that somebody uses a host, when it says who, and gives all its users by name.
pub async fn seen(app: &App, host: &Host, username: &str, hostname: &str) -> AppResult<Vec<HostUser>> {
    note(app, host, short(username), hostname).await?;
    let mut conn = app.db.acquire().await?;
    Ok(sql::users(&mut conn, &[host.id]).await?)
}

/// The name of a host's only user; `None`: there are several, or none was ever named.
pub async fn only(app: &App, host: &Host) -> AppResult<Option<String>> {
    let mut users = sql::users(&mut *app.db.acquire().await?, &[host.id]).await?;
    let last = users.pop();
    Ok(last.filter(|_| users.is_empty()).map(|user| user.username))
}

async fn note(app: &App, host: &Host, username: &str, hostname: &str) -> AppResult<()> {
    if !username.is_empty() {
        let hostname = Some(short(hostname)).filter(|name| !name.is_empty());
        let mut conn = app.db.acquire().await?;
        sql::note_user(&mut conn, app.clock.now(), host.id, username, hostname).await?;
    }
    Ok(())
}

/// Users of hosts that were noted lately, so that not every launch writes.
#[derive(Debug, Default)]
pub struct Lately(Mutex<Fading<(u64, String), DateTime<Utc>>>);

/// A user is noted again after this long.
const NOTE_EVERY: TimeDelta = TimeDelta::minutes(10);

impl Lately {
    /// Whether this user has to be noted now.
    fn is_due(&self, host_id: u64, username: &str, now: DateTime<Utc>) -> bool {
        let mut all = self.0.lock().expect("no thread panics while it looks");
        let all = all.swept(|noted| now - *noted < NOTE_EVERY);
        let noted = all.entry((host_id, username.to_owned())).or_insert(DateTime::UNIX_EPOCH);
        let is_due = now - *noted >= NOTE_EVERY;
        if is_due {
            *noted = now;
        }
        is_due
    }
}

/// Notes who launches Codex on a host, at most every ten minutes.
pub async fn launched(app: &App, host: &Host, username: &str, hostname: &str) -> AppResult<()> {
    let username = short(username);
    if !username.is_empty() && app.users.is_due(host.id, username, app.clock.now()) {
        note(app, host, username, hostname).await?;
    }
    Ok(())
}

fn short(text: &str) -> &str {
    let text = text.trim();
    text[..text.floor_char_boundary(LONGEST)].trim_end()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(super::short(" a "), "a");
        assert_eq!(super::short(&"é".repeat(200)).len(), 254);
    }
}
