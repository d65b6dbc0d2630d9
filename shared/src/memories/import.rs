//! Memories that come from another server, with the times they have.

use chrono::{DateTime, Utc};
use sqlx::MySqlConnection;

use super::decide::{Decision, decide};
use super::input::Draft;
use super::sql::{self, Row};
use super::{Author, MemoryId, Scope};

/// What an imported memory has for a session: as long as it has, nobody has written it here.
pub const SESSION: &str = "import";

/// What becomes of a memory that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    New,
    /// There is one that says the same.
    Same,
    /// There is one from an earlier import, and it changed there since.
    Newer,
    /// There is one that was written or deleted here.
    Ours,
}

/// Decides it.
fn standing(current: Option<&Row>, draft: &Draft) -> Standing {
    match (decide(current, draft), current) {
        (Decision::Keep, _) => Standing::Same,
        (Decision::Update, Some(row)) if row.session.as_deref() == Some(SESSION) => Standing::Newer,
        (Decision::Create, _) => Standing::New,
        _ => Standing::Ours,
    }
}

/// What would become of it.
pub async fn look(conn: &mut MySqlConnection, scope: &Scope, id: &MemoryId, draft: &Draft) -> sqlx::Result<Standing> {
    Ok(standing(sql::lock(conn, scope, &id.key()).await?.as_ref(), draft))
}

/// Takes a memory in, unless there is one that was written here.
pub async fn bring(
    conn: &mut MySqlConnection,
    scope: &Scope,
    (id, draft): (&MemoryId, &Draft),
    (host, fqdn): (u64, &str),
    (created_at, updated_at): (DateTime<Utc>, DateTime<Utc>),
) -> sqlx::Result<Standing> {
    let current = sql::lock(conn, scope, &id.key()).await?;
    let standing = standing(current.as_ref(), draft);
    let author = Author { host: Some(host), name: fqdn, session: Some(SESSION) };
    match (standing, &current) {
        (Standing::New, _) => {
            let row = sql::add(conn, updated_at, scope, id, draft, author).await?;
            sqlx::query("UPDATE memories SET created_at = ? WHERE id = ?").bind(created_at).bind(row).execute(conn).await?;
        }
        (Standing::Newer, Some(row)) => sql::replace(conn, updated_at, row, draft, author).await?,
        _ => {}
    }
    Ok(standing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_here_is_kept() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let row = |content: &str, session: Option<&str>, deleted: bool| Row {
            id: 1,
            scope: "host:1".into(),
            memory_id: "m".into(),
            version: 2,
            content: content.into(),
            metadata: None,
            tags: "[]".into(),
            author_host_id: Some(1),
            author: "a.example".into(),
            session: session.map(str::to_owned),
            created_at: at,
            updated_at: at,
            deleted_at: deleted.then_some(at),
        };
        let draft = Draft { id: None, content: "new".into(), metadata: None, tags: Vec::new(), if_version: None };
        for (what, current, expected) in [
            ("nothing", None, Standing::New),
            ("the same", Some(row("new", None, false)), Standing::Same),
            ("imported before", Some(row("old", Some(SESSION), false)), Standing::Newer),
            ("written here since", Some(row("old", None, false)), Standing::Ours),
            ("written here in a session", Some(row("old", Some("s-1"), false)), Standing::Ours),
            ("deleted here", Some(row("new", Some(SESSION), true)), Standing::Ours),
        ] {
            assert_eq!(standing(current.as_ref(), &draft), expected, "{what}");
        }
    }
}
