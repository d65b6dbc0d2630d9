//! Days of a fleet, one after the other, as fast as the servers answer.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use shared::crypto::sha256_hex;

use super::day::{Act, Habits};
use super::fleet::Fleet;
use super::float;
use super::host::Edit;
use crate::simulation::random::Random;

/// How it runs.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Requests that are open at once.
    pub connections: usize,
    /// At most so many acts a second; `None`: as fast as they are answered.
    pub per_second: Option<u32>,
}

/// What an operator has on the screen.
pub const PAGES: [(&str, &str); 6] = [
    ("overview", "/admin/overview"),
    ("hosts", "/admin/hosts?limit=100"),
    ("cost history", "/admin/usage/cost-history?days=180"),
    ("usage", "/admin/usage"),
    ("usage by host", "/admin/usage/sums?by=host&limit=100"),
    ("usage by user", "/admin/usage/sums?by=user"),
];

/// One moment of a simulated day.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// By the calendar of the simulation.
    pub at: DateTime<Utc>,
    /// What chance follows from here.
    pub seed: u64,
}

impl Fleet {
    /// Lives through one day. `first` is the midnight before the first.
    pub async fn live(&self, habits: Habits, day: u32, first: DateTime<Utc>, seed: u64, pace: Pace) {
        let mut random = Random(seed ^ (u64::from(day) << 40));
        let acts = habits.day(&mut random, day);
        let started = Instant::now();
        let perform = async |(number, (minute, act)): (usize, (i64, Act))| {
            let number = u64::try_from(number).unwrap();
            if let Some(rate) = pace.per_second {
                let due = started + Duration::from_secs_f64(float(number) / f64::from(rate));
                tokio::time::sleep_until(due.into()).await;
            }
            let at = first + TimeDelta::days(day.into()) + TimeDelta::minutes(minute);
            let seed = seed ^ (u64::from(day) << 40) ^ (number << 8);
            self.perform(act, Moment { at, seed }).await;
        };
        stream::iter(acts.into_iter().enumerate()).for_each_concurrent(pace.connections, perform).await;
    }

    /// Does one thing.
    pub async fn perform(&self, act: Act, moment: Moment) {
        let mut random = Random(moment.seed);
        match act {
            Act::Launch(host) => {
                let mut host = self.hosts[host].lock().await;
                self.synchronise(&mut host, &mut random, "/sync", "launch").await;
            }
            Act::Cron(host) => {
                let mut host = self.hosts[host].lock().await;
                self.synchronise(&mut host, &mut random, "/sync", "cron").await;
            }
            Act::End(host) => {
                let mut host = self.hosts[host].lock().await;
                self.hand_over(&mut host, &mut random, moment.at).await;
            }
            Act::OldEnd(host) => {
                let session = super::usage::Session::of(&mut random, moment.at);
                let host = self.hosts[host].lock().await;
                self.old_usage(&host, &session).await;
            }
            Act::Token(host) => {
                let host = self.hosts[host].lock().await;
                if !host.handle.is_empty() {
                    self.token(&host).await;
                }
            }
            Act::Edit(host) => self.edit(host, &mut random).await,
            Act::SignIn(host) => {
                let mut host = self.hosts[host].lock().await;
                host.own_login = Some(self.world.login());
                self.hand_over(&mut host, &mut random, moment.at).await;
            }
            Act::Content => self.content(1000 + random.between(0, 1_000_000_000).unsigned_abs()).await,
            Act::Review => self.review().await,
            Act::Look => self.look().await,
        }
    }

    /// Somebody changes AGENTS.md or a skill of the fleet.
    async fn edit(&self, number: usize, random: &mut Random) {
        let mut host = self.hosts[number].lock().await;
        let mark = &sha256_hex(format!("{} {}", host.fqdn, random.between(0, 1 << 62)))[..12];
        let skill = format!("skill-{}", random.between(0, 3));
        let (path, text) = if random.once_in(2) {
            ("AGENTS.md".to_owned(), format!("# Rules of {}\n\n{mark}\n", host.fqdn))
        } else {
            (format!("skills/{skill}/SKILL.md"), format!("---\nname: {skill}\ndescription: Of {}\n---\n{mark}\n", host.fqdn))
        };
        if host.edit.is_none() && host.holds(&path) {
            host.edit = Some(Edit { path, text });
        }
    }

    /// An operator opens every page.
    pub async fn look(&self) {
        for (name, path) in PAGES {
            self.operate(name, "GET", path, &Value::Null).await;
        }
    }

    /// Whoever still has something to hand over does so: the next launch would.
    pub async fn settle(&self) {
        stream::iter(self.hosts.iter().enumerate())
            .for_each_concurrent(16, async |(number, host)| {
                let mut host = host.lock().await;
                let mut random = Random(u64::try_from(number).unwrap());
                if !host.unsent.is_empty() || host.edit.is_some() {
                    self.synchronise(&mut host, &mut random, "/sync", "sync").await;
                }
            })
            .await;
    }
}
