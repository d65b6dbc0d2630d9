//! Who runs `cdx` on a host, as the host says.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::view::atom_text;
use super::{Host, sql};
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

/// Notes that somebody uses a host, when it says who, and gives all its users by name.
pub async fn seen(app: &App, host: &Host, username: &str, hostname: &str) -> AppResult<Vec<HostUser>> {
    let mut conn = app.db.acquire().await?;
    let (username, hostname) = (short(username), short(hostname));
    if !username.is_empty() {
        let hostname = (!hostname.is_empty()).then_some(hostname);
        sql::note_user(&mut conn, app.clock.now(), host.id, username, hostname).await?;
    }
    Ok(sql::users(&mut conn, &[host.id]).await?)
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
