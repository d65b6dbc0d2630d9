//! What every handler can reach.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{Connection, MySql, MySqlPool, Transaction};
use tokio::sync::{Notify, watch};

use crate::artifacts::cache::Cache;
use crate::auth::{authority, refusal};
use crate::clock::Clock;
use crate::config::Config;
use crate::crypto;
use crate::hosts::contact::Contacts;
use crate::hosts::known::Known;
use crate::hosts::users::Lately;
use crate::limits::Buckets;
use crate::mcp::log::Unwritten;
use crate::quota;
use crate::signing;
use crate::usage::models::Models;
use crate::usage::month::MonthUsage;
use crate::versions::check::Failed;

/// After this long without use a connection is checked before it is used.
const RESTED: Duration = Duration::from_secs(1);

/// Statements that each connection keeps prepared: more than there are. Where one has to go to make room, that is said in a small packet
/// before the next, and over TCP the next waits 40 ms for it.
const STATEMENTS: usize = 512;

/// How to reach the database at an address.
pub fn database(url: &str) -> sqlx::Result<MySqlConnectOptions> {
    Ok(MySqlConnectOptions::from_str(url)?.statement_cache_capacity(STATEMENTS))
}

/// The server's state: cheap to clone, opened without touching the database.
#[derive(Clone, Debug)]
pub struct App {
    /// A lazy pool; its connections use UTC.
    pub db: MySqlPool,
    /// What the server was told at start.
    pub config: Arc<Config>,
    /// Where `now` comes from.
    pub clock: Clock,
    /// Host contacts that are counted and not yet written.
    pub contacts: Arc<Contacts>,
    /// Hits that are counted and not yet in the shared buckets.
    pub buckets: Arc<Buckets>,
    /// Handles that were refused in the last seconds.
    pub refused: Arc<refusal::Lately>,
    /// The turn to refresh the login.
    pub refreshing: Arc<authority::join::Joined>,
    /// Hosts that were let in before.
    pub known: Arc<Known>,
    /// Users of hosts that were noted lately.
    pub users: Arc<Lately>,
    /// When the Codex release list last failed.
    pub releases_failed: Arc<Failed>,
    /// Wakes the scheduler of this process: somebody asked for a job.
    pub wake: Arc<Notify>,
    /// The AGENTS.md, slash commands and skills of the fleet as files.
    pub artifacts: Arc<Cache>,
    /// Models and what they cost.
    pub prices: Arc<Models>,
    /// What hosts used this month.
    pub month_usage: Arc<MonthUsage>,
    /// What is known of the ChatGPT quota, until there is a new snapshot.
    pub quota: Arc<quota::cache::Cache>,
    /// Calls of MCP that are answered and not yet in the log.
    pub mcp_calls: Arc<Unwritten>,
    /// The key that signs `cdx`.
    pub signer: Arc<signing::Cache>,
    /// Becomes true when the process is to end: answers that last are over.
    pub stopping: Arc<watch::Sender<bool>>,
}

impl App {
    /// Opens nothing: the pool connects at the first query.
    pub fn new(config: Config) -> Result<Self, sqlx::Error> {
        // A ping before every query would double the round trips; a connection that has rested is asked whether it lives.
        let options = MySqlPoolOptions::new()
            .max_connections(config.pool_size)
            .acquire_timeout(Duration::from_secs(5))
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move { if meta.idle_for > RESTED { conn.ping().await.map(|()| true) } else { Ok(true) } })
            });
        let db = options.connect_lazy_with(database(&config.database_url.0)?);
        Ok(Self::with_pool(config, db, Clock::System))
    }

    /// A transaction that locks rows and not the gaps between them: two that add rows side by side do not wait for each
    /// other forever, and each statement sees what others have committed.
    pub async fn begin(&self) -> sqlx::Result<Transaction<'static, MySql>> {
        self.db.begin_with("SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION").await
    }

    /// Whether the database answers now.
    pub async fn reach_database(&self) -> sqlx::Result<()> {
        self.db.acquire().await?.ping().await
    }

    /// From 0 to 1: the same for one generation on every instance, another for each installation.
    pub fn spread(&self, generation: u64) -> f64 {
        f64::from(crypto::hash(&format!("{} {generation}", self.config.installation_id))[0]) / 255.0
    }

    /// The same over a given pool and clock.
    pub fn with_pool(config: Config, db: MySqlPool, clock: Clock) -> Self {
        Self {
            db,
            config: Arc::new(config),
            clock,
            contacts: Arc::default(),
            buckets: Arc::default(),
            refused: Arc::default(),
            refreshing: Arc::default(),
            known: Arc::default(),
            users: Arc::default(),
            releases_failed: Arc::default(),
            wake: Arc::default(),
            artifacts: Arc::default(),
            prices: Arc::default(),
            month_usage: Arc::default(),
            quota: Arc::default(),
            mcp_calls: Arc::default(),
            signer: Arc::default(),
            stopping: Arc::default(),
        }
    }
}
