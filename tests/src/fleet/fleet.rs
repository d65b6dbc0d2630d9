//! Virtual hosts and operators of one world, and every kind of call they make.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use shared::crypto::sha256_hex;
use tokio::sync::Mutex as Turn;

use super::host::Host;
use super::http::{Answer, Request, ask};
use super::ledger::Ledger;
use super::usage::Session;
use super::world::World;
use crate::simulation::random::Random;
use crate::wire::{FORM, Told};

/// A fleet that is registered and has content.
#[derive(Debug)]
pub struct Fleet {
    /// What it calls.
    pub world: World,
    /// Its hosts: each does one thing at a time.
    pub hosts: Vec<Turn<Host>>,
    ledger: Mutex<Ledger>,
    calls: AtomicU64,
    /// One person settles reviews.
    reviewer: Turn<()>,
}

/// Hosts that are registered at once.
const AT_ONCE: usize = 16;
/// One host in so many sits in an office, and this many share its address.
const OFFICE: usize = 4;
const OFFICE_HOSTS: usize = 10;
/// Releases of Codex; new ones get slash commands as skills and profiles as files.
const CODEX: [&str; 4] = ["0.169.0", "0.168.0", "0.134.0", "0.80.0"];
/// One push in so many is sent twice.
const REPEAT: u64 = 40;

impl Fleet {
    /// Registers the hosts, and lets them be some days older than they are: what Codex did before is not counted.
    pub async fn join(world: World, count: usize) -> Self {
        let register = async |number: usize| {
            let fqdn = format!("host-{number}.fleet.example");
            let answer = world.admin("POST", "/admin/hosts/register", &json!({ "fqdn": fqdn })).await;
            let key = answer["host"]["api_key"].as_str().unwrap().to_owned();
            let id = answer["host"]["id"].as_u64().unwrap();
            Turn::new(Host::new(id, fqdn, key, address(number), CODEX[number % CODEX.len()]))
        };
        let hosts: Vec<_> = stream::iter((0..count).map(register)).buffered(AT_ONCE).collect().await;
        sqlx::query("UPDATE hosts SET created_at = created_at - INTERVAL 30 DAY").execute(&world.pool).await.unwrap();
        let fleet = Self { world, hosts, ledger: Mutex::default(), calls: AtomicU64::default(), reviewer: Turn::default() };
        fleet.furnish().await;
        fleet
    }

    /// What was acknowledged so far.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Content that a fleet has.
    async fn furnish(&self) {
        self.world.admin("POST", "/admin/config/store", &json!({ "settings": { "model": "gpt-5.5" } })).await;
        for number in 0..12 {
            self.content(number).await;
        }
    }

