//! Asking the runner. What it is sent cannot refresh: there is no refresh token in it.

use std::time::{Duration, Instant};

use indexmap::IndexMap;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::rules::Verdict;
use super::{Proof, RunnerConfig};
use crate::auth::canonical::Login;
use crate::auth::document::Node;

/// On top of what the probe may take.
const MARGIN: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Answer {
    /// A runner of the reference has no verdict: what it calls a failure may be anything.
    verdict: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    latency_ms: Option<u32>,
    codex_version: Option<String>,
}

/// Lets the runner try a login.
pub async fn ask(config: &RunnerConfig, login: &Login) -> Proof {
    let started = Instant::now();
    let mut proof = match send(config, login).await {
        Ok(answer) => read(answer),
        Err(error) => Proof {
            verdict: Verdict::Unknown,
            reason: Some(format!("the runner did not answer: {}", error.without_url())),
            latency_ms: None,
            codex_version: None,
            reachable: false,
        },
    };
    proof.latency_ms = proof.latency_ms.or_else(|| u32::try_from(started.elapsed().as_millis()).ok());
    proof
}

async fn send(config: &RunnerConfig, login: &Login) -> reqwest::Result<Answer> {
    let document = RawValue::from_string(without_refresh_token(login)).expect("canonical bytes are JSON");
    let body = json!({ "auth_json": document, "timeout_seconds": config.timeout.as_secs() });
    config.request(Method::POST, &config.url, config.timeout + MARGIN)?.json(&body).send().await?.json().await
}

fn without_refresh_token(login: &Login) -> String {
    let Node::Object(mut document) = login.node().clone() else { return "{}".to_owned() };
    let mut tokens = document.get("tokens").and_then(Node::as_object).cloned().unwrap_or_else(IndexMap::new);
    if tokens.shift_remove("refresh_token").is_some() {
        document.insert("tokens".to_owned(), Node::Object(tokens));
    }
    Node::Object(document).to_compact()
}

fn read(answer: Answer) -> Proof {
    let verdict = match (answer.verdict.as_deref(), answer.status.as_deref()) {
        (Some(name), _) => Verdict::parse(name),
        (None, Some("ok")) => Verdict::Verified,
        (None, _) => Verdict::Unknown,
    };
    let reason = answer.reason.filter(|_| verdict != Verdict::Verified);
    Proof { verdict, reason, latency_ms: answer.latency_ms, codex_version: answer.codex_version, reachable: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runner_gets_cannot_refresh() {
        let login = Login::stored(
            r#"{"tokens":{"access_token":"at","refresh_token":"rt-secret","id_token":"x"},"last_refresh":"2026-01-01T00:00:00Z","n":1.0}"#,
        );
        let sent = without_refresh_token(&login.unwrap());
        assert_eq!(sent, r#"{"tokens":{"access_token":"at","id_token":"x"},"last_refresh":"2026-01-01T00:00:00Z","n":1.0}"#);
    }

    #[test]
    fn a_failure_without_a_verdict_is_unknown() {
        let verdict = |text: &str| read(serde_json::from_str(text).unwrap()).verdict;
        assert_eq!(verdict(r#"{"status":"ok"}"#), Verdict::Verified);
        assert_eq!(verdict(r#"{"status":"fail","reason":"x"}"#), Verdict::Unknown);
        assert_eq!(verdict(r#"{"detail":"probe timeout"}"#), Verdict::Unknown);
        assert_eq!(verdict(r#"{"status":"fail","verdict":"rejected"}"#), Verdict::Rejected);
    }
}
