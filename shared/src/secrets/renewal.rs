//! A database password that changes while functions run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::Vault;
use crate::forwarder::Forwarder;
use crate::{App, app};

/// A login is read again after this long.
const OLD: TimeDelta = TimeDelta::minutes(10);
/// The same, where the next query needs a new connection.
const OLD_FOR_A_CONNECTION: TimeDelta = TimeDelta::minutes(1);
/// The same, where something has failed.
const OLD_AFTER_A_FAILURE: TimeDelta = TimeDelta::seconds(5);

/// Keeps the login of a pool as Secrets Manager has it. Connections that are open go on; new ones need today's password.
#[derive(Debug)]
pub struct Renewal {
    vault: Vault,
    app: App,
    forwarder: Forwarder,
    read_at: Mutex<DateTime<Utc>>,
    failed: AtomicBool,
}

impl Renewal {
    /// Of a pool whose login has just been read.
    pub fn new(vault: Vault, app: App, forwarder: Forwarder) -> Self {
        let read_at = Mutex::new(app.clock.now());
        Self { vault, app, forwarder, read_at, failed: AtomicBool::new(false) }
    }

    /// Before a request: reads the login again if that may be needed. What cannot be read leaves the pool as it is.
    pub async fn tend(&self) {
        if !self.take_turn() {
            return;
        }
        let url = match self.vault.database_url().await {
            Ok(url) => url,
            Err(error) => return tracing::warn!(%error, "the database login stays as it was: {error}"),
        };
        if let Some(options) = url.and_then(|url| app::database(&url).ok()) {
            self.app.db.set_connect_options(self.forwarder.route(options));
        }
    }

    /// A request has failed on our side: it may have been the password.
    pub fn suspect(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Whether to read now. Who gets the turn reads; others go on meanwhile, and a failure waits like a success.
    fn take_turn(&self) -> bool {
        let now = self.app.clock.now();
        let mut read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = is_due(now - *read_at, self.app.db.num_idle(), self.failed.load(Ordering::Relaxed));
        if turn {
            *read_at = now;
            self.failed.store(false, Ordering::Relaxed);
        }
        turn
    }
}

fn is_due(age: TimeDelta, idle: usize, failed: bool) -> bool {
    age >= OLD || (idle == 0 && age >= OLD_FOR_A_CONNECTION) || (failed && age >= OLD_AFTER_A_FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_read_again_when_it_is_old_for_what_is_to_come() {
        for (seconds, idle, failed, due) in [
            (0, 0, false, false),
            (59, 0, false, false),
            (60, 0, false, true),
            (60, 1, false, false),
            (599, 1, false, false),
            (600, 1, false, true),
            (4, 0, true, false),
            (5, 1, true, true),
        ] {
            assert_eq!(is_due(TimeDelta::seconds(seconds), idle, failed), due, "{seconds} {idle} {failed}");
        }
    }
}
