//! What every handler can reach.

use std::sync::Arc;
use std::time::Duration;

use sqlx::MySqlPool;
use sqlx::mysql::MySqlPoolOptions;

use crate::clock::Clock;
use crate::config::Config;
use crate::hosts::contact::Contacts;

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
}

impl App {
    /// Opens nothing: the pool connects at the first query.
    pub fn new(config: Config) -> Result<Self, sqlx::Error> {
        let options = MySqlPoolOptions::new().max_connections(config.pool_size).acquire_timeout(Duration::from_secs(5));
        let db = options.connect_lazy(&config.database_url.0)?;
        Ok(Self { db, config: Arc::new(config), clock: Clock::System, contacts: Arc::default() })
    }

    /// The same over a given pool and clock, for tests.
    pub fn with_pool(config: Config, db: MySqlPool, clock: Clock) -> Self {
        Self { db, config: Arc::new(config), clock, contacts: Arc::default() }
    }
}
