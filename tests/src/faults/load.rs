//! Honest load: hosts that launch, hand over usage and log in, Codex that exchanges its handle, an owner who administers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_openai::{FakeOpenAi, LoginOptions};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::book::Book;
use super::client::Client;
use super::{host, owner};
use crate::simulation::random::Random;

/// Hosts that call all the time.
const HOSTS: u64 = 6;
/// Between two calls of one caller.
const PAUSE: Duration = Duration::from_millis(25);

/// A login whose access token is of use for a few seconds: whoever exchanges a handle after them causes a refresh.
pub fn short_login() -> LoginOptions {
    LoginOptions { access_lifetime_seconds: SHORT, ..LoginOptions::default() }
}

/// Codex has no use for a token of less than 300 s.
pub const SHORT: i64 = 304;

/// What all callers share.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Calls as the owner.
    pub owner: Client,
    /// Where logins are from.
    pub openai: Arc<FakeOpenAi>,
    ending: Arc<AtomicBool>,
    numbers: Arc<AtomicU64>,
}

impl Scene {
    /// A number nobody else has.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether there is to be another call; waits a little before.
    pub async fn goes_on(&self) -> bool {
        sleep(PAUSE).await;
        !self.ending.load(Ordering::Relaxed)
    }
}

/// Load that goes on until it is ended.
#[derive(Debug)]
pub struct Load {
    scene: Scene,
    /// What was asked and answered so far.
    pub book: Arc<Mutex<Book>>,
    callers: Vec<JoinHandle<()>>,
    /// Where it all runs.
    pub runtime: Runtime,
}

impl Load {
    /// Registers the hosts, gives the fleet a login, and begins.
    pub fn begin(servers: &[String], owner: &str, openai: &Arc<FakeOpenAi>, seed: u64) -> Self {
        let book = Arc::<Mutex<Book>>::default();
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let owner = Client::new(servers, &book, owner);
        let scene = Scene { owner, openai: openai.clone(), ending: Arc::default(), numbers: Arc::new(AtomicU64::new(1)) };
        let keys = runtime.block_on(set_up(&scene));
        let mut callers = vec![runtime.spawn(owner::work(scene.clone(), Random(seed)))];
        callers.push(runtime.spawn(host::exchange(scene.clone(), keys[0].clone())));
        for (number, key) in (1..).zip(keys) {
            callers.push(runtime.spawn(host::work(scene.clone(), key, Random(seed.wrapping_mul(31).wrapping_add(number)))));
        }
        Self { scene, book, callers, runtime }
    }

    /// As the owner, for whoever watches.
    pub fn owner(&self) -> &Client {
        &self.scene.owner
    }

    /// Lets every caller finish what it is at. Hosts go on until what they have to hand over was taken.
    pub fn end(&mut self) {
        self.scene.ending.store(true, Ordering::Relaxed);
        for caller in self.callers.drain(..) {
            self.runtime.block_on(caller).unwrap();
        }
    }
}

async fn set_up(scene: &Scene) -> Vec<String> {
    let login = scene.openai.login(short_login());
    let answer = scene.owner.call("POST", "/admin/auth/upload", &json!({ "auth": login })).await;
    assert!(answer.is_ok(), "the fleet has no login: {}", answer.json());
    let mut keys = Vec::new();
    for number in 0..HOSTS {
        keys.push(register(&scene.owner, &format!("host-{number}.example")).await.expect("nothing fails yet"));
    }
    keys
}

/// Registers a host. Gives its key, unless it was refused.
pub async fn register(owner: &Client, fqdn: &str) -> Option<String> {
    let answer = owner.call("POST", "/admin/hosts/register", &json!({ "fqdn": fqdn })).await.data();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (key, link) = (text(&answer["host"]["api_key"])?, text(&answer["installer"]["url"])?);
    let token = link.rsplit('/').next().unwrap_or_default().to_owned();
    owner.book().secrets.extend([key.clone(), token]);
    Some(key)
}
