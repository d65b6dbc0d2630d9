//! What happens to the fleet on which day.

use fake_openai::LoginOptions;
use serde_json::{Value, json};

use super::machines::Machine;
use super::outside::{ACCOUNT, EMAIL, Outside};
use super::people::People;
use super::stage::{Caller, Stage};
use super::{DemoError, content};

/// A login as a person gets it at OpenAI.
fn sign_in(outside: &Outside) -> Value {
    let options = LoginOptions { account_id: ACCOUNT.to_owned(), email: Some(EMAIL.to_owned()), ..LoginOptions::default() };
    outside.openai.login(options)
}

/// The first day: a login, rules, a receiver of alerts.
pub async fn begin(stage: &Stage, outside: &Outside, people: &People) -> Result<(), DemoError> {
    let People { olivia, omar, .. } = people;
    stage.call(olivia, "POST", "/admin/auth/upload", json!({ "auth": sign_in(outside) })).await?;
    stage.call(omar, "POST", "/admin/quota-mode", json!({ "hard_fail": false, "limit_percent": 90, "week_partition": 0 })).await?;
    stage.call(omar, "POST", "/admin/versions/check", json!({})).await?;
    stage.call(omar, "POST", "/admin/codex-version", json!({ "selection": "0.165.0" })).await?;
    let kinds = json!(["needs_login", "quota_near_limit", "budget_crossed", "runner_failing"]);
    let pager = json!({ "name": "pager", "url": format!("{}/pager", outside.receiver), "kinds": kinds });
    stage.call(omar, "POST", "/admin/alerts/webhooks", pager).await?;
    Ok(())
}

/// What operators do on this day, before hosts call.
pub async fn morning(stage: &Stage, outside: &Outside, people: &People, machines: &mut [Machine], days_ago: u32) -> Result<(), DemoError> {
    let People { olivia, omar, pipeline } = people;
    content::store(stage, if days_ago.is_multiple_of(2) { omar } else { olivia }, days_ago).await?;
    match days_ago {
        // It does not answer: its deliveries are tried again and again.
        5 => drop(
            stage
                .call(omar, "POST", "/admin/alerts/webhooks", json!({ "name": "team chat", "url": format!("{}/chat", outside.receiver) }))
                .await?,
        ),
        // A release that fails stops by itself.
        57 => drop(stage.call(omar, "POST", "/admin/rollout", json!({ "version": "0.167.0", "percent": 60 })).await?),
        44 => drop(stage.call(pipeline, "POST", "/admin/rollout", json!({ "version": "0.168.0", "tag": "ring-0" })).await?),
        42 => drop(stage.call(pipeline, "POST", "/admin/rollout", json!({ "version": "0.168.0", "percent": 50 })).await?),
        39 => drop(stage.call(omar, "POST", "/admin/rollout/finish", json!({})).await?),
        3 => drop(stage.call(pipeline, "POST", "/admin/rollout", json!({ "version": "0.169.0", "tag": "ring-0" })).await?),
        // The login ends, and the next day somebody signs in again.
        36 => {
            outside.openai.expire_refresh(None);
            stage.attempt(olivia, "POST", "/admin/auth/rotate-now", "application/json", "{}".to_owned()).await?;
        }
        35 => drop(stage.call(olivia, "POST", "/admin/auth/upload", json!({ "auth": sign_in(outside) })).await?),
        27 => offer(stage, outside, machines, "lena-mbp.dev", Some("refused")).await?,
        14 => offer(stage, outside, machines, "mika-mbp.dev", None).await?,
        _ => {}
    }
    for machine in machines {
        single(stage, omar, machine, days_ago).await?;
    }
    Ok(())
}

/// A host pushes a login it found; `list`: what the runner's Codex says of it.
async fn offer(stage: &Stage, outside: &Outside, machines: &[Machine], name: &str, list: Option<&str>) -> Result<(), DemoError> {
    let login = sign_in(outside);
    if let Some(list) = list {
        outside.distrust(list, &login)?;
    }
    if let Some(machine) = machines.iter().find(|machine| machine.plan.name == name) {
        stage.call(&machine.caller, "POST", "/auth", json!({ "command": "store", "auth": login })).await?;
    }
    stage.job("prove-login").await;
    Ok(())
}

/// What an operator does with one host on this day.
async fn single(stage: &Stage, by: &Caller, machine: &mut Machine, days_ago: u32) -> Result<(), DemoError> {
    let id = machine.id;
    let of = async |what: &str, body: Value| stage.call(by, "POST", &format!("/admin/hosts/{id}/{what}"), body).await.map(drop);
    match (machine.plan.name, days_ago) {
        ("ci-06.build", 38) => of("codex-version", json!({ "selection": "0.166.0" })).await,
        ("linh-mbp.dev", 85) | ("ravi-xps.dev", 69) => of("roaming", json!({ "allow": true })).await,
        ("gpu-01.ml", 50) => of("model", json!({ "model_override": "gpt-5.1-codex-max", "reasoning_effort_override": "high" })).await,
        ("ci-07.build", 30) => stage.call(by, "DELETE", &format!("/admin/hosts/{}", machine.id), json!({})).await.map(drop),
        ("ci-08.build", 2) => of("suspend", json!({})).await,
        ("noor-xps.dev", 26) => of("budget", json!({ "month": 3, "stops": true })).await,
        ("jump-iad.ops", 20) => of("push-policy", json!({ "push": "refuse" })).await,
        ("grace-x1.dev", 11) => {
            let rotated = stage.call(by, "POST", &format!("/admin/hosts/{id}/key/rotate"), json!({})).await?;
            rotated["api_key"].as_str().unwrap_or_default().clone_into(&mut machine.caller.token);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The last moments: what has to be fresh when somebody looks.
pub async fn end(stage: &Stage, outside: &Outside, people: &People, machines: &[Machine]) -> Result<(), DemoError> {
    content::push(stage, machines).await?;
    offer(stage, outside, machines, "kai-mbp.dev", Some("silent")).await?;
    for machine in machines {
        let path = |what: &str| format!("/admin/hosts/{}/{what}", machine.id);
        match machine.plan.name {
            "kiosk.lobby" => drop(stage.call(&people.omar, "POST", &path("insecure/enable"), json!({ "duration_minutes": 480 })).await?),
            "booth.events" => drop(stage.call(&people.omar, "POST", &path("insecure/disable"), json!({})).await?),
            "ws-ben.workshop" => {
                let at = stage.app.clock.now() + chrono::TimeDelta::days(2);
                stage.call(&people.omar, "POST", &path("expiry"), json!({ "expires_at": at })).await?;
            }
            "ci-05.build" => {
                let elsewhere = Caller { address: [203, 0, 113, 99].into(), ..machine.caller.clone() };
                stage.attempt(&elsewhere, "POST", "/auth", "application/json", r#"{"command":"retrieve"}"#.to_owned()).await?;
            }
            _ => {}
        }
    }
    budget(stage, &people.olivia).await
}

/// A budget of which most is used, whatever day of the month it is.
async fn budget(stage: &Stage, by: &Caller) -> Result<(), DemoError> {
    let used = stage.call(by, "GET", "/admin/budget", json!({})).await?["used"].as_f64().unwrap_or_default();
    let month = ((used / 0.86 / 10.0).ceil() * 10.0).max(20.0);
    stage.call(by, "POST", "/admin/budget", json!({ "month": month, "warn_percent": 80, "stops": false })).await?;
    Ok(())
}
