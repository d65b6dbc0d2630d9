//! What a host does all day.

use serde_json::json;

use super::book::Write;
use super::client::Client;
use super::load::{Scene, short_login};
use crate::simulation::random::Random;
use crate::wire::Told;

/// Launches, usage of both kinds, and now and then a login, until the load ends.
pub async fn work(scene: Scene, key: String, mut random: Random) {
    let client = scene.owner.with_key(&key);
    let mut session = Session::new();
    let mut newest = 0;
    while scene.goes_on().await {
        match random.between(0, 19) {
            0 => log_in(&scene, &client).await,
            1..=6 => post_usage(&scene, &client).await,
            7..=12 => session.hand_over(&client).await,
            _ => newest = launch(&client, newest).await,
        }
    }
    // The outbox goes with the next run, and there is always one.
    let mut tries = 0;
    while session.waits() && tries < 100 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        session.hand_over(&client).await;
        tries += 1;
    }
}

fn run() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Synchronises. What this host was once told of the login is never taken back.
async fn launch(client: &Client, newest: u64) -> u64 {
    let answer = client.form("/sync", &run(), "reason launch\n", None).await;
    if !answer.is_ok() {
        return newest;
    }
    let told = Told::read(&answer.bytes).unwrap_or_default();
    if told.variable("decision") != "allow" && told.variable("code") != "needs_login" {
        client.book().wrongs.push(format!("a launch was denied: {told:?}"));
    }
    let generation = told.variable("auth_generation").parse().unwrap_or(0);
    if generation < newest {
        client.book().wrongs.push(format!("a host was given login {generation} after {newest}"));
    }
    newest.max(generation)
}

/// A delivery that nobody can recognise when it comes again: it is sent once.
async fn post_usage(scene: &Scene, client: &Client) {
    let number = scene.number();
    let body = json!({ "input": number, "output": 1, "model": "gpt-5.1" });
    let answer = client.call("POST", "/usage", &body).await;
    // The contract has a 200 that says that it was not taken.
    let acknowledged = answer.data()["recorded"] == 1;
    if answer.is_ok() && !acknowledged {
        client.book().refused(200);
    }
    client.book().usages.push(Write { name: number.to_string(), acknowledged });
}

/// `codex login` on this host.
async fn log_in(scene: &Scene, client: &Client) {
    let login = scene.openai.login(short_login());
    let answer = client.call("POST", "/auth", &json!({ "command": "store", "auth": login })).await;
    let acknowledged = answer.data()["status"] == "updated";
    let name = login["tokens"]["access_token"].as_str().unwrap_or_default().to_owned();
    client.book().logins.push(Write { name, acknowledged });
}

/// One Codex session whose answers wait until they were taken.
struct Session {
    id: String,
    taken: u64,
    waiting: Vec<String>,
    answers: u64,
    began: i64,
}

impl Session {
    fn new() -> Self {
        let began = shared::clock::Clock::System.now().timestamp_millis() - 3_600_000;
        Self { id: uuid::Uuid::new_v4().to_string(), taken: 0, waiting: Vec::new(), answers: 0, began }
    }

    fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Another answer of the model, as a session file notes it.
    fn answer(&mut self) {
        self.answers += 1;
        let usage = |times: u64| json!({ "input_tokens": 100 * times, "cached_input_tokens": 40 * times, "output_tokens": 7 * times, "reasoning_output_tokens": 3 * times });
        let at = chrono::DateTime::from_timestamp_millis(self.began + i64::try_from(self.answers).unwrap_or(0) * 10);
        let at = at.unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let payload = json!({ "response_id": format!("r{}", self.answers), "usage": usage(1), "thread_token_usage": usage(self.answers) });
        self.waiting.push(json!({ "timestamp": at, "type": "token_usage_record", "payload": payload }).to_string());
    }

    /// Hands over what waits. What was not taken is handed over again.
    async fn hand_over(&mut self, client: &Client) {
        self.answer();
        let usage = format!("session {}\nmodel gpt-5.1\n{}\n", self.id, self.waiting.join("\n"));
        let answer = client.form("/push", &run(), "reason push\n", Some(&usage)).await;
        if answer.is_ok() {
            self.taken += u64::try_from(self.waiting.len()).unwrap_or(0);
            self.waiting.clear();
        }
        client.book().sessions.insert(self.id.clone(), (self.taken, self.answers));
    }
}

/// Codex processes that exchange this host's handle.
pub async fn exchange(scene: Scene, key: String) {
    let client = scene.owner.with_key(&key);
    while scene.goes_on().await {
        let answer = client.form("/sync", &run(), "reason launch\n", None).await;
        let Some(login) = Told::read(&answer.bytes).and_then(|told| told.auth) else { continue };
        let Some(handle) = login["tokens"]["refresh_token"].as_str() else { continue };
        client.book().secrets.push(handle.to_owned());
        let answer = client.exchange(handle).await.json();
        if let Some(token) = answer["access_token"].as_str() {
            client.book().exchanged.push(token.to_owned());
        }
        for _ in 0..10 {
            if !scene.goes_on().await {
                return;
            }
        }
    }
}
