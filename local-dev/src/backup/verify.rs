//! Whether a copy brings everything back: it is restored into an empty database, and everything sealed in it is opened.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use shared::config::{Config, ConfigError};
use shared::reseal::{self, Unopened};
use shared::{App, audit, migrate};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

use super::archive;
use super::client::Client;
use super::error::BackupError;
use super::manifest::Contents;
use super::passphrase::Passphrase;
use super::scratch::Scratch;
use crate::up::UpError;

/// What was found in a copy that can be trusted.
#[derive(Debug)]
pub struct Verified {
    /// What it says of itself.
    pub contents: Contents,
    /// Secrets that its key opened.
    pub secrets: u64,
    /// Entries of its audit.
    pub entries: u64,
}

/// Restores a copy into an empty database and looks at everything. `server`: where a schema may be made when none can be started here.
pub async fn verify(path: &Path, passphrase: &Passphrase, server: Option<&str>) -> Result<Verified, BackupError> {
    let (file, secret) = (path.to_path_buf(), passphrase.clone());
    let manifest = blocking(move || archive::peek(&file, &secret)).await?;
    let scratch = Scratch::open(&manifest.database, server).await?;
    let verified = inspect(path, passphrase, &scratch).await;
    let removed = scratch.remove().await;
    let verified = verified?;
    removed?;
    Ok(verified)
}

async fn inspect(path: &Path, passphrase: &Passphrase, scratch: &Scratch) -> Result<Verified, BackupError> {
    let contents = load(path, passphrase, scratch.client.clone(), "tried").await?;
    let wrong = |why: String| BackupError::NotVerified(path.to_path_buf(), why);
    let mut conn = MySqlConnection::connect(&scratch.url).await?;
    if let Some(why) = difference(&mut conn, &contents).await? {
        return Err(wrong(why));
    }
    conn.close().await?;
    let app = app(&scratch.url, &contents)?;
    let found = open_all(&app).await;
    app.db.close().await;
    let (secrets, entries) = found.map_err(wrong)?;
    Ok(Verified { contents, secrets, entries })
}

/// Runs the dump of a copy, and gives what the copy says of itself.
pub(super) async fn load(path: &Path, passphrase: &Passphrase, client: Client, what: &'static str) -> Result<Contents, BackupError> {
    let (path, passphrase) = (path.to_path_buf(), passphrase.clone());
    blocking(move || {
        let mut contents = None;
        client.load(|to| {
            contents = Some(archive::read(&path, &passphrase, to, what)?.0);
            Ok(())
        })?;
        Ok(contents.expect("it was read"))
    })
    .await
}

/// Checks a whole copy without a database.
pub(super) async fn check(path: &Path, passphrase: &Passphrase) -> Result<Contents, BackupError> {
    let (path, passphrase) = (path.to_path_buf(), passphrase.clone());
    blocking(move || Ok(archive::read(&path, &passphrase, io::sink(), "checked")?.0)).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BackupError> + Send + 'static) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.expect("reading a copy does not panic")
}

/// What is in the database and not in the copy's own count, or the other way round; `None`: nothing.
pub(super) async fn difference(conn: &mut MySqlConnection, contents: &Contents) -> Result<Option<String>, BackupError> {
    let found = rows(conn).await?;
    let expected = &contents.totals.tables;
    let names = found.keys().chain(expected.keys());
    let count = |of: &BTreeMap<String, u64>, name: &String| of.get(name).copied().unwrap_or(0);
    if let Some(name) = names.into_iter().find(|name| count(&found, name) != count(expected, name)) {
        return Ok(Some(format!("{name} has {} rows instead of {}", count(&found, name), count(expected, name))));
    }
    let (migration,): (i64,) = sqlx::query_as("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(conn).await?;
    let expected = contents.manifest.migration;
    Ok((migration != expected).then(|| format!("its last migration is {migration} instead of {expected}")))
}

async fn rows(conn: &mut MySqlConnection) -> Result<BTreeMap<String, u64>, BackupError> {
    let sql = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()";
    let tables: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
    let mut rows = BTreeMap::new();
    for (table,) in tables {
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(format!("SELECT COUNT(*) FROM `{table}`"))).fetch_one(&mut *conn).await?;
        rows.insert(table, count.unsigned_abs());
    }
    Ok(rows)
}

fn app(url: &str, contents: &Contents) -> Result<App, BackupError> {
    let config: Result<Config, ConfigError> = Config::from_lookup(|name| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        "AUTH_ENCRYPTION_KEY" => Some(contents.key.clone()),
        "INSTALLATION_ID" => Some(contents.manifest.installation_id.clone()),
        "PUBLIC_BASE_URL" => Some("http://127.0.0.1".to_owned()),
        _ => None,
    });
    Ok(App::new(config.map_err(UpError::from)?)?)
}

/// Brings the database to this release, which checks the key, then opens every secret and walks the whole audit. Gives how many of both.
async fn open_all(app: &App) -> Result<(u64, u64), String> {
    migrate::run(app).await.map_err(|error| error.to_string())?;
    let secrets = reseal::check(app).await.map_err(|error| error.to_string())?;
    if let Some(Unopened { column, id }) = secrets.unopened.first() {
        return Err(format!("{}.{} of {} {id} does not open with its key", column.table, column.name, column.id));
    }
    let audit = audit::verify::verify(app).await.map_err(|error| error.to_string())?;
    match audit.broken {
        Some(broken) => Err(format!("its audit is broken at entry {}: {}", broken.seq, broken.reason)),
        None => Ok((secrets.sealed + secrets.older, audit.entries)),
    }
}
