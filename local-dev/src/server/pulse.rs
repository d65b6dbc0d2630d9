//! Whose turn it is on a connection: this server's, while it works on an answer, or the other side's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

/// Shared by a connection and the requests on it.
#[derive(Debug)]
pub struct Pulse(Mutex<Turn>);

#[derive(Debug)]
struct Turn {
    /// What this server works on.
    works: usize,
    /// Since when there is nothing of that.
    since: Instant,
}

impl Pulse {
    /// Of a new connection, of which nothing was heard.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Turn { works: 0, since: Instant::now() })))
    }

    /// It is this server's turn for as long as this is kept.
    pub fn work(self: &Arc<Self>) -> Work {
        self.0.lock().expect("no thread panics while it counts").works += 1;
        Work(Arc::clone(self))
    }

    /// For how long it has been the other side's turn.
    pub fn waited(&self) -> Duration {
        let turn = self.0.lock().expect("no thread panics while it counts");
        if turn.works == 0 { turn.since.elapsed() } else { Duration::ZERO }
    }
}

/// Something this server works on.
#[derive(Debug)]
pub struct Work(Arc<Pulse>);

impl Drop for Work {
    fn drop(&mut self) {
        let mut turn = self.0.0.lock().expect("no thread panics while it counts");
        turn.works -= 1;
        turn.since = Instant::now();
    }
}
