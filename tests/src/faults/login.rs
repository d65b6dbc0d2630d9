//! The refresh token: every time `OpenAI` saw one there was an intent, and what was spent is kept or marked.

use std::collections::BTreeMap;

use fake_openai::RefreshToken;
use serde_json::Value;
use shared::crypto::Keyring;
use sqlx::{MySqlConnection, query_as};

use super::world::World;

/// One row of `auth_spends`.
#[derive(Debug, sqlx::FromRow)]
struct Spend {
    generation: u64,
    recovery: bool,
    outcome: Option<String>,
}

/// What is not as it must be.
pub async fn check(conn: &mut MySqlConnection, world: &World) -> Vec<String> {
    let spends = "SELECT generation, recovery, outcome FROM auth_spends ORDER BY fence";
    let spends: Vec<Spend> = query_as(spends).fetch_all(&mut *conn).await.unwrap();
    let sql = "SELECT generation, body_sealed FROM auth_generations";
    let sealed: Vec<(u64, String)> = query_as(sql).fetch_all(&mut *conn).await.unwrap();
    let current = sealed.iter().map(|(generation, _)| *generation).max().unwrap_or(0);
    let state: (String,) = query_as("SELECT auth_state FROM fleet").fetch_one(conn).await.unwrap();
    let keyring = Keyring::parse(&world.keys.encryption).unwrap();
    let generations: BTreeMap<_, _> = sealed.iter().map(|(generation, body)| (refresh_token(&keyring, body), *generation)).collect();
    world.openai.with(|state_of_openai| {
        let seen = state_of_openai.families.refresh_tokens.iter().filter(|(_, token)| token.presented > 0);
        seen.filter_map(|(text, token)| {
            let Some(generation) = generations.get(text) else { return Some("OpenAI saw a token of no login".to_owned()) };
            let spends: Vec<_> = spends.iter().filter(|spend| spend.generation == *generation).collect();
            let why = complaint(token, &spends, *generation == current, &state.0)?;
            Some(format!("the token of login {generation}: {why}; {token:?}, {spends:?}"))
        })
        .collect()
    })
}

fn refresh_token(keyring: &Keyring, sealed: &str) -> String {
    let login: Value = serde_json::from_str(&keyring.open(sealed).unwrap()).unwrap();
    login["tokens"]["refresh_token"].as_str().unwrap_or_default().to_owned()
}

fn complaint(token: &RefreshToken, spends: &[&Spend], is_current: bool, state: &str) -> Option<&'static str> {
    let is = |spend: &&&Spend, outcomes: &[&str]| spend.outcome.as_deref().is_some_and(|outcome| outcomes.contains(&outcome));
    let sent = usize::try_from(token.presented).unwrap_or(usize::MAX);
    if sent > spends.len() {
        return Some("it was sent without an intent");
    }
    // After an answer that never came it is tried once more, and that is written down before.
    let lost = spends.iter().filter(|spend| is(spend, &["lost"]) || spend.outcome.is_none()).count();
    let recoveries = spends.iter().filter(|spend| spend.recovery).count();
    if sent > 1 + lost.max(recoveries) {
        return Some("it was sent twice");
    }
    let kept = spends.iter().any(|spend| is(&spend, &["promoted", "superseded", "refused"]));
    let marked = spends.iter().any(|spend| is(&spend, &["lost"]) || spend.outcome.is_none());
    if token.exchanged > 0 && !kept && !marked {
        return Some("it was spent and forgotten");
    }
    if token.exchanged > 0 && !kept && is_current && state == "ok" {
        return Some("it is spent, and nobody says so");
    }
    None
}
