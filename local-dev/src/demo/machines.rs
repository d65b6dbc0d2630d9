//! Hosts at work: they register, call, and tell what they used.

use chrono::{DateTime, TimeDelta, Utc};
use fake_openai::FakeOpenAi;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::DemoError;
use super::dice::Dice;
use super::hosts::{Mark, PLANS, Plan};
use super::stage::{Caller, Stage};
use super::usage;

/// A host that is registered.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What it is.
    pub plan: &'static Plan,
    /// Its number.
    pub id: u64,
    /// Its key and where it calls from.
    pub caller: Caller,
    /// The Codex it has.
    codex: String,
    /// What the server called its files and its login.
    files: Option<String>,
    auth: Option<String>,
    /// It has told of the days before this one.
    told: u32,
    dice: Dice,
}

/// Registers the hosts of this day.
pub async fn register(stage: &Stage, by: &Caller, days_ago: u32) -> Result<Vec<Machine>, DemoError> {
    let mut new = Vec::new();
    for (place, plan) in (1_u8..).zip(PLANS).filter(|(_, plan)| plan.since == days_ago) {
        let insecure = matches!(plan.mark, Mark::WindowOpen | Mark::WindowClosed);
        let temporary = matches!(plan.mark, Mark::Temporary | Mark::Expiring | Mark::Expired);
        let body = json!({ "fqdn": format!("{}.example.com", plan.name), "secure": !insecure, "temporary": temporary, "vip": plan.mark == Mark::Vip });
        let host = stage.call(by, "POST", "/admin/hosts/register", body).await?["host"].take();
        let (token, id) = (text(&host, "api_key"), host["id"].as_u64().unwrap_or_default());
        let caller = Caller { token, address: [198, 51, 100, place].into() };
        let labels = json!({ "tags": plan.tags, "notes": plan.notes });
        stage.call(by, "POST", &format!("/admin/hosts/{id}/labels"), labels).await?;
        if temporary {
            let expiry = json!({ "idle_minutes": 3 * 24 * 60 });
            stage.call(by, "POST", &format!("/admin/hosts/{id}/expiry"), expiry).await?;
        }
        let dice = Dice::new(u64::from(place));
        new.push(Machine { plan, id, caller, codex: "0.165.0".to_owned(), files: None, auth: None, told: days_ago + 1, dice });
    }
    Ok(new)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// The hosts that are at work on this day call between two moments, several at once, and tell of every day since they last
/// did. `often`: all of them call.
pub async fn work(
    stage: &Stage,
    openai: &FakeOpenAi,
    by: &Caller,
    machines: &mut [Machine],
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    (days_ago, often): (u32, bool),
) -> Result<(), DemoError> {
    let calls = |machine: &Machine| {
        let plan = machine.plan;
        let its_day = (u64::from(days_ago) + machine.id).is_multiple_of(15) || days_ago == plan.until || days_ago == plan.since;
        plan.mark != Mark::NeverCalled && (plan.until..=plan.since).contains(&days_ago) && (often || its_day)
    };
    let mut today: Vec<_> = machines.iter_mut().filter(|machine| calls(machine)).collect();
    let groups = i32::try_from(today.len().div_ceil(8)).unwrap_or(1);
    for (n, some) in (1..).zip(today.chunks_mut(8)) {
        let at = from + (to - from) * n / groups;
        stage.at(at, openai);
        for machine in some.iter().filter(|machine| matches!(machine.plan.mark, Mark::WindowOpen | Mark::WindowClosed)) {
            stage.call(by, "POST", &format!("/admin/hosts/{}/insecure/enable", machine.id), json!({ "duration_minutes": 480 })).await?;
        }
        try_join_all(some.iter_mut().map(|machine| aside(stage, machine, at, days_ago))).await?;
    }
    Ok(())
}

/// A call in a task of its own: several run at once on several cores.
async fn aside(stage: &Stage, machine: &mut Machine, at: DateTime<Utc>, days_ago: u32) -> Result<(), DemoError> {
    let (stage, mut its) = (stage.clone(), machine.clone());
    let called = tokio::spawn(async move { its.call(&stage, at, days_ago).await.map(|()| its) });
    *machine = called.await.map_err(|error| DemoError(error.to_string()))??;
    Ok(())
}

impl Machine {
    async fn call(&mut self, stage: &Stage, at: DateTime<Utc>, days_ago: u32) -> Result<(), DemoError> {
        let mut lines = String::new();
        for day in (days_ago..self.told).rev() {
            let end = if day == days_ago {
                at
            } else {
                at.date_naive().and_hms_opt(17, 0, 0).unwrap_or_default().and_utc() - TimeDelta::days((day - days_ago).into())
            };
            lines.push_str(&usage::day(self.plan, &mut self.dice, end, day));
        }
        self.told = days_ago;
        let manifest = self.manifest();
        let mut parts = vec![("manifest", manifest.as_str())];
        parts.extend(Some(("usage", lines.as_str())).filter(|_| !lines.is_empty()));
        let answer = stage.form(&self.caller, "/sync", &parts).await?;
        (self.files, self.auth) = (answer.get("files"), answer.get("auth_sha"));
        self.codex = answer.get("codex_target").unwrap_or_else(|| self.codex.clone());
        Ok(())
    }

    /// What it says of itself before a launch.
    fn manifest(&mut self) -> String {
        let user = *self.dice.one(self.plan.users);
        let hostname = self.plan.name.split('.').next().unwrap_or_default();
        let mut lines = vec![
            "protocol 1".to_owned(),
            format!("run {:032x}", self.dice.roll()),
            "reason launch".to_owned(),
            "wrapper 1.0.0".to_owned(),
            format!("codex {}", self.codex),
            format!("platform {}", self.platform()),
            format!("user {user}\nhostname {hostname}"),
            format!("files {}", self.files.as_deref().unwrap_or("none")),
            format!("{}  cdx", *shared::wrapper::SHA256),
        ];
        for _ in 0..self.dice.between(1, 4) {
            // A bad release.
            let fails = self.codex == "0.167.0" && self.dice.percent(60);
            let seconds = if fails { 2 } else { self.dice.between(20, 900) };
            lines.push(format!("last {} {} {seconds}", self.codex, u8::from(fails)));
        }
        lines.extend(self.auth.iter().map(|auth| format!("{auth}  auth.json")));
        lines.join("\n") + "\n"
    }

    fn platform(&self) -> &'static str {
        match self.plan.name {
            name if name.contains("-mbp") => "darwin arm64 none -",
            "ci-08.build" | "edge-01.plant" => "linux aarch64 gnu 2.39",
            _ => "linux x86_64 gnu 2.36",
        }
    }
}