    async fn call(&self, kind: &'static str, from: Ipv4Addr, request: &Request<'_>) -> Option<Answer> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = ask(self.world.server(number), from, request).await;
        self.note(kind, request.path, answer)
    }

    /// Books an answer; gives it when it is a success.
    fn note(&self, kind: &'static str, path: &str, answer: std::io::Result<Answer>) -> Option<Answer> {
        let mut ledger = self.ledger();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                ledger.unanswered += 1;
                ledger.complain(format!("{path} ({kind}): {error}"));
                return None;
            }
        };
        ledger.answered(kind, answer.took);
        if answer.status == 200 {
            return Some(answer);
        }
        // Codex goes on with the token it has, and asks again.
        if kind == "token" && String::from_utf8_lossy(&answer.body).contains("\"refresh_in_progress\"") {
            ledger.not_now += 1;
            return None;
        }
        *ledger.statuses.entry(answer.status).or_default() += 1;
        ledger.complain(format!("{path} ({kind}): {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        None
    }

    /// `/sync` or `/push`: books what the server has taken with it. What it did not answer stays on the host.
    pub async fn synchronise(&self, host: &mut Host, random: &mut Random, path: &str, reason: &'static str) {
        let run = sha256_hex(format!("{} {}", host.fqdn, random.between(0, 1 << 62)))[..32].to_owned();
        let body = host.body(reason, &run, &self.world.installation);
        let key = host.key.clone();
        let request = Request { method: "POST", path, header: Some(("X-API-Key", &key)), content_type: FORM, body };
        let mut answer = self.call(reason, host.address, &request).await;
        let taken = answer.as_ref().and_then(|answer| Told::read(&answer.body));
        if let Some(told) = &taken {
            self.book(host, told);
        }
        if reason == "push" && random.once_in(REPEAT) {
            self.ledger().repeats += 1;
            answer = self.call(reason, host.address, &request).await;
        }
        let Some(answer) = answer else { return };
        match Told::read(&answer.body) {
            Some(told) => host.apply(&told),
            None => self.ledger().complain(format!("{path}: the answer is no tar that cdx could read")),
        }
    }

    fn book(&self, host: &Host, told: &Told) {
        let mut ledger = self.ledger();
        for session in &host.unsent {
            ledger.stored(host.id, &session.rows);
        }
        let refused =
            host.edit.as_ref().is_some_and(|edit| told.variable("notice").contains(&format!("{}: the change made here is not", edit.path)));
        if let Some(edit) = host.edit.as_ref().filter(|_| !refused) {
            ledger.pushes.insert((host.id, edit.path.clone(), sha256_hex(&edit.text)));
        }
        if host.own_login.is_some() && told.variable("auth") == "accepted" {
            *ledger.logins.entry(host.id).or_default() += 1;
        }
        let shown = told.auth.as_ref().and_then(|auth| auth["tokens"]["refresh_token"].as_str());
        ledger.real_tokens += u64::from(shown.is_some_and(|token| !token.starts_with("cdxr_")));
        if told.variable("decision") != "allow" {
            ledger.complain(format!("{} is denied: {}", host.fqdn, told.variable("code")));
        }
    }

    /// `POST /usage`, which has no identity: it is sent once.
    pub async fn old_usage(&self, host: &Host, session: &Session) {
        let rows: Vec<_> = session.rows.iter().map(|(_, counts)| (0, *counts)).collect();
        let body = session.entries().to_string().into_bytes();
        let request =
            Request { method: "POST", path: "/usage", header: Some(("X-API-Key", &host.key)), content_type: "application/json", body };
        let before = self.ledger().unanswered;
        let answer = self.call("usage", host.address, &request).await;
        let recorded = answer.and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        let mut ledger = self.ledger();
        match recorded {
            Some(answer) if answer["data"]["recorded"] == rows.len() => ledger.stored(host.id, &rows),
            Some(answer) => ledger.complain(format!("/usage was not recorded: {answer}")),
            None if ledger.unanswered > before => rows.iter().for_each(|row| *ledger.doubtful.entry((host.id, *row)).or_default() += 1),
            None => {}
        }
    }

    /// What Codex asks while it runs.
    pub async fn token(&self, host: &Host) {
        let body = json!({ "client_id": fake_openai::CLIENT_ID, "grant_type": "refresh_token", "refresh_token": host.handle, "refresh_reason": "proactive_expiry" });
        let request = Request {
            method: "POST",
            path: "/oauth/token",
            header: None,
            content_type: "application/json",
            body: body.to_string().into_bytes(),
        };
        let answer = self.call("token", host.address, &request).await;
        if let Some(answer) = answer {
            let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let real = answer["refresh_token"].is_string();
            self.ledger().real_tokens += u64::from(real);
        }
    }

    /// A call of an operator; gives `data`.
    pub async fn operate(&self, kind: &'static str, method: &str, path: &str, body: &Value) -> Option<Value> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = self.world.owner(number, method, path, body).await;
        let answer = self.note(kind, path, answer)?;
        Some(serde_json::from_slice::<Value>(&answer.body).ok()?["data"].take())
    }

    /// An operator writes AGENTS.md, a skill or a slash command; the number says which, and makes the text its own.
    pub async fn content(&self, number: u64) {
        let which = number / 3 % 4;
        let (path, body) = match number % 3 {
            0 => ("/admin/agents/store", json!({ "content": format!("# The fleet's rules\n\nRevision {number}.\n") })),
            1 => {
                let text = format!("---\nname: skill-{which}\ndescription: What to do, {number}\n---\nDo this, as of {number}.\n");
                ("/admin/skills/store", json!({ "slug": format!("skill-{which}"), "manifest": text }))
            }
            _ => (
                "/admin/slash-commands/store",
                json!({ "filename": format!("command-{which}.md"), "prompt": format!("Do that, as of {number}.\n") }),
            ),
        };
        if let Some(stored) = self.operate("content", "POST", path, &body).await {
            self.ledger().texts.insert(stored["sha256"].as_str().unwrap_or_default().to_owned());
        }
    }

    /// An operator takes the oldest of what hosts have pushed, and keeps the fleet's text otherwise.
    pub async fn review(&self) {
        let _turn = self.reviewer.lock().await;
        let Some(answer) = self.operate("review", "GET", "/admin/reviews", &Value::Null).await else { return };
        let ids: Vec<_> = answer["reviews"].as_array().into_iter().flatten().filter_map(|review| review["id"].as_u64()).collect();
        for (place, id) in ids.into_iter().enumerate() {
            let take = if place == 0 { "theirs" } else { "ours" };
            self.operate("review", "POST", &format!("/admin/reviews/{id}/resolve"), &json!({ "take": take })).await;
        }
    }

    /// The moment a usage line says, and everything the host has not handed over yet.
    pub async fn hand_over(&self, host: &mut Host, random: &mut Random, now: DateTime<Utc>) {
        host.unsent.push(Session::of(random, now));
        host.ran.push(format!("{} 0 {}", host.codex, random.between(5, 3600)));
        self.synchronise(host, random, "/push", "push").await;
    }
}

/// Each host has an address of its own, but those of an office share one.
fn address(number: usize) -> Ipv4Addr {
    let site = if number.is_multiple_of(OFFICE_HOSTS) { number / (OFFICE_HOSTS * OFFICE) * OFFICE_HOSTS } else { number };
    let site = u32::try_from(site).unwrap();
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + site)
}
