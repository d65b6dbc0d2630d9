//! Bringing an installation back.

use shared::App;
use shared::audit::{Actor, Change};
use shared::auth::authority::restored;
use sqlx::{AssertSqlSafe, Executor, MySqlConnection};

use super::error::{At, BackupError};
use super::manifest::Contents;
use super::passphrase::Passphrase;
use super::place::{self, Place};
use super::{RestoreArgs, keys, verify};
use crate::settings::Urls;
use crate::state_dir::StateDir;
use crate::{prepare, settings};

/// Checks the whole copy, then brings back key, id and database.
pub async fn run(args: RestoreArgs) -> Result<(), BackupError> {
    let passphrase = Passphrase::get(args.passphrase_file.as_deref(), false)?;
    let contents = verify::check(&args.file, &passphrase).await?;
    let dir = place::open(&args.state_dir)?;
    let plan = keys::plan(&dir, &contents, args.replace_keys)?;
    let writes_keys = !plan.is_empty();
    let database = settings::database(&dir).await?;
    let done = async {
        let address = shared::config::variable("DATABASE_URL").or_else(|| database.as_ref().map(|database| database.url.clone()));
        refuse_what_is_used(&address.unwrap_or_default()).await?;
        plan.execute(&dir, shared::clock::Clock::System.now()).at(&dir.path(""))?;
        let app = settings::app(&dir, database.as_ref(), None, &Urls::default())?;
        fill(&Place::of(&dir, app.clone()), &args, &passphrase).await?;
        prepare::database(&app).await?;
        let waits = settle(&app, &contents).await?;
        tell(&contents, writes_keys.then_some(&dir), waits);
        Ok(())
    };
    let done = done.await;
    if let Some(database) = database {
        database.stop_if_ours().await;
    }
    done
}

async fn refuse_what_is_used(url: &str) -> Result<(), BackupError> {
    let mut conn = <MySqlConnection as sqlx::Connection>::connect(url).await?;
    let tables = tables(&mut conn).await?;
    if tables.is_empty() { Ok(()) } else { Err(BackupError::NotEmpty(tables.len())) }
}

async fn tables(conn: &mut MySqlConnection) -> sqlx::Result<Vec<String>> {
    let sql = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()";
    let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Loads the dump into the empty database. What goes wrong half way is taken away again, so that it can be tried anew.
async fn fill(place: &Place, args: &RestoreArgs, passphrase: &Passphrase) -> Result<(), BackupError> {
    let filled = async {
        let contents = verify::load(&args.file, passphrase, place.client().await?, "restored").await?;
        match verify::difference(&mut *place.app.db.acquire().await?, &contents).await? {
            Some(why) => Err(BackupError::NotVerified(args.file.clone(), why)),
            None => Ok(()),
        }
    };
    let filled = filled.await;
    if filled.is_err() {
        empty(&mut *place.app.db.acquire().await?).await?;
    }
    filled
}

async fn empty(conn: &mut MySqlConnection) -> sqlx::Result<()> {
    let tables = tables(conn).await?;
    conn.execute("SET FOREIGN_KEY_CHECKS = 0").await?;
    for table in tables {
        conn.execute(AssertSqlSafe(format!("DROP TABLE `{table}`"))).await?;
    }
    conn.execute("SET FOREIGN_KEY_CHECKS = 1").await?;
    Ok(())
}

/// Sees to it that the refresh token is not sent by itself, and notes in the audit what happened. `true`: a person has to decide about the login.
async fn settle(app: &App, contents: &Contents) -> Result<bool, BackupError> {
    let by = Actor::system("local-dev restore");
    let mut change = Change::begin(app, &by).await?;
    let facts = serde_json::json!({ "made_at": contents.manifest.created_at, "product_version": contents.manifest.product_version });
    change.record("installation.restore", contents.manifest.installation_id.clone(), (), facts);
    change.commit().await?;
    Ok(restored::mark(app, &by).await?)
}

fn tell(contents: &Contents, keys_in: Option<&StateDir>, waits: bool) {
    let made = &contents.manifest.created_at;
    println!("restored what was there on {made}: {} rows in {} tables", contents.totals.rows(), contents.totals.tables.len());
    if let Some(dir) = keys_in {
        println!("its encryption key and installation id are in {}", dir.path("").display());
    }
    if waits {
        println!(
            "\nThe login: its refresh token works once, and may have been spent since {made}. So this server does not send it by itself\n\
             (`needs_login`, code `restored`); hosts go on until their access token ends. When you have started it:\n\
             - no other server has refreshed this login since: POST /admin/auth/rotate-now tries it once\n\
             - otherwise, or when that is refused: codex login on any machine, and seed that login"
        );
    }
}
