//! What the owner does all day: content, hosts, refreshes at once, and a new login whenever the old one cannot be kept.

use serde_json::{Value, json};

use super::book::Write;
use super::client::Client;
use super::load::{Scene, register, short_login};
use crate::simulation::random::Random;

/// Slash commands that change all the time.
const COMMANDS: i64 = 5;
/// Machines that are set up again and again: each time the key before is retired.
const MACHINES: i64 = 20;

/// Works until the load ends.
pub async fn work(scene: Scene, mut random: Random) {
    while scene.goes_on().await {
        match random.between(0, 9) {
            0 => sign_in_again(&scene).await,
            1 => rotate(&scene.owner).await,
            2..=5 => install(&scene, random.between(1, MACHINES)).await,
            _ => store_command(&scene, random.between(1, COMMANDS)).await,
        }
    }
}

async fn store_command(scene: &Scene, which: i64) {
    store(&scene.owner, &format!("command-{which}.md"), format!("Do number {}.", scene.number())).await;
}

/// Stores a slash command; its text is nobody else's.
pub async fn store(owner: &Client, filename: &str, text: String) {
    let body = json!({ "filename": filename, "prompt": text });
    let acknowledged = owner.call("POST", "/admin/slash-commands/store", &body).await.is_ok();
    owner.book().texts.push(Write { name: text, acknowledged });
}

/// Registers a machine and lets its `cdx` call for the first time, which spends the installer.
async fn install(scene: &Scene, which: i64) {
    let fqdn = format!("new-{which}.example");
    let key = register(&scene.owner, &fqdn).await;
    scene.owner.book().hosts.push(Write { name: fqdn, acknowledged: key.is_some() });
    let Some(key) = key else { return };
    let run = uuid::Uuid::new_v4().simple().to_string();
    let answer = scene.owner.with_key(&key).form("/sync", &run, "reason setup\n", None).await;
    scene.owner.book().installed.push(Write { name: key, acknowledged: answer.is_ok() });
}

/// Refreshes the login at once.
pub async fn rotate(owner: &Client) {
    let answer = owner.call("POST", "/admin/auth/rotate-now", &Value::Null).await.data();
    if let Some(generation) = answer["generation"].as_u64() {
        owner.book().rotations.push(generation);
    }
}

/// Whoever administers sees that the login cannot be kept, and signs in.
async fn sign_in_again(scene: &Scene) {
    let status = scene.owner.call("GET", "/admin/auth", &Value::Null).await.data();
    if !status["state"].is_string() || status["state"] == "ok" {
        return;
    }
    let login = scene.openai.login(short_login());
    let answer = scene.owner.call("POST", "/admin/auth/upload", &json!({ "auth": login })).await;
    let name = login["tokens"]["access_token"].as_str().unwrap_or_default().to_owned();
    let acknowledged = answer.data()["status"] == "updated";
    scene.owner.book().logins.push(Write { name, acknowledged });
}
