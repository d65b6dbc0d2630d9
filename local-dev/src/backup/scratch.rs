//! An empty database to try a copy in: a private one in a temporary folder, or a schema of its own on the installation's server.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use shared::clock::Clock;
use shared::random;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

use super::client::{Client, is_encrypted};
use super::error::BackupError;
use crate::database::{self, Database, DatabaseError};
use crate::state_dir::StateDir;

/// Schemas with this name are made and removed here; a server's user needs rights on them: `codex_auth_verify_%`.
const SCHEMA: &str = "codex_auth_verify_";

/// After so many seconds a schema is nobody's.
const ABANDONED: i64 = 86_400;
/// How long a database may take to stop.
const STOP: Duration = Duration::from_secs(8);

/// Where a copy is tried. Remove it with [`Scratch::remove`]; dropped without, a private database is stopped all the same.
#[derive(Debug)]
pub struct Scratch {
    /// How the server reaches it.
    pub url: String,
    /// How the programs do.
    pub client: Client,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Private { database: Option<Database>, folder: PathBuf },
    Schema { server: String, name: String },
}

impl Scratch {
    /// A place for a copy of a database that calls itself `origin`. What MySQL writes MariaDB does not always read, so a copy of MySQL
    /// is tried on the `server` it is from.
    pub async fn open(origin: &str, server: Option<&str>) -> Result<Self, BackupError> {
        let refused = if origin.contains("MariaDB") {
            match Self::private().await {
                Err(BackupError::Database(error @ DatabaseError::NotInstalled)) => error.to_string(),
                done => return done,
            }
        } else {
            format!("it is a copy of MySQL ({origin})")
        };
        match server {
            Some(server) => Self::schema(server).await,
            None => Err(BackupError::NoScratch(format!("{refused}: set DATABASE_URL to a server where a schema may be made"))),
        }
    }

    async fn private() -> Result<Self, BackupError> {
        let folder = std::env::temp_dir().join(format!("codex-auth-central-verify-{}", random::uuid()));
        let dir = StateDir::open(&folder).map_err(|error| BackupError::File(folder.clone(), error))?;
        match database::start(&dir).await {
            Ok(database) => {
                let (url, client) = (database.url.clone(), Client::of(&database.url, false)?);
                Ok(Self { url, client, place: Place::Private { database: Some(database), folder } })
            }
            Err(error) => {
                fs::remove_dir_all(&folder).ok();
                Err(error.into())
            }
        }
    }

    async fn schema(server: &str) -> Result<Self, BackupError> {
        let now = Clock::System.now().timestamp();
        let name = format!("{SCHEMA}{now}_{}", hex::encode(random::bytes::<4>()));
        let mut conn = MySqlConnection::connect(server).await?;
        sweep(&mut conn, now).await?;
        let client = Client::of(server, is_encrypted(&mut conn).await?)?.with_database(&name);
        let sql = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        conn.execute(AssertSqlSafe(sql)).await.map_err(|error| {
            BackupError::NoScratch(format!(
                "{error}; install mariadb-server here, or run on the server: GRANT ALL ON `{}%`.* TO this user",
                SCHEMA.replace('_', "\\_")
            ))
        })?;
        let mut url = reqwest::Url::parse(server).map_err(|error| BackupError::Address(error.to_string()))?;
        url.set_path(&name);
        Ok(Self { url: url.into(), client, place: Place::Schema { server: server.to_owned(), name } })
    }

    /// Leaves nothing.
    pub async fn remove(mut self) -> Result<(), BackupError> {
        match &mut self.place {
            Place::Private { database, folder } => {
                if let Some(database) = database.take() {
                    database.stop().await;
                }
                fs::remove_dir_all(&*folder).map_err(|error| BackupError::File(folder.clone(), error))
            }
            Place::Schema { server, name } => {
                let mut conn = MySqlConnection::connect(server).await?;
                conn.execute(AssertSqlSafe(format!("DROP DATABASE {name}"))).await?;
                Ok(())
            }
        }
    }
}

/// Removes what killed processes left.
async fn sweep(conn: &mut MySqlConnection, now: i64) -> sqlx::Result<()> {
    let sql = "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata WHERE LEFT(schema_name, CHAR_LENGTH(?)) = ?";
    let names: Vec<(String,)> = sqlx::query_as(sql).bind(SCHEMA).bind(SCHEMA).fetch_all(&mut *conn).await?;
    let made = |name: &str| name[SCHEMA.len()..].split('_').next()?.parse::<i64>().ok();
    for (name,) in names.into_iter().filter(|(name,)| made(name).is_some_and(|at| now - at > ABANDONED)) {
        conn.execute(AssertSqlSafe(format!("DROP DATABASE `{name}`"))).await?;
    }
    Ok(())
}

/// Whoever is stopped in between leaves no server behind.
impl Drop for Scratch {
    fn drop(&mut self) {
        let Place::Private { database, folder } = &mut self.place else { return };
        let Some(pid) = database.take().and_then(|database| database.pid()) else { return };
        Command::new("kill").args(["-TERM", &pid.to_string()]).status().ok();
        let limit = Instant::now() + STOP;
        while database::is_mariadb(pid) && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(50));
        }
        fs::remove_dir_all(folder).ok();
    }
}
