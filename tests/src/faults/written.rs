//! Every acknowledged write is there once; one that nobody acknowledged is there once at most.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::crypto::{Keyring, hash};
use sqlx::{MySqlConnection, query_as, query_scalar};

use super::book::{Book, Write};
use super::database::Keys;

/// How often each name was found.
type Found = BTreeMap<String, u64>;

/// What is missing, or there too often.
pub async fn check(conn: &mut MySqlConnection, book: &Book, keys: &Keys) -> Vec<String> {
    let mut complaints = compare("usage", &book.usages, &usages(conn).await);
    let logins = logins(conn, keys).await;
    complaints.extend(compare("login", &book.logins, &logins));
    complaints.extend(
        book.exchanged
            .iter()
            .filter(|token| !logins.contains_key(*token))
            .map(|_| "a handle was exchanged for a token of no login".to_owned()),
    );
    complaints.extend(compare("text", &book.texts, &texts(conn).await));
    complaints.extend(compare("registration", &book.hosts, &registrations(conn).await));
    complaints.extend(sessions(conn, book).await);
    complaints.extend(installed(conn, book).await);
    complaints.extend(rotations(conn, book).await);
    complaints
}

/// Writes of one name belong together: some were acknowledged, and each of the others may be there.
fn compare(what: &str, writes: &[Write], found: &Found) -> Vec<String> {
    let mut expected = BTreeMap::<&str, (u64, u64)>::new();
    for write in writes {
        let (least, most) = expected.entry(&write.name).or_default();
        *least += u64::from(write.acknowledged);
        *most += 1;
    }
    let wrong = |(name, (least, most)): (&&str, &(u64, u64))| {
        let times = found.get(*name).copied().unwrap_or(0);
        let shown: String = name.chars().take(24).collect();
        (times < *least || times > *most).then(|| format!("{what} {shown}… is there {times} times; {least} to {most} were written"))
    };
    expected.iter().filter_map(wrong).collect()
}

async fn usages(conn: &mut MySqlConnection) -> Found {
    let sql = "SELECT CAST(u.input_tokens AS CHAR), CAST(COUNT(*) AS UNSIGNED) FROM token_usages u \
               JOIN token_usage_ingests i ON i.id = u.ingest_id WHERE i.source = 'usage' GROUP BY 1";
    query_as(sql).fetch_all(conn).await.unwrap().into_iter().collect()
}

/// Access tokens of every login there ever was.
async fn logins(conn: &mut MySqlConnection, keys: &Keys) -> Found {
    let keyring = Keyring::parse(&keys.encryption).unwrap();
    let bodies: Vec<String> = query_scalar("SELECT body_sealed FROM auth_generations").fetch_all(conn).await.unwrap();
    let mut found = Found::new();
    for body in bodies {
        let login: Value = serde_json::from_str(&keyring.open(&body).unwrap()).unwrap();
        *found.entry(login["tokens"]["access_token"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    found
}

async fn texts(conn: &mut MySqlConnection) -> Found {
    let sql = "SELECT TRIM(TRAILING '\\n' FROM b.body), CAST(COUNT(*) AS UNSIGNED) FROM artifact_versions v \
               JOIN artifact_bodies b ON b.sha256 = v.sha256 GROUP BY 1";
    query_as(sql).fetch_all(conn).await.unwrap().into_iter().collect()
}

async fn registrations(conn: &mut MySqlConnection) -> Found {
    // A key that nobody has used goes with the next registration: what stays is the host and what the audit says.
    let sql =
        "SELECT h.fqdn, CAST(COUNT(*) AS UNSIGNED) FROM audit a JOIN hosts h ON h.fqdn = a.target WHERE a.action = 'register' GROUP BY 1";
    query_as(sql).fetch_all(conn).await.unwrap().into_iter().collect()
}

async fn sessions(conn: &mut MySqlConnection, book: &Book) -> Vec<String> {
    let sql = "SELECT LOWER(HEX(s.session)), CAST(COUNT(*) AS UNSIGNED), CAST(COUNT(DISTINCT u.file_at_ms) AS UNSIGNED), \
               CAST(SUM(u.output_tokens) AS UNSIGNED) FROM token_usages u JOIN usage_sessions s ON s.id = u.session_id GROUP BY 1";
    let rows: Vec<(String, u64, u64, u64)> = query_as(sql).fetch_all(conn).await.unwrap();
    let of = |session: &str| {
        let id = session.replace('-', "");
        rows.iter().find(|row| row.0 == id).map_or((0, 0, 0), |row| (row.1, row.2, row.3))
    };
    let wrong = |(session, (taken, made)): (&String, &(u64, u64))| {
        let (rows, answers, output) = of(session);
        let well = rows == answers && rows >= *taken && rows <= *made && output == 7 * rows;
        (!well)
            .then(|| format!("session {session} has {rows} rows of {answers} answers and {output} tokens; {taken} were taken, {made} made"))
    };
    book.sessions.iter().filter_map(wrong).collect()
}

async fn installed(conn: &mut MySqlConnection, book: &Book) -> Vec<String> {
    let mut complaints = Vec::new();
    for key in book.installed.iter().filter(|key| key.acknowledged) {
        let sql =
            "SELECT k.state, t.used_at IS NOT NULL FROM host_keys k JOIN single_use_tokens t ON t.host_key_id = k.id WHERE k.key_hash = ?";
        let rows: Vec<(String, bool)> = query_as(sql).bind(hash(&key.name).as_slice()).fetch_all(&mut *conn).await.unwrap();
        if rows.len() != 1 || rows[0].0 == "pending" || !rows[0].1 {
            complaints.push(format!("a key that was let in is {rows:?}"));
        }
    }
    complaints
}

async fn rotations(conn: &mut MySqlConnection, book: &Book) -> Vec<String> {
    let there: Vec<u64> = query_scalar("SELECT generation FROM auth_generations").fetch_all(conn).await.unwrap();
    book.rotations.iter().filter(|generation| !there.contains(generation)).map(|generation| format!("login {generation} is gone")).collect()
}
