//! Plays the past, day by day.

use std::io::{IsTerminal, Write};
use std::time::Instant;

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};
use shared::App;

use super::dice::Dice;
use super::machines::{self, Machine};
use super::outside::Outside;
use super::people::{self, People};
use super::stage::{Caller, Stage};
use super::{DemoError, memories, quota, story};
use crate::prepare;
use crate::state_dir::StateDir;

/// So many days are played.
const DAYS: u32 = 90;
/// In the last days every host calls every day; before, every fifteenth.
const OFTEN: u32 = 5;
/// The quota is looked up in so many of them, in the last ones more often.
const QUOTA_DAYS: u32 = 60;

/// A past that is being played.
struct Play<'a> {
    stage: Stage,
    outside: &'a Outside,
    people: People,
    machines: Vec<Machine>,
    dice: Dice,
    made: DateTime<Utc>,
}

/// Plays the days before `made`, and that day up to `made`.
pub async fn play(app: &App, outside: &Outside, dir: &StateDir, made: DateTime<Utc>) -> Result<(), DemoError> {
    let began = Instant::now();
    println!("Making the demo: 40 hosts, {DAYS} days. This happens once, and takes about 20 seconds of processor time.");
    let stage = Stage::new(app, made);
    stage.at(hour(made, DAYS, 8), &outside.openai);
    prepare::owner(&stage.app, dir).await?;
    let first = dir.read("owner-token").ok_or_else(|| DemoError("there is no owner".to_owned()))?;
    let people = people::invite(&stage, &first).await?;
    story::begin(&stage, outside, &people).await?;
    stage.job("prices").await;
    let mut play = Play { stage, outside, people, machines: Vec::new(), dice: Dice::new(2026), made };
    for days_ago in (0..=DAYS).rev() {
        progress(days_ago);
        play.day(days_ago).await?;
    }
    story::end(&play.stage, outside, &play.people, &play.machines).await?;
    shared::mcp::log::flush(&play.stage.app).await;
    scheduler::tick(&play.stage.app).await;
    check(&play.stage, &first).await?;
    println!("\rMade in {:.1} s.                    ", began.elapsed().as_secs_f64());
    Ok(())
}

/// The hour of a day that many days before `made`; on the day itself, that share of what has passed of it.
fn hour(made: DateTime<Utc>, days_ago: u32, hour: i32) -> DateTime<Utc> {
    let midnight = made.date_naive().and_time(NaiveTime::MIN).and_utc() - TimeDelta::days(days_ago.into());
    if days_ago == 0 { midnight + (made - midnight) * hour / 24 } else { midnight + TimeDelta::hours(hour.into()) }
}

impl Play<'_> {
    async fn day(&mut self, days_ago: u32) -> Result<(), DemoError> {
        // A release that fails is noticed by many; and before somebody looks at alerts, nobody was silent for long.
        let often = days_ago <= OFTEN || matches!(days_ago, 54 | 55 | 37);
        let morning = hour(self.made, days_ago, 8);
        let evening = if days_ago == 0 { self.made } else { hour(self.made, days_ago, 17) };
        self.at(morning, days_ago).await;
        self.machines.extend(machines::register(&self.stage, &self.people.omar, days_ago).await?);
        if days_ago == 51 {
            memories::grant(&self.stage, &self.people.omar, &self.machines).await?;
        }
        let Self { stage, outside, people, machines, .. } = &mut *self;
        story::morning(stage, outside, people, machines, days_ago).await?;
        machines::work(stage, &outside.openai, &people.omar, machines, (morning, evening), (days_ago, often)).await?;
        self.at(evening, days_ago).await;
        memories::remember(&self.stage, &self.people.omar, &self.machines, &mut self.dice, days_ago as usize).await?;
        for job in ["refresh-login", "judge-rollout", "budgets"] {
            self.stage.job(job).await;
        }
        if days_ago <= OFTEN || (34..=36).contains(&days_ago) {
            self.stage.job("alerts").await;
        }
        Ok(())
    }

    /// Moves to this moment, and lets those jobs run whose traces are shown.
    async fn at(&self, at: DateTime<Utc>, days_ago: u32) {
        self.stage.at(at, &self.outside.openai);
        quota::tell(self.outside, self.made, at);
        let morning = at.hour() < 12;
        if days_ago <= QUOTA_DAYS / 4 || (days_ago <= QUOTA_DAYS && !morning) {
            self.stage.job("chatgpt-quota").await;
        }
        if days_ago <= 1 || (morning && days_ago.is_multiple_of(6)) {
            self.stage.job("preflight").await;
            self.stage.job("prune-hosts").await;
        }
    }
}

/// What was played holds together.
async fn check(stage: &Stage, first: &str) -> Result<(), DemoError> {
    let owner = Caller { token: first.to_owned(), address: [127, 0, 0, 1].into() };
    let verdict = stage.call(&owner, "GET", "/admin/audit/verify", serde_json::json!({})).await?;
    if verdict["intact"] == true { Ok(()) } else { Err(DemoError(format!("the audit is broken: {verdict}"))) }
}

fn progress(days_ago: u32) {
    if std::io::stdout().is_terminal() {
        print!("\r{days_ago:>3} days to go");
        std::io::stdout().flush().ok();
    } else if days_ago.is_multiple_of(30) && days_ago > 0 {
        println!("{days_ago} days to go");
    }
}
