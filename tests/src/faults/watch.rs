//! Whether each server answers well, asked all the time.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::client::Client;
use super::load::register;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(100);
/// What takes longer is no answer: a host has given up by then.
const LIMIT: Duration = Duration::from_secs(4);
/// So many good looks in a row are well.
const ENOUGH: u32 = 5;
/// After which nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(90);

/// Good looks at one server in a row.
#[derive(Clone, Copy, Debug)]
struct Streak {
    since: Instant,
    looks: u32,
}

/// Looks at every server.
#[derive(Debug)]
pub struct Watch {
    streaks: Arc<Mutex<Vec<Streak>>>,
    looking: Vec<JoinHandle<()>>,
}

impl Watch {
    /// Begins; `clients` call one server each, as the owner.
    pub fn begin(runtime: &Runtime, clients: Vec<Client>) -> Self {
        let key = runtime.block_on(register(&clients[0], "watched.example")).expect("nothing fails yet");
        let streaks = Arc::new(Mutex::new(vec![Streak { since: Instant::now(), looks: 0 }; clients.len()]));
        let look = |(server, client): (usize, Client)| runtime.spawn(look(client.with_key(&key), server, streaks.clone()));
        let looking = clients.into_iter().enumerate().map(look).collect();
        Self { streaks, looking }
    }

    /// Waits until every server is well, and says how long after `since` the last began to be.
    pub fn recovery(&self, since: Instant) -> Option<Duration> {
        while since.elapsed() < PATIENCE {
            thread::sleep(EVERY);
            let streaks = self.streaks.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // A streak that began before counts when it was looked at since.
            let settled = since.elapsed() > EVERY * 2 * ENOUGH;
            if settled && streaks.iter().all(|streak| streak.looks >= ENOUGH) {
                return streaks.iter().map(|streak| streak.since.saturating_duration_since(since)).max();
            }
        }
        None
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for looking in &self.looking {
            looking.abort();
        }
    }
}

async fn look(client: Client, server: usize, streaks: Arc<Mutex<Vec<Streak>>>) {
    loop {
        let good = timeout(LIMIT, is_well(&client)).await.unwrap_or(false);
        {
            let mut streaks = streaks.lock().unwrap_or_else(PoisonError::into_inner);
            let streak = &mut streaks[server];
            *streak = match (good, streak.looks) {
                (false, _) => Streak { since: Instant::now(), looks: 0 },
                (true, 0) => Streak { since: Instant::now(), looks: 1 },
                (true, looks) => Streak { looks: looks.saturating_add(1), ..*streak },
            };
        }
        sleep(EVERY).await;
    }
}

/// It is ready, and a host can launch.
async fn is_well(client: &Client) -> bool {
    let run = uuid::Uuid::new_v4().simple().to_string();
    client.call("GET", "/readyz", &Value::Null).await.is_ok() && client.form("/sync", &run, "reason launch\n", None).await.is_ok()
}
