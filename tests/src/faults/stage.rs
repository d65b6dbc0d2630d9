//! A world under load in which one fault is at work.

use std::sync::PoisonError;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::book::Book;
use super::check::{self, Verdict};
use super::client::Client;
use super::database::Ground;
use super::load::{Load, register, short_login};
use super::owner;
use super::scenario::Scenario;
use super::watch::Watch;
use super::world::World;
use crate::simulation::random::Random;
use crate::wire::Told;

/// What is promised.
const BAR: Duration = Duration::from_secs(5);

/// Where a fault acts.
#[derive(Debug)]
pub struct Stage {
    /// What it harms.
    pub world: World,
    /// Chance of its own.
    pub random: Random,
    load: Load,
    watch: Watch,
    until: Instant,
    recoveries: Vec<(&'static str, Option<Duration>)>,
    /// What people should know about this run.
    pub notes: Vec<String>,
}

/// What came out.
#[derive(Debug)]
pub struct Outcome {
    /// Of the scenario.
    pub name: &'static str,
    /// How long the load ran.
    pub seconds: u64,
    /// What was asked and answered.
    pub book: Book,
    /// Processes that were started again.
    pub restarts: u32,
    /// What was healed, and how long after that everything was well; `None`: never.
    pub recoveries: Vec<(&'static str, Option<Duration>)>,
    /// Refresh tokens that `OpenAI` turned into new ones, and tries of one that was spent already.
    pub exchanges: (u32, u32),
    /// What must be true.
    pub verdicts: Vec<Verdict>,
    /// What people should know about this run.
    pub notes: Vec<String>,
    /// Everything the processes logged.
    pub logs: String,
}

impl Outcome {
    /// The longest recovery; `None`: one never came.
    pub fn longest(&self) -> Option<Duration> {
        self.recoveries.iter().try_fold(Duration::ZERO, |longest, (_, time)| Some(longest.max((*time)?)))
    }

    /// Everything that must be true is, and everything came back.
    pub fn holds(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.complaints.is_empty()) && self.longest().is_some()
    }

    /// Recoveries that took longer than is promised.
    pub fn late(&self) -> Vec<String> {
        let late = self.recoveries.iter().filter(|(_, time)| time.is_none_or(|time| time > BAR));
        late.map(|(what, time)| format!("{what}: {}", time.map_or("never".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))))
            .collect()
    }
}

impl Stage {
    /// Runs a scenario over a copy of the ground; the reason when it cannot run here.
    pub fn run(scenario: &Scenario, ground: &Ground, seconds: u64, seed: u64) -> Result<Outcome, String> {
        let world = (scenario.world)(ground)?;
        let load = Load::begin(&world.urls(), &world.keys.owner, &world.openai, seed);
        let apart = super::client::Client::new(&world.urls(), &std::sync::Arc::default(), &world.keys.owner);
        let watch = Watch::begin(&load.runtime, (0..world.servers.len()).map(|server| apart.only(server)).collect());
        let began = Instant::now();
        let until = began + Duration::from_secs(seconds);
        let mut stage = Self { world, random: Random(seed), load, watch, until, recoveries: Vec::new(), notes: Vec::new() };
        (scenario.act)(&mut stage);
        stage.world.openai.with(|state| state.faults.clear());
        Ok(stage.close(scenario.name, began))
    }

    /// Whether the fault is to act once more.
    pub fn goes_on(&self) -> bool {
        Instant::now() < self.until
    }

    /// Waits for some milliseconds, as chance has it.
    pub fn wait(&mut self, low: i64, high: i64) {
        sleep(Duration::from_millis(self.random.between(low, high).unsigned_abs()));
    }

    /// The cause ended at this moment: measures until everything is well.
    pub fn healed(&mut self, what: &'static str, at: Instant) {
        let time = self.watch.recovery(at);
        self.recoveries.push((what, time));
    }

    /// Calls one server as the owner, beside the load.
    pub fn rotate(&self, server: usize) {
        let client = self.load.owner().only(server);
        self.load.runtime.spawn(async move { owner::rotate(&client).await });
    }

    /// Stores a text that needs room, beside the load.
    pub fn store_large(&self) {
        let client = self.load.owner().clone();
        let text = format!("{} {}", uuid::Uuid::new_v4(), "room ".repeat(6000).trim_end());
        self.load.runtime.spawn(async move { owner::store(&client, "large.md", text).await });
    }

    /// Ends the load, lets the login be settled, and looks at everything.
    fn close(mut self, name: &'static str, began: Instant) -> Outcome {
        self.load.end();
        let seconds = began.elapsed().as_secs();
        let settled = self.settle();
        let audit = self.load.runtime.block_on(self.load.owner().call("GET", "/admin/audit/verify", &Value::Null)).data();
        let book = std::mem::take(&mut *self.load.book.lock().unwrap_or_else(PoisonError::into_inner));
        let mut verdicts = check::all(&self.world, &book);
        let complaint = |wrong: bool, text: String| if wrong { vec![text] } else { Vec::new() };
        verdicts
            .push(Verdict { invariant: "the audit chain is intact", complaints: complaint(audit["intact"] != true, audit.to_string()) });
        verdicts.push(Verdict { invariant: "the login works again on every server", complaints: settled.err().into_iter().collect() });
        let logs = self.world.logs();
        let exchanges = self.world.openai.with(|state| (state.oauth.exchanges, state.oauth.reuse_errors));
        Outcome {
            name,
            seconds,
            book,
            restarts: self.world.restarts,
            recoveries: self.recoveries,
            exchanges,
            verdicts,
            notes: self.notes,
            logs,
        }
    }

    /// A handle can be exchanged at every server, after an owner has signed in where that is asked for.
    fn settle(&self) -> Result<(), String> {
        let limit = Instant::now() + Duration::from_mins(2);
        let mut said = String::new();
        while Instant::now() < limit {
            self.world.end_orphaned_lease();
            let tries = (0..self.world.servers.len()).map(|server| self.load.runtime.block_on(exchange(&self.load.owner().only(server))));
            match tries.collect::<Result<Vec<()>, String>>() {
                Ok(_) => return Ok(()),
                Err(why) => said = why,
            }
            self.load.runtime.block_on(self.sign_in());
            sleep(Duration::from_millis(500));
        }
        Err(said)
    }

    async fn sign_in(&self) {
        let owner = self.load.owner();
        if owner.call("GET", "/admin/auth", &Value::Null).await.data()["state"] != "ok" {
            owner.call("POST", "/admin/auth/upload", &json!({ "auth": self.world.openai.login(short_login()) })).await;
        }
    }
}

async fn exchange(owner: &Client) -> Result<(), String> {
    let key = register(owner, "last.example").await.ok_or("a host cannot be registered")?;
    let run = uuid::Uuid::new_v4().simple().to_string();
    let answer = owner.with_key(&key).form("/sync", &run, "reason launch\n", None).await;
    let login = Told::read(&answer.bytes).and_then(|told| told.auth).ok_or("a launch brings no login")?;
    let handle = login["tokens"]["refresh_token"].as_str().unwrap_or_default();
    let answer = owner.exchange(handle).await;
    if answer.is_ok() { Ok(()) } else { Err(format!("an exchange answers {} {}", answer.status, answer.json())) }
}
