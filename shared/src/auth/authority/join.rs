//! One refresh for everybody in this process who waits for it.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::book::Why;
use super::fleet::Fleet;
use super::spend::{Ended, renew};
use crate::audit::Actor;
use crate::{App, AppError, AppResult};

/// How long somebody waits for another instance's refresh: Codex and API Gateway wait longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The turn to refresh in this process, with how the last one ended.
#[derive(Debug, Default)]
pub struct Joined(Mutex<Option<Last>>);

#[derive(Clone, Copy, Debug)]
struct Last {
    seen: u64,
    ended: Ended,
    at: Instant,
}

/// Makes the login of generation `seen` newer, or waits for whoever does. It goes on when the caller does not.
pub async fn join(app: &App, by: &Actor, seen: u64, why: Why) -> AppResult<Ended> {
    let (app, by, asked) = (app.clone(), by.clone(), Instant::now());
    let refresh = tokio::spawn(async move {
        let mut turn = app.refreshing.0.lock().await;
        // Whoever came while it was at work has the same question and the same answer.
        if let Some(last) = turn.filter(|last| last.seen == seen && last.at > asked && why != Why::Forced) {
            return Ok(last.ended);
        }
        let ended = renew(&Fleet::new(&app, &by), seen, why, PATIENCE).await?;
        *turn = Some(Last { seen, ended, at: Instant::now() });
        Ok(ended)
    });
    refresh.await.map_err(AppError::internal)?
}

impl Joined {
    /// Waits until nobody here refreshes.
    pub async fn idle(&self) {
        drop(self.0.lock().await);
    }
}
