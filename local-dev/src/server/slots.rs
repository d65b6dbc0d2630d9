//! How many connections are open, and whose: nobody can take them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use shared::networks::{Networks, site};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// However many files the process may open: each connection costs memory too.
const MOST: usize = 4096;
/// However few.
const LEAST: usize = 32;
/// Files that are no connection of a caller: the database, log, certificates, calls to others.
const OTHERS: usize = 200;

/// How many connections this process takes: `wanted`, as far as its limit of open files leaves room. The soft limit, which shells set low for
/// programs of old, is raised first; what an operator sets is the hard one (`ulimit -Hn`).
pub fn of_this_process(wanted: Option<usize>) -> usize {
    let wanted = wanted.unwrap_or(MOST);
    raise((wanted + OTHERS) as u64);
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    files.map_or(wanted, |files| files.saturating_sub(OTHERS).min(wanted)).max(LEAST)
}

/// Without it there are fewer places.
fn raise(files: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < files) {
        let raised = Rlimit { current: Some(maximum.map_or(files, |most| most.min(files))), maximum };
        setrlimit(Resource::Nofile, raised).ok();
    }
}

/// Places for connections of one listener.
#[derive(Clone, Debug)]
pub struct Slots {
    all: usize,
    free: Arc<Semaphore>,
    /// How many each site has.
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
    /// Each of them speaks for many.
    proxies: Networks,
}

impl Slots {
    /// So many; `proxies` may have all of them.
    pub fn new(all: usize, proxies: Networks) -> Self {
        Self { all, free: Arc::new(Semaphore::new(all)), held: Arc::default(), proxies }
    }

    /// Waits for a free place. Whoever connects meanwhile waits in the kernel's queue.
    pub async fn free(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.free).acquire_owned().await.expect("nobody closes it")
    }

    /// Gives the place to a caller. `None`: half are taken, and its site has a quarter already.
    pub fn take(&self, place: OwnedSemaphorePermit, address: IpAddr) -> Option<Slot> {
        let site = site(address).addr();
        let scarce = self.free.available_permits() < self.all / 2;
        let mut held = self.held.lock().expect("no thread panics while it counts");
        let count = held.entry(site).or_default();
        if scarce && *count >= self.all / 4 && !self.proxies.contains(address) {
            return None;
        }
        *count += 1;
        Some(Slot { site, held: Arc::clone(&self.held), _place: place })
    }
}

/// The place of one connection.
#[derive(Debug)]
pub struct Slot {
    site: IpAddr,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.held.lock().expect("no thread panics while it counts");
        if let Some(count) = held.get_mut(&self.site) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn one_site_gets_half_and_another_still_gets_in() {
        let slots = Slots::new(16, Networks::parse("192.0.2.9").unwrap());
        let take = async |from: &str| slots.take(slots.free().await, address(from));
        let mut kept = Vec::new();
        for n in 0..20 {
            kept.extend(take(&format!("2001:db8::{n}")).await);
        }
        assert_eq!(kept.len(), 8, "a /64 is one site");
        kept.extend(take("192.0.2.1").await);
        assert_eq!(kept.len(), 9);
        for _ in 0..7 {
            kept.push(take("192.0.2.9").await.expect("a proxy speaks for many"));
        }
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), slots.free()).await.is_err(), "all are taken");
        kept.clear();
        assert!(slots.held.lock().unwrap().is_empty() && take("2001:db8::1").await.is_some());
    }
}
