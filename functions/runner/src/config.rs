//! `GET /codex` and `POST /config`: whether this Codex starts with a configuration.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::answer::refusal;
use crate::home::Home;
use crate::probe::Runner;
use crate::process;
use crate::trusted::Trusted;

/// Outside a repository `codex exec` reads its configuration and then ends with this, before it asks anybody anything:
/// measured on 0.80, 0.121, 0.134 and 0.169.
const READ: &str = "Not inside a trusted directory";
/// That takes less than a tenth of a second.
const LIMIT: Duration = Duration::from_secs(10);

/// The files of a Codex home.
#[derive(Deserialize)]
struct ConfigRequest {
    files: BTreeMap<String, String>,
}

/// The version of the Codex that is run here.
pub async fn codex(_: Trusted, State(runner): State<Arc<Runner>>) -> Response {
    match run(&runner, &["--version"], &BTreeMap::new()).await {
        Ok((stdout, _)) => Json(json!({ "codex_version": stdout.split_whitespace().last() })).into_response(),
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("codex cannot be started: {error}")),
    }
}

/// Starts Codex with these files and says whether it takes them, in its own words when it does not.
pub async fn config(_: Trusted, State(runner): State<Arc<Runner>>, body: Bytes) -> Response {
    let plain = |name: &String| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) && !name.starts_with('.')
    };
    let Some(request) = serde_json::from_slice::<ConfigRequest>(&body).ok().filter(|request| request.files.keys().all(plain)) else {
        return refusal(StatusCode::UNPROCESSABLE_ENTITY, "the body must be {\"files\": {name: text}}");
    };
    match run(&runner, &["exec", "hello"], &request.files).await {
        Ok((_, stderr)) => {
            let accepted = stderr.contains(READ);
            let error = (!accepted).then(|| complaint(&stderr));
            Json(json!({ "accepted": accepted, "error": error })).into_response()
        }
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("codex cannot be started: {error}")),
    }
}

/// What Codex says about the files; that it runs in a temporary home is no news.
fn complaint(stderr: &str) -> String {
    let about_files = stderr.lines().filter(|line| !line.starts_with("WARNING: proceeding"));
    about_files.collect::<Vec<_>>().join("\n").trim().chars().take(1500).collect()
}

/// What Codex says, on its two streams.
async fn run(runner: &Runner, words: &[&str], files: &BTreeMap<String, String>) -> io::Result<(String, String)> {
    let home = Home::new("{}", "")?;
    for (name, text) in files {
        std::fs::write(home.codex().join(name), text)?;
    }
    let mut command = Command::new(&runner.settings.codex);
    command.args(words);
    runner.environment.apply(&mut command, home.path(), &home.codex());
    let ended = process::run(&mut command, LIMIT).await?;
    Ok(ended.map_or_else(|| (String::new(), "codex did not end in time".to_owned()), |ended| (ended.stdout, ended.stderr)))
}
